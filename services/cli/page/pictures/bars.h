// Horizontal bars, one a cluster, under its name, in the colours and by the numbers of the other pictures.
#pragma once

#include <string>
#include <vector>

#include "services/cli/page/chart.h"

namespace clientele::cli {

struct Bar {
  std::string name;
  double value = 0;
  std::string text;  // At its end.
};

// The i-th bar in the i-th series' colour. `values` is the axis they lie along, with room for the texts.
Chart BarChart(const std::vector<Bar>& bars, const Axis& values);

}  // namespace clientele::cli
