// The families with one head.
//
// Losses leave out what depends on the label alone. Reference for the last four: McCullagh and Nelder, Generalized Linear
// Models, 1989; half the unit deviance with log link, mean = exp(fit).
#pragma once

#include "services/training/learners/linear/family.h"

namespace clientele::training {

// log(1 + exp(fit)) - label fit, for labels in [0, 1].
class LogisticFamily final : public Family {
 public:
  void Evaluate(const FamilyRows& rows) const override;
};

// (label - fit)^2 / 2: least squares.
class LeastSquaresFamily final : public Family {
 public:
  bool quadratic() const override { return true; }
  void Evaluate(const FamilyRows& rows) const override;
};

// (label - mean)^2 / 2. Not convex where the mean is below half the label.
class GaussianFamily final : public Family {
 public:
  bool dispersed() const override { return true; }
  void Evaluate(const FamilyRows& rows) const override;
};

// mean - label fit, for labels >= 0.
class PoissonFamily final : public Family {
 public:
  bool dispersed() const override { return true; }
  void Evaluate(const FamilyRows& rows) const override;
};

// label / mean + fit, for labels > 0.
class GammaFamily final : public Family {
 public:
  bool dispersed() const override { return true; }
  void Evaluate(const FamilyRows& rows) const override;
};

// mean^(2 - power) / (2 - power) - label mean^(1 - power) / (1 - power), for labels >= 0 and power in (1, 2).
class TweedieFamily final : public Family {
 public:
  explicit TweedieFamily(double power) : power_(power) {}
  bool dispersed() const override { return true; }
  void Evaluate(const FamilyRows& rows) const override;

 private:
  const double power_;
};

}  // namespace clientele::training
