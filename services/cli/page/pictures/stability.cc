#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/numbers.h"
#include "services/cli/page/pictures.h"
#include "services/cli/page/pictures/bars.h"

namespace clientele::cli {

using model::v1::ClusterEvaluation;

namespace {

// Hennig 2007.
constexpr double kStable = 0.75, kDoubtful = 0.6;

std::string Says(const ClusterEvaluation& evaluation) {
  int stable = 0;
  std::vector<std::string> doubtful;
  for (const auto& profile : evaluation.profiles()) {
    if (profile.stability() >= kStable) ++stable;
    if (profile.stability() < kDoubtful) doubtful.push_back(absl::StrCat("\"", profile.name(), "\""));
  }
  return absl::StrCat("drawn again from other samples of customers, ", stable, " of ", evaluation.profiles_size(),
                      " clusters come back nearly the same (0.75 or more)",
                      doubtful.empty()
                          ? std::string(".")
                          : absl::StrCat("; not to be relied on (below 0.6): ", absl::StrJoin(doubtful, ", "), "."));
}

}  // namespace

Picture StabilityPicture(const ClusterEvaluation& evaluation) {
  std::vector<Bar> bars;
  for (const auto& profile : evaluation.profiles()) {
    bars.push_back({profile.name(), profile.stability(), Significant(profile.stability(), 2)});
  }
  Axis similarity = Axis::Numbers("Stability (mean Jaccard similarity over samples)", {0, 1.15});
  similarity.tick_count = 6;
  Chart chart = BarChart(bars, similarity);
  const double rows = static_cast<double>(bars.size());
  for (double mark : {kDoubtful, kStable}) chart.Guide({mark, 0}, {mark, rows});
  const std::string says = Says(evaluation);
  return {.heading = "Whether the clusters are really there (stability)",
          .drawing = chart.Svg("Stability of the clusters", says),
          .legend = {},
          .says = says};
}

}  // namespace clientele::cli
