// The distribution function of the Beta distribution: I_x(a, b), by the continued fraction of DiDonato and Morris (1992) on
// the side where it converges fast.
#pragma once

namespace clientele::training {

// a, b > 0; x in [0, 1]. To about 1e-12.
double IncompleteBeta(double x, double a, double b);

}  // namespace clientele::training
