#include "services/cli/page/axis.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/numbers.h"
#include "services/cli/output/table.h"

namespace clientele::cli {
namespace {

int DecimalsFor(double step) {
  return std::isfinite(step) && step > 0 ? std::clamp(static_cast<int>(-std::floor(std::log10(step) + 1e-9)), 0, 6) : 0;
}

// Whether a character of more than one byte lies across this place.
bool IsInside(absl::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

}  // namespace

Axis Axis::Shares(absl::string_view label, Range range) {
  return {.label = std::string(label), .range = range, .unit = Unit::kShare, .names = {}};
}

Axis Axis::Numbers(absl::string_view label, Range range) {
  return {.label = std::string(label), .range = range, .names = {}};
}

Axis Axis::LogNumbers(absl::string_view label, Range range) {
  return {.label = std::string(label), .range = range, .kind = Scale::Kind::kLog, .names = {}};
}

Axis Axis::Names(absl::string_view label, std::vector<std::string> names) {
  const double count = static_cast<double>(names.size());
  return {.label = std::string(label), .range = {0, std::max(1.0, count)}, .names = std::move(names)};
}

Axis Axis::Ranks(absl::string_view label, int count) {
  std::vector<std::string> names;
  for (int i = 1; i <= count; ++i) names.push_back(absl::StrCat(i));
  return Names(label, std::move(names));
}

std::vector<std::string> TickTexts(const std::vector<double>& ticks, const Axis& axis) {
  constexpr double kMillion = 1e6, kTooMany = 1e12;
  std::vector<std::string> texts;
  if (ticks.empty()) return texts;
  const double largest = std::max(std::abs(ticks.front()), std::abs(ticks.back()));
  const double step = ticks.size() < 2 ? largest : ticks[1] - ticks[0];
  for (double tick : ticks) {
    if (largest >= kTooMany) {
      texts.push_back(absl::StrFormat("%.2g", tick));
    } else if (axis.unit == Unit::kShare) {
      texts.push_back(FormatPercent(tick, DecimalsFor(100 * step)));
    } else if (axis.kind == Scale::Kind::kLog) {
      texts.push_back(tick >= kMillion ? Significant(tick / kMillion, 2) + " M" : Significant(tick, 2));
    } else if (largest >= kMillion) {
      texts.push_back(tick == 0 ? "0" : FormatNumber(tick / kMillion, DecimalsFor(step / kMillion)) + " M");
    } else if (largest < 1e-4) {
      texts.push_back(Significant(tick, 2));
    } else {
      texts.push_back(FormatNumber(tick, DecimalsFor(step)));
    }
  }
  return texts;
}

std::string Shortened(absl::string_view text, int columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  const int tail_columns = (columns - 1) * 2 / 5, head_columns = columns - 1 - tail_columns;
  size_t head = text.size();
  while (DisplayWidth(text.substr(0, head)) > head_columns || IsInside(text, head)) --head;
  size_t tail = head;
  while (DisplayWidth(text.substr(tail)) > tail_columns || IsInside(text, tail)) ++tail;
  return absl::StrCat(text.substr(0, head), "\xE2\x80\xA6", text.substr(tail));
}

}  // namespace clientele::cli
