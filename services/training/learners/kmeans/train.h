// K-means clustering: k-means++ or k-means|| seeding, restarts, Lloyd's iterations or mini-batches, moves of single
// rows where rows are few, k given or chosen.
//
// Notation: n rows, d columns, k clusters. Cost: O(restarts (iterations + log k) n k d).
//
//   LocalCommunicator local;
//   auto result = TrainKMeans(matrix, parameters, /*seed=*/7, local, /*threads=*/2, StopToken(), {});
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/kmeans.pb.h"
#include "common/base/stop_token.h"
#include "services/training/communicator/communicator.h"
#include "services/training/learners/journal.h"
#include "services/training/learners/kmeans/settings.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

// Centroids to start from, [k x d], in the matrix's units.
struct StartingCentroids {
  std::vector<double> given;     // Not empty: one run from these alone.
  std::vector<double> champion;  // Not empty: one more run from these, where they are as many as are asked for.
};

struct KMeansResult {
  model::v1::KMeansModel
      model;  // Clusters largest first, equals by their centroids; names and identities are left out.
  double inertia = 0;
  double inertia_of_one = 0;  // Of a single cluster: what there is to explain.
  double silhouette = 0;
  double davies_bouldin = 0;
  double calinski_harabasz = 0;
  int iterations = 0;                                         // Of the run that won.
  std::vector<double> stability;                              // One a cluster; empty where it was not asked for.
  std::vector<model::v1::ClusterEvaluation::Choice> choices;  // Where k was chosen: what each gave, k rising.
  model::v1::ClusterEvaluation::Projection projection;
};

// Pure: the same for any number of threads and ranks; all ranks return it. Labels are not read, weights are.
// `parameters` must be valid. `journal`: what it has worked out is kept there; null: nowhere. With the cosine distance
// a copy of the rows is made at length 1. Errors: those of CheckRows and MakeRowFrame; FAILED_PRECONDITION with
// DATA_NOT_READY where there are fewer than k distinct rows; of `stop` and of the communicator.
absl::StatusOr<KMeansResult> TrainKMeans(const TrainingMatrix& matrix, const model::v1::KMeansParameters& parameters,
                                         uint64_t seed, Communicator& communicator, int threads, const StopToken& stop,
                                         const LearnerProgress& progress, const StartingCentroids& starts = {},
                                         Journal* journal = nullptr);

}  // namespace clientele::training
