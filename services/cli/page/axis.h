// An axis of a chart: what it shows, in which unit, and how its marks read.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/cli/page/scale.h"

namespace clientele::cli {

enum class Unit { kNumber, kShare };

struct Axis {
  std::string label;  // With the unit: "Customers contacted (share of all)".
  Range range;
  Unit unit = Unit::kNumber;
  Scale::Kind kind = Scale::Kind::kLinear;
  int tick_count = 5;

  // n names instead of numbers: the i-th stands at i + 0.5 of [0, n]; downwards on a vertical axis.
  std::vector<std::string> names;

  static Axis Shares(absl::string_view label, Range range = {0, 1});
  static Axis Numbers(absl::string_view label, Range range);
  static Axis LogNumbers(absl::string_view label, Range range);
  static Axis Names(absl::string_view label, std::vector<std::string> names);
  // Named 1 to `count`.
  static Axis Ranks(absl::string_view label, int count);
};

// What is written at the ticks: as many decimals as their distance needs, "1.5 M" from a million on.
std::vector<std::string> TickTexts(const std::vector<double>& ticks, const Axis& axis);

// At most so many columns of text, >= 1: its beginning and its end, which often tells it from its like.
std::string Shortened(absl::string_view text, int columns);

}  // namespace clientele::cli
