// The families of value regression that linear/families.h does not have, and what they are made of.
#pragma once

#include "services/training/learners/linear/family.h"

namespace clientele::training {

// Another family, of labels that are transformed first.
class TransformedLabelFamily final : public Family {
 public:
  // `family` must outlive it.
  TransformedLabelFamily(const Family& family, double (*transform)(double label))
      : family_(family), transform_(transform) {}
  int heads() const override { return family_.heads(); }
  bool quadratic() const override { return family_.quadratic(); }
  bool dispersed() const override { return family_.dispersed(); }
  void Evaluate(const FamilyRows& rows) const override;

 private:
  const Family& family_;
  double (*const transform_)(double);
};

// Another family with one head, of the values above 0; the others cost nothing.
class PositiveLabelFamily final : public Family {
 public:
  // `family` must outlive it.
  explicit PositiveLabelFamily(const Family& family) : family_(family) {}
  bool dispersed() const override { return family_.dispersed(); }
  void Evaluate(const FamilyRows& rows) const override;

 private:
  const Family& family_;
};

// The zero-inflated lognormal (Wang, Liu and Miao 2019), three heads: o log odds of any value, m mean and s logarithm
// of the deviation of its logarithm, s cut as in common/model/value_regression/family.h. The negative log-likelihood:
//   value 0:  log(1 + exp(o))
//   value y:  log(1 + exp(-o)) + (log y - m)^2 / (2 exp(2 s)) + s + log y + log(2 pi) / 2
// Not convex in s.
class ZeroInflatedLognormalFamily final : public Family {
 public:
  enum Head { kOccurrence, kMean, kSpread, kHeads };
  int heads() const override { return kHeads; }
  void Evaluate(const FamilyRows& rows) const override;
};

}  // namespace clientele::training
