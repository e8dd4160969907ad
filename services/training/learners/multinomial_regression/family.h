// Softmax over k classes, one head a class: loss = log(sum exp(fit)) - fit of the row's class.
#pragma once

#include "services/training/learners/linear/family.h"

namespace clientele::training {

// Labels are 0 to k - 1. Numerically safe at any finite fit: nothing is a difference of almost equal numbers.
class MultinomialFamily final : public Family {
 public:
  explicit MultinomialFamily(int classes) : classes_(classes) {}
  int heads() const override { return classes_; }
  void Evaluate(const FamilyRows& rows) const override;

 private:
  const int classes_;  // k
};

}  // namespace clientele::training
