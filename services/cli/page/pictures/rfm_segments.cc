// What each segment is of all customers, and of all value.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/rfm_pictures.h"
#include "services/cli/page/shapes.h"
#include "services/cli/training/rfm_evaluation_view.h"

namespace clientele::cli {

using model::v1::RfmEvaluation;
using Segment = RfmEvaluation::Segment;

namespace {

// Those that somebody is in.
std::vector<const Segment*> Filled(const RfmEvaluation& evaluation) {
  std::vector<const Segment*> segments;
  for (const Segment& segment : evaluation.segments()) {
    if (segment.customers() > 0) segments.push_back(&segment);
  }
  return segments;
}

double Finite(double share) { return std::isfinite(share) ? share : 0; }

std::string Says(const RfmEvaluation& evaluation) {
  const Segment* most = MostValuable(evaluation);
  if (most == nullptr) return "";
  return absl::StrCat("\"", most->name(), "\" are ", Share(most->share()), " of the customers and hold ",
                      Share(most->value_share()), " of the value: ", Significant(most->value()), ".");
}

}  // namespace

Picture RfmSegmentsPicture(const RfmEvaluation& evaluation) {
  constexpr double kRowHeight = 42, kRoomForText = 1.5;
  constexpr int kLongestName = 52;
  const std::vector<const Segment*> segments = Filled(evaluation);
  double most = 0;
  for (const Segment* segment : segments)
    most = std::max({most, Finite(segment->share()), Finite(segment->value_share())});
  Chart chart(Axis::Shares("Share of all", {0, kRoomForText * most}),
              Axis::Ranks("Segment", static_cast<int>(segments.size())),
              kRowHeight * static_cast<double>(std::max<size_t>(2, segments.size())));
  for (size_t i = 0; i < segments.size(); ++i) {
    const Segment& segment = *segments[i];
    const double y = static_cast<double>(i);
    chart.Label({0, y + 0.32}, Shortened(segment.name(), kLongestName), Anchor::kStart, {2, 0});
    const std::string customers = absl::StrCat(Share(segment.share()), " (", FormatCount(segment.customers()), ")");
    const std::string value = absl::StrCat(Share(segment.value_share()), " (", Significant(segment.value()), ")");
    chart.Box({0, y + 0.40}, {Finite(segment.share()), y + 0.64}, "bar c0",
              absl::StrCat(segment.name(), ": ", customers));
    chart.Label({Finite(segment.share()), y + 0.52}, customers, Anchor::kStart, {6, 4});
    chart.Box({0, y + 0.68}, {Finite(segment.value_share()), y + 0.92}, "bar c1",
              absl::StrCat(segment.name(), ": ", value));
    chart.Label({Finite(segment.value_share()), y + 0.80}, value, Anchor::kStart, {6, 4});
  }
  const std::string says = Says(evaluation);
  return {.heading = "What the segments are worth",
          .drawing = chart.Svg("Customers and value by segment", says),
          .legend = Legend({{FillSwatch("bar c0"), "of the customers (how many)"},
                            {FillSwatch("bar c1"), "of the value (how much)"}}),
          .says = says};
}

}  // namespace clientele::cli
