#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/lifetime_value_pictures.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

using model::v1::LifetimeValueEvaluation;
using Surface = LifetimeValueEvaluation::Surface;

namespace {

constexpr double kPalest = 0.05, kDeepest = 0.95;  // Opacities of the least and the highest value.
constexpr absl::string_view kCell = "surface c0";

struct Naming {
  std::string heading;
  std::string scale;  // What the colours mean.
  bool share = false;
};

Naming NamingOf(const Surface& surface) {
  if (surface.measure() == "probability_alive") {
    return {"Who is still a customer, by frequency and recency", "Probability of being alive", true};
  }
  if (surface.measure() == "expected_purchases") {
    return {"Who will buy how often, by frequency and recency", "Expected purchases in the horizon", false};
  }
  return {absl::StrCat(surface.measure(), ", by frequency and recency"), surface.measure(), false};
}

// The value of row f and column r; NaN where there is none.
double ValueAt(const Surface& surface, int f, int r) {
  const int at = f * surface.recencies_size() + r;
  return at < surface.values_size() ? surface.values(at) : NAN;
}

double HighestOf(const Surface& surface, bool share) {
  if (share) return 1;
  const double highest = RangeOf(std::vector<double>(surface.values().begin(), surface.values().end()), true).high;
  return highest > 0 && std::isfinite(highest) ? highest : 1;
}

double OpacityOf(double value, double highest) {
  return kPalest + (kDeepest - kPalest) * std::clamp(value / highest, 0.0, 1.0);
}

std::string Shown(double value, bool share) { return share ? Share(value) : Significant(value); }

// Cells reach half-way to the recencies beside them.
Range ColumnOf(const Surface& surface, int r) {
  const auto& at = surface.recencies();
  return {r > 0 ? (at[r - 1] + at[r]) / 2 : at[r], r + 1 < at.size() ? (at[r] + at[r + 1]) / 2 : at[r]};
}

Markup Cells(const Surface& surface, const Naming& naming, const TimeUnit& unit, absl::string_view says) {
  const double highest = HighestOf(surface, naming.share);
  std::vector<double> frequencies(surface.frequencies().begin(), surface.frequencies().end());
  const Range rows = RangeOf(frequencies);
  Axis x = Axis::Numbers(absl::StrCat("Last purchase, ", unit.many, " after the first (recency)"),
                         {0, std::isfinite(surface.age()) && surface.age() > 0 ? surface.age() : 1});
  Axis y = Axis::Numbers("Repeat purchases (frequency)", {rows.low - 0.5, rows.high + 0.5});
  y.tick_count = static_cast<int>(std::clamp(rows.high - rows.low, 1.0, 6.0));
  Chart chart(x, y);
  for (int f = 0; f < surface.frequencies_size(); ++f) {
    for (int r = 0; r < surface.recencies_size(); ++r) {
      const double value = ValueAt(surface, f, r), frequency = surface.frequencies(f);
      if (!std::isfinite(value)) continue;
      const Range column = ColumnOf(surface, r);
      chart.Box({column.low, frequency - 0.5}, {column.high, frequency + 0.5}, kCell,
                absl::StrCat(Plain(frequency), " repeat purchases, the last after ", Significant(surface.recencies(r)),
                             " ", unit.many, ": ", Shown(value, naming.share)),
                OpacityOf(value, highest));
    }
  }
  return chart.Svg(naming.heading, says);
}

// The colours, with their values.
Markup ColorScale(const Surface& surface, const Naming& naming) {
  constexpr int kSteps = 20;
  constexpr double kHeight = 12;
  const double highest = HighestOf(surface, naming.share);
  Axis y = Axis::Names("", {""});
  Chart chart(naming.share ? Axis::Shares(naming.scale) : Axis::Numbers(naming.scale, {0, highest}), y, kHeight);
  for (int i = 0; i < kSteps; ++i) {
    const double from = highest * i / kSteps, to = highest * (i + 1) / kSteps;
    chart.Box({from, 0}, {to, 1}, kCell, "", OpacityOf((from + to) / 2, highest));
  }
  return chart.Svg(absl::StrCat("Colours of ", naming.scale), "From pale, the least, to deep, the most.");
}

std::string Says(const Surface& surface, const Naming& naming, const TimeUnit& unit) {
  if (surface.frequencies().empty() || surface.recencies().empty()) return "";
  const int f = surface.frequencies_size() - 1, r = surface.recencies_size() - 1, early = r / 2;
  return absl::StrCat("of those who came ", Significant(surface.age()), " ", unit.many, " ago and have bought ",
                      Plain(surface.frequencies(f)), " times again, one whose last purchase is from today is at ",
                      Shown(ValueAt(surface, f, r), naming.share), ", one who has been silent for ",
                      Significant(surface.age() - surface.recencies(early)), " ", unit.many, " at ",
                      Shown(ValueAt(surface, f, early), naming.share),
                      ": the more often somebody used to buy, the more a silence says.");
}

}  // namespace

Picture SurfacePicture(const Surface& surface, const TimeUnit& unit) {
  const Naming naming = NamingOf(surface);
  const std::string says = Says(surface, naming, unit);
  Markup drawing = Cells(surface, naming, unit, says);
  drawing.Add(ColorScale(surface, naming));
  return {.heading = naming.heading, .drawing = std::move(drawing), .legend = {}, .says = says};
}

}  // namespace clientele::cli
