// A histogram twice: what came and what was expected, side by side in every bin.
#pragma once

#include <string>
#include <vector>

#include "services/cli/page/chart.h"

namespace clientele::cli {

struct PairedBar {
  double from = 0;  // Along the horizontal axis.
  double to = 0;
  std::string name;  // For the tooltip: "3 repeat purchases".
  double actual = 0;
  double expected = 0;
};

Chart PairedBars(const std::vector<PairedBar>& bars, const Axis& x, absl::string_view y_label);
Markup PairedLegend();

// Of those counted, the share that stands in another bin than expected: half the sum of |actual - expected| over all.
// NaN where there are none.
double Misplaced(const std::vector<PairedBar>& bars);

}  // namespace clientele::cli
