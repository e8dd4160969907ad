#include "services/training/learners/value_regression/deviance.h"

#include <vector>

#include "common/base/status_macros.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "services/training/learners/value_regression/deviance.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace clientele::training {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<double>;
using Vec = hn::Vec<Tag>;

HWY_INLINE Vec HalfDeviancesOfLabels(Vec labels, double power) {
  const Tag tag;
  const auto one = hn::Set(tag, 1.0), positive = hn::IfThenElse(hn::Gt(labels, hn::Zero(tag)), labels, one);
  const auto logs = hn::Log(tag, positive);
  if (power == kGammaPower) return hn::Neg(hn::Add(logs, one));
  const auto terms = power == 1 ? hn::Mul(labels, hn::Sub(logs, one))
                                : hn::Mul(hn::Exp(tag, hn::Mul(hn::Set(tag, 2 - power), logs)),
                                          hn::Set(tag, 1 / ((1 - power) * (2 - power))));
  return hn::IfThenElseZero(hn::Gt(labels, hn::Zero(tag)), terms);
}

// The sum over labels [rows] and weights [rows], or null: all 1.
double SumHalfDeviances(const double* labels, const double* weights, int64_t rows, double power) {
  const Tag tag;
  const auto lanes = static_cast<int64_t>(hn::Lanes(tag));
  const auto zero = hn::Zero(tag), one = hn::Set(tag, 1.0);
  auto sum = zero;
  for (int64_t i = 0; i < rows; i += lanes) {
    const auto here = hn::FirstN(tag, static_cast<size_t>(rows - i));
    const auto label = hn::Max(hn::MaskedLoad(here, tag, labels + i), zero);
    const auto weight = weights == nullptr ? one : hn::MaskedLoad(here, tag, weights + i);
    const auto counts = power == kGammaPower ? hn::And(here, hn::Gt(label, zero)) : here;
    sum = hn::Add(sum, hn::IfThenElseZero(counts, hn::Mul(weight, HalfDeviancesOfLabels(label, power))));
  }
  return hn::GetLane(hn::SumOfLanes(tag, sum));
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::training
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::training {

HWY_EXPORT(SumHalfDeviances);

absl::StatusOr<double> SumLabelDeviance(const ShardSums& sums, double power) {
  if (power == 0) return 0;
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> total, sums.Sum(1, [&](int s, absl::Span<double> sum) {
    const TrainingShard& shard = sums.matrix().shards[s];
    sum[0] = HWY_DYNAMIC_DISPATCH(SumHalfDeviances)(
        shard.labels.data(), shard.weights.empty() ? nullptr : shard.weights.data(), shard.rows, power);
  }));
  return total[0];
}

}  // namespace clientele::training
#endif  // HWY_ONCE
