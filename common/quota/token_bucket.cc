#include "common/quota/token_bucket.h"

#include <algorithm>

namespace clientele::quota {
namespace {

constexpr double kRounding = 1e-6;  // Who waited as long as it was told finds its token.

double BurstOf(double rate, double burst) { return std::max(burst > 0 ? burst : rate, 1.0); }

}  // namespace

TokenBucket::TokenBucket(double rate, double burst, absl::Time now)
    : rate_(rate), burst_(BurstOf(rate, burst)), level_(burst_), at_(now) {}

void TokenBucket::SetLimits(double rate, double burst, absl::Time now) {
  const bool was_limited = rate_ > 0;
  level_ = LevelAt(now);
  at_ = std::max(at_, now);
  rate_ = rate;
  burst_ = BurstOf(rate, burst);
  level_ = was_limited ? std::min(level_, burst_) : burst_;
}

double TokenBucket::LevelAt(absl::Time now) const {
  const double elapsed = now > at_ ? absl::ToDoubleSeconds(now - at_) : 0;
  return std::min(burst_, level_ + rate_ * elapsed);
}

absl::Duration TokenBucket::Wait(absl::Time now) const {
  if (rate_ <= 0) return absl::ZeroDuration();
  const double missing = 1 - LevelAt(now);
  return missing <= kRounding ? absl::ZeroDuration() : absl::Seconds(missing / rate_);
}

void TokenBucket::Take(double tokens, absl::Time now) {
  if (rate_ <= 0) return;
  level_ = LevelAt(now) - tokens;
  at_ = std::max(at_, now);
}

}  // namespace clientele::quota
