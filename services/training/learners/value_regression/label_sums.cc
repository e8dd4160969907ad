#include "services/training/learners/value_regression/label_sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "services/training/learners/value_regression/label_sums.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace clientele::training {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

LabelSums Sums(const double* labels, const double* weights, int64_t rows) {
  const hn::ScalableTag<double> tag;
  const auto lanes = static_cast<int64_t>(hn::Lanes(tag));
  const auto zero = hn::Zero(tag), one = hn::Set(tag, 1.0);
  auto counted = zero, negative = zero, zeros = zero, below = zero, above = zero;
  auto weight = zero, positive_weight = zero, total = zero, size = zero;
  for (int64_t i = 0; i < rows; i += lanes) {
    const auto here = hn::FirstN(tag, static_cast<size_t>(rows - i));
    const auto label = hn::MaskedLoad(here, tag, labels + i);
    const auto w = weights == nullptr ? hn::IfThenElseZero(here, one) : hn::MaskedLoad(here, tag, weights + i);
    const auto counts = hn::Gt(w, zero);
    counted = hn::Add(counted, hn::IfThenElseZero(counts, one));
    negative = hn::Add(negative, hn::IfThenElseZero(hn::And(counts, hn::Lt(label, zero)), one));
    zeros = hn::Add(zeros, hn::IfThenElseZero(hn::And(counts, hn::Eq(label, zero)), one));
    below = hn::Sub(below, hn::IfThenElseZero(counts, hn::Min(label, zero)));
    above = hn::Add(above, hn::IfThenElseZero(counts, hn::Max(label, zero)));
    weight = hn::Add(weight, w);
    positive_weight = hn::Add(positive_weight, hn::IfThenElseZero(hn::Gt(label, zero), w));
    total = hn::Add(total, hn::Mul(w, label));
    size = hn::Add(size, hn::Mul(w, hn::Abs(label)));
  }
  const auto sum = [&](auto of) HWY_ATTR { return hn::GetLane(hn::SumOfLanes(tag, of)); };
  return {.rows = sum(counted), .negative = sum(negative), .zero = sum(zeros), .below = sum(below), .above = sum(above),
          .weight = sum(weight), .positive_weight = sum(positive_weight), .total = sum(total), .size = sum(size)};
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::training
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::training {

HWY_EXPORT(Sums);

LabelSums SumLabels(const double* labels, const double* weights, int64_t rows) {
  return HWY_DYNAMIC_DISPATCH(Sums)(labels, weights, rows);
}

}  // namespace clientele::training
#endif  // HWY_ONCE
