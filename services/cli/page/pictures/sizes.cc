#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/pictures.h"
#include "services/cli/page/pictures/bars.h"

namespace clientele::cli {

using model::v1::ClusterEvaluation;
using Profile = ClusterEvaluation::Profile;

namespace {

std::string Says(const ClusterEvaluation& evaluation) {
  if (evaluation.profiles().empty()) return "";
  const auto [least, most] =
      std::minmax_element(evaluation.profiles().begin(), evaluation.profiles().end(),
                          [](const Profile& a, const Profile& b) { return a.share() < b.share(); });
  return absl::StrCat("the largest cluster, \"", most->name(), "\", holds ", Share(most->share()),
                      " of the customers, the smallest, \"", least->name(), "\", ", Share(least->share()), ".");
}

}  // namespace

Picture SizesPicture(const ClusterEvaluation& evaluation) {
  std::vector<Bar> bars;
  double most = 0;
  for (const Profile& profile : evaluation.profiles()) {
    bars.push_back({profile.name(), profile.share(),
                    absl::StrCat(Share(profile.share()), " (", FormatCount(profile.size()), ")")});
    most = std::max(most, profile.share());
  }
  constexpr double kRoomForText = 1.6;
  const Axis shares = Axis::Shares("Share of the customers (how many)", {0, kRoomForText * most});
  const std::string says = Says(evaluation);
  return {.heading = "How large the clusters are",
          .drawing = BarChart(bars, shares).Svg("Sizes of the clusters", says),
          .legend = {},
          .says = says};
}

}  // namespace clientele::cli
