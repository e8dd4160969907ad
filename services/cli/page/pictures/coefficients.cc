#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/pictures.h"
#include "services/cli/page/shapes.h"
#include "services/cli/page/strongest.h"

namespace clientele::cli {

using model::v1::Coefficient;

namespace {

constexpr int kMost = 25;
constexpr double kRowHeight = 19;
constexpr int kLowers = 0, kRaises = 1, kUnclear = 7;  // Series.

int SeriesOf(const Coefficient& coefficient) {
  if (!(coefficient.lower() > 0 || coefficient.upper() < 0)) return kUnclear;
  return coefficient.estimate() > 0 ? kRaises : kLowers;
}

// The estimates' range and 0; intervals may leave it, by as much again at most.
Range EffectRange(const std::vector<const Coefficient*>& shown) {
  std::vector<double> estimates = {0}, ends = {0};
  for (const Coefficient* coefficient : shown) {
    estimates.push_back(coefficient->estimate());
    ends.insert(ends.end(), {coefficient->lower(), coefficient->upper(), coefficient->estimate()});
  }
  const Range inner = RangeOf(estimates), outer = RangeOf(ends);
  const double room = std::max(inner.high - inner.low, 1e-12);
  return Rounded({std::max(outer.low, inner.low - room), std::min(outer.high, inner.high + room)}, 5);
}

std::string Tooltip(const Coefficient& coefficient) {
  const std::string interval = Between(coefficient.lower(), coefficient.upper(), &ThreeDigits);
  return absl::StrCat(coefficient.column(), ": ", Significant(coefficient.estimate()),
                      interval.empty() ? "" : absl::StrCat(" (95 % interval ", interval, ")"));
}

// "its factor is 2.51 (95 % interval 2.15 to 2.92) for a standard deviation more".
std::string EffectInWords(const Coefficient& coefficient) {
  const bool factor = coefficient.effect() > 0;
  const std::string interval = factor ? Between(coefficient.effect_lower(), coefficient.effect_upper(), &ThreeDigits)
                                      : Between(coefficient.lower(), coefficient.upper(), &ThreeDigits);
  // An indicator: "plan=gold", "score (missing)".
  const bool indicator = absl::StrContains(coefficient.column(), "=") || absl::EndsWith(coefficient.column(), ")");
  return absl::StrCat(factor ? "its factor is " : "its coefficient is ",
                      Significant(factor ? coefficient.effect() : coefficient.estimate()),
                      interval.empty() ? "" : absl::StrCat(" (95 % interval ", interval, ")"),
                      indicator ? " where it holds" : " for a standard deviation more");
}

std::string Says(const std::vector<const Coefficient*>& all) {
  if (all.empty()) return "";
  const auto unclear = std::count_if(all.begin(), all.end(),
                                     [](const Coefficient* coefficient) { return SeriesOf(*coefficient) == kUnclear; });
  return absl::StrCat("\"", all.front()->column(), "\" tells most: ", EffectInWords(*all.front()), ". Of ",
                      Counted(static_cast<int64_t>(all.size()), "coefficient"), ", ", FormatCount(unclear),
                      " cannot be told from 0.");
}

}  // namespace

Picture CoefficientsPicture(const Coefficients& coefficients, absl::string_view part) {
  const std::vector<const Coefficient*> all = Strongest(coefficients, part);
  const std::vector<const Coefficient*> shown(all.begin(), all.begin() + std::min<size_t>(kMost, all.size()));
  std::vector<std::string> names;
  bool odds = false;
  for (const Coefficient* coefficient : shown) {
    names.push_back(coefficient->column());
    odds |= coefficient->effect() > 0;
  }
  const Range range = EffectRange(shown);
  Chart chart(
      Axis::Numbers(absl::StrCat(odds ? "Coefficient (logarithm" : "Coefficient (value", " per standard deviation)"),
                    range),
      Axis::Names("Column", names), std::max(60.0, kRowHeight * static_cast<double>(names.size())));
  chart.Guide({0, 0}, {0, static_cast<double>(std::max<size_t>(1, names.size()))});
  double y = 0.5;
  for (const Coefficient* coefficient : shown) {
    const int series = SeriesOf(*coefficient);
    chart.Segment({coefficient->lower(), y}, {coefficient->upper(), y}, "whisker " + ColorClass(series));
    chart.Mark({coefficient->estimate(), y}, series, 4.5, Tooltip(*coefficient));
    y += 1;
  }
  const std::string says = Says(all);
  const std::string heading = all.size() > shown.size() ? absl::StrCat("The ", kMost, " strongest coefficients")
                                                        : std::string("The coefficients, strongest first");
  return {.heading = part.empty() ? heading : absl::StrCat(heading, ": ", part),
          .drawing = chart.Svg("Coefficients with 95 % intervals", says),
          .legend = Legend({{MarkSwatch(kRaises), "raises"},
                            {MarkSwatch(kLowers), "lowers"},
                            {MarkSwatch(kUnclear), "cannot be told from 0"}}),
          .says = says,
          .wide = false};
}

}  // namespace clientele::cli
