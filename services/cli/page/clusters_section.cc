#include <algorithm>

#include "common/text/numbers.h"
#include "services/cli/page/blocks.h"
#include "services/cli/page/sections.h"
#include "services/cli/page/tables.h"

namespace clientele::cli {

using model::v1::ClusterEvaluation;

namespace {

std::vector<Tile> KeyMeasures(const ClusterEvaluation& e) {
  std::vector<Tile> tiles = {{"Clusters", FormatCount(e.profiles_size()), "", ""},
                             {"Silhouette", Significant(e.silhouette()), "", "1 far apart, 0 touching"},
                             {"Explained", Share(e.explained_share()), "", "of the variance between customers"},
                             {"Davies-Bouldin", Significant(e.davies_bouldin()), "", "lower is better"}};
  if (e.calinski_harabasz() > 0) {
    tiles.push_back({"Calinski-Harabasz", Significant(e.calinski_harabasz()), "", "higher is better"});
  }
  tiles.push_back({"Inertia", Significant(e.inertia()), "", "squared distances to the centres"});
  return tiles;
}

// Stability 0 means that it was not measured.
bool HasStability(const ClusterEvaluation& e) {
  return std::any_of(e.profiles().begin(), e.profiles().end(),
                     [](const ClusterEvaluation::Profile& profile) { return profile.stability() > 0; });
}

}  // namespace

Markup ClustersSection(const ModelReport& report) {
  const ClusterEvaluation& evaluation = report.version.evaluation().clusters();
  std::vector<Picture> pictures;
  if (!evaluation.projection().points().empty()) pictures.push_back(ScatterPicture(evaluation));
  if (!evaluation.choices().empty()) pictures.push_back(ChoicesPicture(evaluation));
  pictures.push_back(SizesPicture(evaluation));
  if (HasStability(evaluation)) pictures.push_back(StabilityPicture(evaluation));
  pictures.push_back(ProfilesPicture(evaluation));
  Markup section = Section("Key measures", Tiles(KeyMeasures(evaluation)));
  Markup content = Figures(pictures);
  content.Add(
      TableCard("Who is in which cluster", RuleTable(evaluation),
                "Rule is right: of the customers it describes, the share that is in the cluster. Rule finds: of "
                "the cluster's customers, the share that it describes."));
  return section.Add(Section("The clusters", content));
}

}  // namespace clientele::cli
