#include "common/config/limits.h"

#include "absl/strings/str_cat.h"

namespace clientele::config {
namespace {

constexpr int64_t kMost = 10'000;

}  // namespace

absl::Status CheckCounts(std::initializer_list<std::pair<absl::string_view, int64_t>> counts) {
  for (const auto& [key, value] : counts) {
    if (value >= 1 && value <= kMost) continue;
    return absl::InvalidArgumentError(absl::StrCat(key, " is ", value, "; allowed is 1 to ", kMost));
  }
  return absl::OkStatus();
}

}  // namespace clientele::config
