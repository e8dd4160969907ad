#include "services/cli/page/pictures/bars.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

Chart BarChart(const std::vector<Bar>& bars, const Axis& values) {
  constexpr double kRowHeight = 38;
  constexpr int kLongestName = 52;  // Columns of text: the whole width.
  const double rows = static_cast<double>(std::max<size_t>(2, bars.size()));
  Chart chart(values, Axis::Ranks("Cluster", static_cast<int>(bars.size())), kRowHeight * rows);
  for (size_t i = 0; i < bars.size(); ++i) {
    const double y = static_cast<double>(i);
    chart.Box({0, y + 0.46}, {bars[i].value, y + 0.86}, "bar " + ColorClass(static_cast<int>(i)),
              absl::StrCat(bars[i].name, ": ", bars[i].text));
    chart.Label({0, y + 0.36}, Shortened(bars[i].name, kLongestName), Anchor::kStart, {2, 0});
    chart.Label({bars[i].value, y + 0.66}, bars[i].text, Anchor::kStart, {6, 4});
  }
  return chart;
}

}  // namespace clientele::cli
