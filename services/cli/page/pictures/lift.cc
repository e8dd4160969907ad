#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/pictures.h"

namespace clientele::cli {

using model::v1::ClassifierEvaluation;

Picture LiftPicture(const ClassifierEvaluation& evaluation, const ClassNames& names) {
  double highest = 1;
  for (const auto& decile : evaluation.deciles()) highest = std::max(highest, decile.lift());
  Chart chart(Axis::Ranks("Tenth of customers, by score (1: highest)", evaluation.deciles_size()),
              Axis::Numbers("Lift (times the average share)", Rounded({0, highest}, 5)));
  double x = 0;
  for (const auto& decile : evaluation.deciles()) {
    chart.Box({x + 0.15, 0}, {x + 0.85, decile.lift()}, "bar c0",
              absl::StrCat(Share(decile.positive_share()), " of ", Counted(decile.rows(), "customer"), " are ",
                           names.positives));
    chart.Label({x + 0.5, decile.lift()}, FormatNumber(decile.lift(), decile.lift() < 1 ? 2 : 1), Anchor::kMiddle,
                {0, -5});
    x += 1;
  }
  if (x > 0) chart.Guide({0, 1}, {x, 1});
  std::string says;
  if (evaluation.deciles_size() > 0) {
    const auto& first = evaluation.deciles(0);
    says = absl::StrCat("in the tenth with the highest scores ", Share(first.positive_share()), " are ",
                        names.positives, ", ", Significant(first.lift(), 2), " times the average.");
  }
  return {.heading = "How much denser they are at the top (lift)",
          .drawing = chart.Svg("Lift by tenths of the score", says),
          .legend = {},
          .says = says};
}

}  // namespace clientele::cli
