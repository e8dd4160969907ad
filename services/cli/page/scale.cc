#include "services/cli/page/scale.h"

#include <algorithm>
#include <cmath>

namespace clientele::cli {
namespace {

// 1, 2 or 5 times a power of ten: the least with at most about `count` steps in the span.
double NiceStep(double span, int count) {
  const double raw = span / std::max(1, count);
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (double factor : {1.0, 2.0, 5.0}) {
    if (raw <= factor * power * 1.001) return factor * power;
  }
  return 10 * power;
}

std::vector<double> LinearTicks(const Range& range, int count) {
  const double step = NiceStep(range.high - range.low, count);
  const double slack = 1e-9 * (range.high - range.low);
  std::vector<double> ticks;
  for (double i = std::ceil((range.low - slack) / step); i * step <= range.high + slack; ++i) {
    ticks.push_back(i * step + 0.0);  // No -0.
  }
  return ticks;
}

// Powers of ten with 1, 2, 5 or 1, 3 or nothing between them, whichever comes near `count`; linear inside one power.
std::vector<double> LogTicks(const Range& range, int count) {
  const double decades = std::log10(range.high / range.low);
  if (decades < 0.6) return LinearTicks(range, count);
  const std::vector<double> factors = decades * 3 <= count       ? std::vector<double>{1, 2, 5}
                                      : decades * 2 <= count + 1 ? std::vector<double>{1, 3}
                                                                 : std::vector<double>{1};
  const int every = std::max(1, static_cast<int>(std::ceil(decades / std::max(1, count))));
  std::vector<double> ticks;
  for (int power = std::floor(std::log10(range.low)); power <= std::log10(range.high) + 1e-9; ++power) {
    if (power % every != 0) continue;
    for (double factor : factors) {
      const double tick = factor * std::pow(10, power);
      if (tick >= range.low * (1 - 1e-9) && tick <= range.high * (1 + 1e-9)) ticks.push_back(tick);
    }
  }
  return ticks;
}

// Inside what double arithmetic can bear, rising, and not of one value.
Range Widened(Range range, Scale::Kind kind) {
  constexpr double kMost = 1e150, kLeast = 1e-150;
  if (std::isnan(range.low) || std::isnan(range.high)) range = {0, 1};
  if (range.low > range.high) std::swap(range.low, range.high);
  range = {std::clamp(range.low, -kMost, kMost), std::clamp(range.high, -kMost, kMost)};
  if (kind == Scale::Kind::kLog) {
    if (range.high <= kLeast) range = {0.1, 10};
    if (range.low <= kLeast) range.low = range.high * 1e-3;
    if (range.high / range.low < 1 + 1e-9) range = {range.low / 2, range.high * 2};
    return range;
  }
  const double largest = std::max(std::abs(range.low), std::abs(range.high));
  if (range.high - range.low > std::max(1e-9 * largest, kLeast)) return range;
  const double half = largest < kLeast ? 0.5 : largest / 2;
  return {range.low - half, range.high + half};
}

}  // namespace

Range RangeOf(absl::Span<const double> values, bool positive_only) {
  Range range;
  bool any = false;
  for (double value : values) {
    if (!std::isfinite(value) || (positive_only && value <= 0)) continue;
    range = any ? Range{std::min(range.low, value), std::max(range.high, value)} : Range{value, value};
    any = true;
  }
  return range;
}

Range Union(const Range& a, const Range& b) { return {std::min(a.low, b.low), std::max(a.high, b.high)}; }

Scale::Scale(Range data, Range pixels, Kind kind) : data_(Widened(data, kind)), pixels_(pixels), kind_(kind) {}

double Scale::operator()(double value) const {
  if (!std::isfinite(value)) return pixels_.low;
  double t = 0;
  if (kind_ == Kind::kLog) {
    t = value <= 0 ? 0 : std::log(value / data_.low) / std::log(data_.high / data_.low);
  } else {
    t = (value - data_.low) / (data_.high - data_.low);
  }
  return pixels_.low + std::clamp(t, 0.0, 1.0) * (pixels_.high - pixels_.low);
}

std::vector<double> Scale::Ticks(int count) const {
  return kind_ == Kind::kLog ? LogTicks(data_, count) : LinearTicks(data_, count);
}

Range Rounded(const Range& range, int count) {
  const Range wide = Widened(range, Scale::Kind::kLinear);
  const double step = NiceStep(wide.high - wide.low, count);
  return {std::floor(wide.low / step + 1e-9) * step, std::ceil(wide.high / step - 1e-9) * step};
}

}  // namespace clientele::cli
