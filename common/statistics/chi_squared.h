// The chi-squared distribution of whole degrees of freedom, as tests need it.
#pragma once

namespace clientele::statistics {

// P(X >= x); 1 where `degrees` is 0 or x is not above 0.
double ChiSquaredTail(double x, int degrees);

}  // namespace clientele::statistics
