#include "common/audit/refusal_limit.h"

#include <utility>

namespace clientele::audit {
namespace {

constexpr double kPerSecond = 0.1;
constexpr double kAtOnce = 20;

}  // namespace

RefusalLimit::RefusalLimit(absl::Time now) : bucket_(kPerSecond, kAtOnce, now) {}

std::optional<int64_t> RefusalLimit::Admit(absl::Time now) {
  if (bucket_.Wait(now) > absl::ZeroDuration()) {
    LeaveOut();
    return std::nullopt;
  }
  bucket_.Take(1, now);
  return std::exchange(left_out_, 0);
}

std::optional<int64_t> RefusalLimit::Settle(absl::Time now) {
  if (left_out_ == 0 || bucket_.Wait(now) > absl::ZeroDuration()) return std::nullopt;
  bucket_.Take(1, now);
  return SettleAll();
}

std::optional<int64_t> RefusalLimit::SettleAll() {
  if (left_out_ == 0) return std::nullopt;
  return std::exchange(left_out_, 0);
}

}  // namespace clientele::audit
