// A number with its slopes: forward-mode differentiation. A formula written over a scalar type is evaluated with double
// or with Dual, and so it is written once. Dual over Dual gives second derivatives.
#pragma once

#include <array>

#include "common/model/btyd/special_functions.h"

namespace clientele::btyd {

template <int N, typename T = double>
struct Dual {
  T value{};
  std::array<T, N> slopes{};  // With regard to N variables.

  Dual() = default;
  Dual(double constant) : value(constant) {}  // NOLINT: a constant is a Dual without slopes.
  Dual(const T& at, const std::array<T, N>& by) : value(at), slopes(by) {}

  // The logarithms of the parameters are the variables: of parameter i, the slope with regard to its own is its value.
  static Dual Parameter(const T& at, int i) {
    Dual result(at, {});
    result.slopes[i] = at;
    return result;
  }

  // f(this), from f's value and slope here.
  Dual Chain(const T& f, const T& slope) const {
    Dual result(f, {});
    for (int i = 0; i < N; ++i) result.slopes[i] = slope * slopes[i];
    return result;
  }
  Dual& operator+=(const Dual& other) {
    value += other.value;
    for (int i = 0; i < N; ++i) slopes[i] += other.slopes[i];
    return *this;
  }
  Dual& operator-=(const Dual& other) {
    value -= other.value;
    for (int i = 0; i < N; ++i) slopes[i] -= other.slopes[i];
    return *this;
  }
  Dual& operator*=(const Dual& other) {
    for (int i = 0; i < N; ++i) slopes[i] = slopes[i] * other.value + value * other.slopes[i];
    value *= other.value;
    return *this;
  }
  Dual& operator/=(const Dual& other) {
    value /= other.value;
    for (int i = 0; i < N; ++i) slopes[i] = (slopes[i] - value * other.slopes[i]) / other.value;
    return *this;
  }

  // Friends, so that constants convert on either side.
  friend Dual operator+(Dual a, const Dual& b) { return a += b; }
  friend Dual operator-(Dual a, const Dual& b) { return a -= b; }
  friend Dual operator*(Dual a, const Dual& b) { return a *= b; }
  friend Dual operator/(Dual a, const Dual& b) { return a /= b; }
  friend Dual operator-(const Dual& a) { return Dual(0) - a; }

  friend Dual Exp(const Dual& x) {
    const T e = Exp(x.value);
    return x.Chain(e, e);
  }
  friend Dual Expm1(const Dual& x) { return x.Chain(Expm1(x.value), Exp(x.value)); }
  friend Dual Log(const Dual& x) { return x.Chain(Log(x.value), T(1) / x.value); }
  friend Dual Log1p(const Dual& x) { return x.Chain(Log1p(x.value), T(1) / (T(1) + x.value)); }
  friend Dual Power(const Dual& base, const Dual& power) { return Exp(power * Log(base)); }
  friend Dual LogGamma(const Dual& x) { return x.Chain(LogGamma(x.value), Digamma(x.value)); }
  friend Dual Digamma(const Dual& x) { return x.Chain(Digamma(x.value), Trigamma(x.value)); }
  friend Dual LogGammaRise(const Dual& x, const Dual& n) {
    return x.Chain(LogGammaRise(x.value, n.value), DigammaRise(x.value, n.value)) +
           n.Chain(T(0), Digamma(x.value + n.value));
  }
  friend Dual DigammaRise(const Dual& x, const Dual& n) {
    return x.Chain(DigammaRise(x.value, n.value), TrigammaRise(x.value, n.value)) +
           n.Chain(T(0), Trigamma(x.value + n.value));
  }
  friend Dual LogBeta(const Dual& x, const Dual& y) {
    return x.Chain(LogBeta(x.value, y.value), -DigammaRise(x.value, y.value)) +
           y.Chain(T(0), -DigammaRise(y.value, x.value));
  }
};

// The number without its slopes, all the way down: what a branch or a stopping rule looks at.
inline double ValueOf(double x) { return x; }
template <int N, typename T>
double ValueOf(const Dual<N, T>& x) {
  return ValueOf(x.value);
}

}  // namespace clientele::btyd
