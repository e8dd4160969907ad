#include "services/cli/page/pictures/paired_bars.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/picture.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

Chart PairedBars(const std::vector<PairedBar>& bars, const Axis& x, absl::string_view y_label) {
  constexpr double kGap = 0.08;  // Of a bin, at either side.
  std::vector<double> heights = {0};
  for (const PairedBar& bar : bars) heights.insert(heights.end(), {bar.actual, bar.expected});
  Chart chart(x, Axis::Numbers(y_label, Rounded({0, RangeOf(heights).high}, 5)));
  for (const PairedBar& bar : bars) {
    const double width = bar.to - bar.from, middle = bar.from + 0.5 * width;
    const std::string tooltip =
        absl::StrCat(bar.name, ": actual ", Significant(bar.actual, 4), ", expected ", Significant(bar.expected, 4));
    chart.Box({bar.from + kGap * width, 0}, {middle, bar.actual}, "bar c1", tooltip);
    chart.Box({middle, 0}, {bar.to - kGap * width, bar.expected}, "bar hollow c0", tooltip);
  }
  return chart;
}

Markup PairedLegend() {
  return Legend({{FillSwatch("bar c1"), "actual"}, {FillSwatch("bar hollow c0"), "expected by the model"}});
}

double Misplaced(const std::vector<PairedBar>& bars) {
  double off = 0, all = 0;
  for (const PairedBar& bar : bars) {
    off += std::abs(bar.actual - bar.expected);
    all += bar.actual;
  }
  return all > 0 ? 0.5 * off / all : NAN;
}

}  // namespace clientele::cli
