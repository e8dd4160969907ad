// exp, log and log1p from additions, multiplications and divisions alone: the same bits on every IEEE machine. A C library
// picks its variant by the processor it finds, and the last bit with it; an artifact's golden rows hold everywhere.
// All are within 2 units in the last place.
#pragma once

namespace clientele::model {

double Exp(double x);
// The natural logarithm; minus infinity at 0, not a number below.
double Log(double x);
// log(1 + x), for x > -1.
double Log1p(double x);

// 1 / (1 + exp(-x)), without overflow.
double Sigmoid(double x);

}  // namespace clientele::model
