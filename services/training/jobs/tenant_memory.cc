#include "services/training/jobs/tenant_memory.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/config/byte_size.h"

namespace clientele::training {
namespace {

constexpr char kKey[] = "worker.memory_per_tenant";

}  // namespace

absl::StatusOr<int64_t> ParseTenantMemory(absl::string_view text, int64_t all) {
  absl::string_view number = absl::StripAsciiWhitespace(text);
  if (number.empty()) return 0;
  if (!absl::ConsumeSuffix(&number, "%")) return config::ParseByteSize(kKey, text);
  double percent = 0;
  if (!absl::SimpleAtod(number, &percent) || !(percent > 0 && percent <= 100)) {
    return absl::InvalidArgumentError(absl::StrCat(kKey, ": \"", text, "\" is no part of worker.memory, such as 50%"));
  }
  if (all == 0) {
    return absl::InvalidArgumentError(absl::StrCat(kKey, ": \"", text, "\" is a part of worker.memory, which is 0"));
  }
  return std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(all) * percent / 100));
}

}  // namespace clientele::training
