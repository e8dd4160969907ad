#include "common/config/byte_size.h"

#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace clientele::config {
namespace {

using Unit = std::pair<absl::string_view, double>;

constexpr double kBinary = 1024, kDecimal = 1000;
constexpr std::array<Unit, 10> kUnits = {{{"", 1},
                                          {"B", 1},
                                          {"KiB", kBinary},
                                          {"MiB", kBinary * kBinary},
                                          {"GiB", kBinary* kBinary* kBinary},
                                          {"TiB", kBinary* kBinary* kBinary* kBinary},
                                          {"kB", kDecimal},
                                          {"MB", kDecimal* kDecimal},
                                          {"GB", kDecimal* kDecimal* kDecimal},
                                          {"TB", kDecimal* kDecimal* kDecimal* kDecimal}}};
constexpr double kTooMany = 9223372036854775808.0;  // 2^63

}  // namespace

absl::StatusOr<int64_t> ParseByteSize(absl::string_view key, absl::string_view text) {
  const absl::string_view trimmed = absl::StripAsciiWhitespace(text);
  const size_t digits = std::min(trimmed.find_first_not_of("0123456789."), trimmed.size());
  const absl::string_view unit = absl::StripAsciiWhitespace(trimmed.substr(digits));
  double number = 0;
  const bool is_number = absl::SimpleAtod(trimmed.substr(0, digits), &number);
  for (const auto& [name, factor] : kUnits) {
    if (!is_number || name != unit || number * factor >= kTooMany) continue;
    return static_cast<int64_t>(std::llround(number * factor));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(key, ": \"", text, "\" is no size in bytes, such as 512MiB, 1.5GiB or 8GB"));
}

std::string FormatByteSize(int64_t bytes) {
  constexpr std::array<absl::string_view, 5> kNames = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto number = static_cast<double>(bytes);
  size_t unit = 0;
  while (number >= kBinary && unit + 1 < kNames.size()) {
    number /= kBinary;
    ++unit;
  }
  return unit == 0 ? absl::StrCat(bytes, " B") : absl::StrFormat("%.1f %s", number, kNames[unit]);
}

}  // namespace clientele::config
