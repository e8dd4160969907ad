#include "services/inference/scoring/row_form.h"

#include <cmath>
#include <cstring>

#include "absl/container/inlined_vector.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "services/inference/scoring/row_form.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace clientele::inference {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr size_t kBytesAhead = 2048;  // Of the next rows, which the kernel has just written and no cache near holds.

// Whether `bytes` [size] are those of `alike` where the mask has ones.
bool IsAlike(const char* bytes, const char* alike, const char* mask, size_t size) {
  const hn::ScalableTag<uint8_t> tag;
  const size_t lanes = hn::Lanes(tag);
  const auto at = [&tag](const char* text, size_t i) {
    return hn::LoadU(tag, reinterpret_cast<const uint8_t*>(text) + i);
  };
  const auto differs_at = [&](size_t i) { return hn::And(hn::Xor(at(bytes, i), at(alike, i)), at(mask, i)); };
  if (size < lanes) {
    bool differs = false;
    for (size_t i = 0; i < size; ++i) differs |= ((bytes[i] ^ alike[i]) & mask[i]) != 0;
    return !differs;
  }
  auto differs = differs_at(size - lanes);
  for (size_t i = 0; i + lanes <= size; i += lanes) {
    hwy::Prefetch(bytes + i + kBytesAhead);
    differs = hn::Or(differs, differs_at(i));
  }
  return hn::AllTrue(tag, hn::Eq(differs, hn::Zero(tag)));
}

bool AreFinite(const double* numbers, size_t count) {
  const hn::ScalableTag<double> tag;
  auto finite = hn::IsFinite(hn::Zero(tag));
  size_t i = 0;
  for (; i + hn::Lanes(tag) <= count; i += hn::Lanes(tag)) {
    finite = hn::And(finite, hn::IsFinite(hn::LoadU(tag, numbers + i)));
  }
  bool rest = true;
  for (; i < count; ++i) rest &= std::isfinite(numbers[i]);
  return rest && hn::AllTrue(tag, finite);
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::inference
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::inference {

HWY_EXPORT(IsAlike);
HWY_EXPORT(AreFinite);

void RowForm::Add(absl::string_view front, int feature) {
  alike_.append(front.data(), front.size());
  mask_.append(front.size(), '\xff');
  begins_.push_back(static_cast<uint32_t>(alike_.size()));
  features_.push_back(feature);
  alike_.append(sizeof(double), '\0');
  mask_.append(sizeof(double), '\0');
}

bool RowForm::Read(absl::string_view bytes, double* numbers) const {
  if (bytes.size() != alike_.size() || features_.empty()) return false;
  if (!HWY_DYNAMIC_DISPATCH(IsAlike)(bytes.data(), alike_.data(), mask_.data(), bytes.size())) return false;
  double* to = numbers;
  for (const uint32_t begin : begins_) std::memcpy(to++, bytes.data() + begin, sizeof(*to));
  return HWY_DYNAMIC_DISPATCH(AreFinite)(numbers, begins_.size());
}

bool RowForm::Read(absl::string_view bytes, absl::Span<model::Cell> row) const {
  absl::InlinedVector<double, 64> numbers(features_.size());
  if (!Read(bytes, numbers.data())) return false;
  for (size_t i = 0; i < numbers.size(); ++i) row[features_[i]] = model::Cell::Number(numbers[i]);
  return true;
}

}  // namespace clientele::inference
#endif  // HWY_ONCE
