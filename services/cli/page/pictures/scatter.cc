#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/chart.h"
#include "services/cli/page/pictures.h"
#include "services/cli/page/shapes.h"

namespace clientele::cli {

using model::v1::ClusterEvaluation;

namespace {

std::string ComponentLabel(absl::string_view which, double explained) {
  return absl::StrCat(which, " principal component (", Share(explained), " of the differences)");
}

Chart MakeChart(const ClusterEvaluation::Projection& projection) {
  std::vector<double> x, y;
  for (const auto* points : {&projection.points(), &projection.centroids()}) {
    for (const auto& point : *points) {
      x.push_back(point.x());
      y.push_back(point.y());
    }
  }
  return Chart(Axis::Numbers(ComponentLabel("First", projection.explained_first()), Rounded(RangeOf(x), 6)),
               Axis::Numbers(ComponentLabel("Second", projection.explained_second()), Rounded(RangeOf(y), 6)), 340);
}

std::vector<Point> MembersOf(int cluster, const ClusterEvaluation::Projection& projection) {
  std::vector<Point> members;
  for (const auto& point : projection.points()) {
    if (point.cluster() == cluster) members.push_back({point.x(), point.y()});
  }
  return members;
}

}  // namespace

Picture ScatterPicture(const ClusterEvaluation& evaluation) {
  const auto& projection = evaluation.projection();
  Chart chart = MakeChart(projection);
  std::vector<std::pair<Markup, std::string>> legend;
  for (int cluster = 0; cluster < evaluation.profiles_size(); ++cluster) {
    chart.Marks(MembersOf(cluster, projection), cluster, 3.2, "member");
    legend.emplace_back(MarkSwatch(cluster), absl::StrCat(cluster + 1, "  ", evaluation.profiles(cluster).name()));
  }
  for (const auto& centroid : projection.centroids()) {
    if (centroid.cluster() < 0 || centroid.cluster() >= evaluation.profiles_size()) continue;
    chart.Mark({centroid.x(), centroid.y()}, centroid.cluster(), 9, evaluation.profiles(centroid.cluster()).name());
    chart.Label({centroid.x(), centroid.y()}, absl::StrCat(centroid.cluster() + 1), Anchor::kMiddle, {0, -13});
  }
  const double both = projection.explained_first() + projection.explained_second();
  const std::string says = absl::StrCat("seen from the side where customers differ most, which shows ", Share(both),
                                        " of all differences; clusters that overlap here may lie apart in the ",
                                        "directions not shown. Large marks are the centres.");
  return {.heading = "The customers, by cluster",
          .drawing = chart.Svg("Customers in their first two principal components", says),
          .legend = Legend(legend),
          .says = says};
}

}  // namespace clientele::cli
