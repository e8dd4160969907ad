// The functions the "buy till you die" formulas are made of, from portable arithmetic alone (portable_math.h): the same
// bits on every IEEE machine. Arguments are positive. Relative errors are a few units in the last place, but for
// Digamma near its zero (1.46), where the absolute error is.
//
// A rise is a difference of a function at x + n and at x, n >= 0, without the digits that both have in common: of a
// large x the difference would keep none.
#pragma once

#include "common/model/portable_math.h"

namespace clientele::btyd {

using model::Exp;
using model::Log;
using model::Log1p;

// exp(x) - 1.
double Expm1(double x);
// base^power, base > 0.
inline double Power(double base, double power) { return Exp(power * Log(base)); }

double LogGamma(double x);
double Digamma(double x);
double Trigamma(double x);

double LogGammaRise(double x, double n);  // log Gamma(x + n) / Gamma(x).
double DigammaRise(double x, double n);
double TrigammaRise(double x, double n);  // Not above 0.

// log B(x, y), B(x, y) = Gamma(x) Gamma(y) / Gamma(x + y).
double LogBeta(double x, double y);

}  // namespace clientele::btyd
