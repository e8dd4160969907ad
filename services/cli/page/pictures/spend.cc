#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/lifetime_value_pictures.h"
#include "services/cli/page/pictures/paired_bars.h"

namespace clientele::cli {

using model::v1::LifetimeValueEvaluation;

namespace {

// The last bin may have no end: it is drawn as wide as the one before it.
std::vector<PairedBar> BarsOf(const LifetimeValueEvaluation& evaluation, absl::string_view currency) {
  std::vector<PairedBar> bars;
  double width = 1;
  for (const auto& bin : evaluation.spend()) {
    const bool open = std::isinf(bin.to());
    if (!open) width = bin.to() - bin.from();
    const std::string name = open ? absl::StrCat(Plain(bin.from()), " ", currency, " and more")
                                  : absl::StrCat(Plain(bin.from()), " to ", Plain(bin.to()), " ", currency);
    bars.push_back({bin.from(), open ? bin.from() + width : bin.to(), name, bin.actual(), bin.expected()});
  }
  return bars;
}

std::string Says(const LifetimeValueEvaluation& evaluation, const std::vector<PairedBar>& bars) {
  if (bars.empty()) return "";
  const auto fullest = std::max_element(bars.begin(), bars.end(),
                                        [](const PairedBar& a, const PairedBar& b) { return a.actual < b.actual; });
  std::string says = absl::StrCat("the most, ", Plain(fullest->actual), " customers, spend ", fullest->name,
                                  " a purchase, and ", Significant(fullest->expected), " were expected to; ",
                                  Share(Misplaced(bars)), " of the customers stand in another bar than expected");
  if (std::isinf(evaluation.spend().rbegin()->to())) says += "; the last bar holds all beyond it";
  return says + ".";
}

}  // namespace

Picture SpendPicture(const LifetimeValueEvaluation& evaluation, absl::string_view currency) {
  const std::vector<PairedBar> bars = BarsOf(evaluation, currency);
  Range range = {0, 1};
  if (!bars.empty()) range = {bars.front().from, bars.back().to};
  const std::string says = Says(evaluation, bars);
  return {
      .heading = "What customers spend on a purchase (histogram)",
      .drawing =
          PairedBars(bars, Axis::Numbers(absl::StrCat("Mean spend of a customer's purchases (", currency, ")"), range),
                     "Customers who have bought again")
              .Svg("Spend histogram", says),
      .legend = PairedLegend(),
      .says = says};
}

}  // namespace clientele::cli
