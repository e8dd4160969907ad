// K-means: profiles, rules, names and identities beside the clusters.
#include <utility>

#include "common/base/status_macros.h"
#include "common/model/artifact.h"
#include "services/training/algorithms/algorithms.h"
#include "services/training/algorithms/segments.h"
#include "services/training/algorithms/starting_centroids.h"
#include "services/training/evaluation/cluster_rules.h"
#include "services/training/learners/kmeans/train.h"

namespace clientele::training {

using model::v1::ModelArtifact;

namespace {

absl::StatusOr<StartingCentroids> StartsOf(const LearnerInput& input, const ModelArtifact& artifact) {
  CLIENTELE_ASSIGN_OR_RETURN(const model::RowEncoder encoder,
                             model::RowEncoder::Create(artifact.schema(), artifact.preprocessing()));
  StartingCentroids starts;
  CLIENTELE_ASSIGN_OR_RETURN(starts.given, EncodeStartingCentroids(input.spec.kmeans(), artifact.schema(), encoder));
  if (input.spec.kmeans().warm_start()) starts.champion = ChampionCentroids(input.champion, encoder);
  return starts;
}

}  // namespace

absl::Status TrainClusters(const LearnerInput& input, ModelArtifact& artifact, std::vector<v1::DataIssue>&) {
  CLIENTELE_ASSIGN_OR_RETURN(const StartingCentroids starts, StartsOf(input, artifact));
  CLIENTELE_ASSIGN_OR_RETURN(KMeansResult result,
                             TrainKMeans(input.matrix, input.spec.kmeans(), input.spec.seed(), input.communicator,
                                         input.threads, input.stop, input.progress, starts, &input.journal));
  auto& clusters = *artifact.mutable_evaluation()->mutable_clusters();
  clusters.set_inertia(result.inertia);
  clusters.set_explained_share(result.inertia_of_one == 0 ? 0 : 1 - result.inertia / result.inertia_of_one);
  clusters.set_silhouette(result.silhouette);
  clusters.set_davies_bouldin(result.davies_bouldin);
  clusters.set_calinski_harabasz(result.calinski_harabasz);
  clusters.set_iterations(result.iterations);
  for (auto& choice : result.choices) *clusters.add_choices() = std::move(choice);
  for (const double stability : result.stability) clusters.add_profiles()->set_stability(stability);
  *clusters.mutable_projection() = std::move(result.projection);
  *artifact.mutable_kmeans() = std::move(result.model);
  return absl::OkStatus();
}

// What the training rows say of the clusters that the predictor assigns them to.
absl::Status JudgeClusters(const JudgeInput& input, ModelArtifact& artifact) {
  CLIENTELE_ASSIGN_OR_RETURN(const RowClusters clusters,
                             ClusterRows(input.predictor, input.dataset, input.training, input.threads));
  model::v1::KMeansModel& model = *artifact.mutable_kmeans();
  const std::vector<int> columns = model::InputColumns(input.dataset);
  const int k = model.num_clusters();
  CLIENTELE_ASSIGN_OR_RETURN(auto profiles,
                             ProfileClusters(input.dataset, columns, clusters, k, input.threads, input.parts));
  CLIENTELE_ASSIGN_OR_RETURN(auto rules,
                             DescribeClusters(input.dataset, columns, clusters, k, input.threads, input.parts));
  for (int c = 0; c < k; ++c) model.mutable_clusters(c)->set_name(profiles[c].name());
  const bool continues = input.champion != nullptr && input.champion->artifact().has_kmeans();
  const model::Predictor* champion = continues ? input.champion : nullptr;
  const RowClusters before = ClusterRowsOrNone(champion, input.dataset, input.training, input.threads);
  CLIENTELE_RETURN_IF_ERROR(
      ContinueSegments(continues ? &champion->artifact().kmeans() : nullptr, before, clusters, model, input.parts));
  auto& evaluation = *artifact.mutable_evaluation()->mutable_clusters();
  while (evaluation.profiles_size() < k) evaluation.add_profiles();
  for (int c = 0; c < k; ++c) {
    auto& profile = *evaluation.mutable_profiles(c);
    profile.MergeFrom(profiles[c]);
    profile.set_name(model.clusters(c).name());
    *profile.mutable_rule() = std::move(rules[c]);
  }
  return absl::OkStatus();
}

}  // namespace clientele::training
