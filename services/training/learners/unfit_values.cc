#include "services/training/learners/unfit_values.h"

#include "absl/strings/str_cat.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "services/training/learners/unfit_values.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace clientele::training {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Written so that a NaN does not fit.
int64_t Count(const float* values, int64_t count) {
  const hn::ScalableTag<float> tag;
  const auto lanes = static_cast<int64_t>(hn::Lanes(tag));
  const auto largest = hn::Set(tag, static_cast<float>(kLargestValue));
  int64_t unfit = 0, i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto fit = hn::Le(hn::Abs(hn::LoadU(tag, values + i)), largest);
    if (!hn::AllTrue(tag, fit)) unfit += lanes - static_cast<int64_t>(hn::CountTrue(tag, fit));
  }
  for (; i < count; ++i) unfit += values[i] <= kLargestValue && values[i] >= -kLargestValue ? 0 : 1;
  return unfit;
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::training
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::training {

HWY_EXPORT(Count);

int64_t CountUnfit(const float* values, int64_t count) { return HWY_DYNAMIC_DISPATCH(Count)(values, count); }

absl::Status UnfitValues(double count) {
  if (count == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(count, " values are not finite or beyond ", kLargestValue, "; repair or winsorise them"));
}

}  // namespace clientele::training
#endif  // HWY_ONCE
