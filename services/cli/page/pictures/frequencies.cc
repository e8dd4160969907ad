#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/lifetime_value_pictures.h"
#include "services/cli/page/pictures/paired_bars.h"

namespace clientele::cli {

using model::v1::LifetimeValueEvaluation;
using CountBin = LifetimeValueEvaluation::CountBin;

namespace {

// "3", "3 to 5", "10 and more".
std::string NameOf(const CountBin& bin) {
  const std::string from = Plain(bin.from());
  if (std::isinf(bin.to())) return from + "+";
  return bin.to() - bin.from() <= 1 ? from : absl::StrCat(from, " to ", Plain(bin.to() - 1));
}

}  // namespace

Picture FrequenciesPicture(const LifetimeValueEvaluation& evaluation) {
  std::vector<PairedBar> bars;
  std::vector<std::string> names;
  for (const CountBin& bin : evaluation.frequencies()) {
    names.push_back(NameOf(bin));
    const double from = static_cast<double>(bars.size());
    bars.push_back({from, from + 1, absl::StrCat(names.back(), " repeat purchases"), bin.actual(), bin.expected()});
  }
  std::string says;
  if (!bars.empty()) {
    says = absl::StrCat(Significant(bars.front().actual, 4), " customers have not bought again, and ",
                        Significant(bars.front().expected, 4), " were expected not to; over all bars ",
                        Share(Misplaced(bars)), " of the customers stand in another one than expected.");
  }
  return {.heading = "How often customers have bought again (frequency histogram)",
          .drawing = PairedBars(bars, Axis::Names("Repeat purchases up to the day of training", names), "Customers")
                         .Svg("Frequency histogram", says),
          .legend = PairedLegend(),
          .says = says};
}

}  // namespace clientele::cli
