// K-means clustering: greedy k-means++ seeding, restarts, Lloyd's iterations, k given or chosen by silhouette.
//
// Notation: n rows, d columns, k clusters. Cost: O(restarts (iterations + log k) n k d).
//
//   LocalCommunicator local;
//   auto result = TrainKMeans(matrix, parameters, /*seed=*/7, local, /*threads=*/2, StopToken(), {});
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/kmeans.pb.h"
#include "common/base/stop_token.h"
#include "services/training/communicator/communicator.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

// OK, or INVALID_ARGUMENT naming the first field out of range as `field`.num_clusters.
absl::Status ValidateKMeans(const model::v1::KMeansParameters& parameters, absl::string_view field);

struct KMeansResult {
  model::v1::KMeansModel model;  // Clusters largest first, equals by their centroids; names are left empty.
  double inertia = 0;
  double inertia_of_one = 0;  // Of a single cluster: what there is to explain.
  double silhouette = 0;
  double davies_bouldin = 0;
  int iterations = 0;  // Of the run that won.
  std::vector<model::v1::ClusterEvaluation::Choice> choices;  // Where k was chosen: what each gave, k rising.
};

// Pure: the same for any number of threads and ranks; all ranks return it. Labels are not read. `parameters` must be valid.
// Errors: those of CheckRows; FAILED_PRECONDITION with DATA_NOT_READY where there are fewer than k distinct rows; of
// `stop` and of the communicator.
absl::StatusOr<KMeansResult> TrainKMeans(const TrainingMatrix& matrix, const model::v1::KMeansParameters& parameters,
                                         uint64_t seed, Communicator& communicator, int threads, const StopToken& stop,
                                         const LearnerProgress& progress);

}  // namespace clientele::training
