#include "services/training/learners/kmeans/train.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/column_moments.h"
#include "services/training/learners/kmeans/lloyd.h"
#include "services/training/learners/kmeans/quality.h"
#include "services/training/learners/kmeans/seeding.h"
#include "services/training/learners/random.h"

namespace clientele::training {
namespace {

using model::v1::KMeansModel;
using model::v1::KMeansParameters;

constexpr int kMostClusters = 1024;
constexpr int kMostChosenClusters = 64;

// The parameters with their defaults in place.
struct Settings {
  explicit Settings(const KMeansParameters& parameters)
      : chosen(parameters.num_clusters() == 0),
        min_clusters(chosen ? (parameters.min_clusters() == 0 ? 2 : parameters.min_clusters())
                            : parameters.num_clusters()),
        max_clusters(chosen ? (parameters.max_clusters() == 0 ? std::max(10, min_clusters) : parameters.max_clusters())
                            : parameters.num_clusters()),
        restarts(parameters.restarts() == 0 ? 10 : parameters.restarts()) {
    if (parameters.max_iterations() != 0) lloyd.max_iterations = parameters.max_iterations();
    if (parameters.min_relative_progress() != 0) lloyd.min_relative_progress = parameters.min_relative_progress();
  }

  const bool chosen;
  const int min_clusters;
  const int max_clusters;
  const int restarts;
  LloydOptions lloyd;
};

absl::Status CheckRange(int value, int least, int most, absl::string_view field, absl::string_view name) {
  if (value == 0 || (value >= least && value <= most)) return absl::OkStatus();
  return InvalidField(absl::StrCat(field, ".", name), absl::StrCat(value, " is not ", least, " to ", most));
}

// The best of the restarts with k clusters. `share` of the whole work begins at `done`.
absl::StatusOr<Clustering> BestRun(const ShardSums& sums, int k, const Settings& settings, uint64_t seed, double done,
                                   double share, const LearnerProgress& progress) {
  Clustering best;
  for (int restart = 0; restart < settings.restarts; ++restart) {
    Random random(seed, static_cast<uint64_t>(k) << 32 | static_cast<uint64_t>(restart));
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<double> centroids, SeedCentroids(sums, k, random));
    const auto tell = [&](double fraction, absl::string_view message) {
      Tell(progress, done + share * (restart + fraction) / settings.restarts,
           absl::StrCat(k, " clusters, run ", restart + 1, " of ", settings.restarts, ", ", message));
    };
    CLIENTELE_ASSIGN_OR_RETURN(Clustering run, RunLloyd(sums, std::move(centroids), k, settings.lloyd, tell));
    if (restart == 0 || run.inertia < best.inertia) best = std::move(run);
  }
  return best;
}

// The clusters' order: largest first, then by centroid.
std::vector<int> StableOrder(const Clustering& clustering, int k, int d) {
  std::vector<int> order(k);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    if (clustering.sizes[a] != clustering.sizes[b]) return clustering.sizes[a] > clustering.sizes[b];
    const double* centroids = clustering.centroids.data();
    return std::lexicographical_compare(centroids + int64_t{a} * d, centroids + int64_t{a + 1} * d,
                                        centroids + int64_t{b} * d, centroids + int64_t{b + 1} * d);
  });
  return order;
}

KMeansModel MakeModel(const Clustering& clustering, const ColumnMoments& moments) {
  const int d = static_cast<int>(moments.means.size());
  const int k = static_cast<int>(clustering.sizes.size());
  KMeansModel model;
  model.set_num_clusters(k);
  for (const int c : StableOrder(clustering, k, d)) {
    for (int j = 0; j < d; ++j) model.add_centroids(clustering.centroids[int64_t{c} * d + j]);
    model.add_clusters()->set_size(clustering.sizes[c]);
  }
  for (const double deviation : moments.deviations) model.add_feature_scale(deviation > 0 ? 1 / deviation : 1);
  return model;
}

absl::StatusOr<KMeansResult> Train(const ShardSums& sums, const Settings& settings, uint64_t seed,
                                   const LearnerProgress& progress) {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t rows, CheckRows(sums, Labels::kNone));
  if (rows < settings.min_clusters) {
    return NotReady(absl::StrCat(rows, " rows are too few for ", settings.min_clusters, " clusters"));
  }
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<float> sample, SampleRows(sums, kSilhouetteSample));
  KMeansResult result;
  Clustering best;
  const double share = 1.0 / (settings.max_clusters - settings.min_clusters + 1);
  for (int k = settings.min_clusters; k <= settings.max_clusters; ++k) {
    auto run = BestRun(sums, k, settings, seed, (k - settings.min_clusters) * share, share, progress);
    // A range may reach beyond what the rows can fill; its lower part still stands.
    if (!run.ok() && run.status().code() == absl::StatusCode::kFailedPrecondition && k > settings.min_clusters) break;
    if (!run.ok()) return run.status();
    CLIENTELE_ASSIGN_OR_RETURN(const ClusterQuality quality, MeasureClusters(sums, run->centroids, k, sample));
    model::v1::ClusterEvaluation::Choice choice;
    choice.set_num_clusters(k);
    choice.set_inertia(run->inertia);
    choice.set_silhouette(quality.silhouette);
    choice.set_davies_bouldin(quality.davies_bouldin);
    if (settings.chosen) result.choices.push_back(choice);
    if (best.sizes.empty() || quality.silhouette > result.silhouette) {
      best = *std::move(run);
      result.silhouette = quality.silhouette;
      result.davies_bouldin = quality.davies_bouldin;
    }
  }
  result.inertia = best.inertia;
  result.iterations = best.iterations;
  CLIENTELE_ASSIGN_OR_RETURN(const ColumnMoments moments, ComputeColumnMoments(sums, rows));
  for (const double deviation : moments.deviations) {
    result.inertia_of_one += deviation * deviation * static_cast<double>(rows);
  }
  result.model = MakeModel(best, moments);
  return result;
}

}  // namespace

absl::Status ValidateKMeans(const KMeansParameters& parameters, absl::string_view field) {
  CLIENTELE_RETURN_IF_ERROR(CheckRange(parameters.num_clusters(), 2, kMostClusters, field, "num_clusters"));
  CLIENTELE_RETURN_IF_ERROR(CheckRange(parameters.min_clusters(), 2, kMostChosenClusters, field, "min_clusters"));
  CLIENTELE_RETURN_IF_ERROR(CheckRange(parameters.max_clusters(), 2, kMostChosenClusters, field, "max_clusters"));
  CLIENTELE_RETURN_IF_ERROR(CheckRange(parameters.restarts(), 1, 1000, field, "restarts"));
  CLIENTELE_RETURN_IF_ERROR(CheckRange(parameters.max_iterations(), 1, 10000, field, "max_iterations"));
  if (parameters.num_clusters() != 0 && (parameters.min_clusters() != 0 || parameters.max_clusters() != 0)) {
    return InvalidField(absl::StrCat(field, ".num_clusters"),
                        "is given beside a range; give either num_clusters or min_clusters and max_clusters");
  }
  if (parameters.max_clusters() != 0 && parameters.max_clusters() < std::max(2, parameters.min_clusters())) {
    return InvalidField(absl::StrCat(field, ".max_clusters"),
                        absl::StrCat(parameters.max_clusters(), " is below min_clusters ", parameters.min_clusters()));
  }
  if (!std::isfinite(parameters.min_relative_progress()) || parameters.min_relative_progress() >= 1) {
    return InvalidField(absl::StrCat(field, ".min_relative_progress"),
                        absl::StrCat(parameters.min_relative_progress(), " is not a number below 1"));
  }
  return absl::OkStatus();
}

absl::StatusOr<KMeansResult> TrainKMeans(const TrainingMatrix& matrix, const KMeansParameters& parameters, uint64_t seed,
                                         Communicator& communicator, int threads, const StopToken& stop,
                                         const LearnerProgress& progress) {
  const ShardSums sums(matrix, communicator, threads, stop);
  absl::StatusOr<KMeansResult> result = Train(sums, Settings(parameters), seed, progress);
  if (!result.ok()) communicator.Abort(result.status());
  return result;
}

}  // namespace clientele::training
