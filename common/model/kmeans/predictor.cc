#include "common/model/kmeans/predictor.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"
#include "common/model/sums.h"

namespace clientele::model {
namespace {

constexpr int kMostClusters = 1024;

// The part of the segment's deviation that the customer shares.
double Shared(double customer, double segment) {
  if (customer > 0 && segment > 0) return std::min(customer, segment);
  if (customer < 0 && segment < 0) return std::max(customer, segment);
  return 0;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Predictor>> KMeansPredictor::Make(v1::ModelArtifact artifact,
                                                                       RowEncoder encoder) {
  const v1::KMeansModel& model = artifact.kmeans();
  const int clusters = model.num_clusters();
  const int columns = encoder.num_columns();
  if (clusters < 1 || clusters > kMostClusters) return InvalidArtifact(absl::StrCat("it has ", clusters, " clusters"));
  if (model.clusters_size() != clusters) {
    return InvalidArtifact(absl::StrCat("it describes ", model.clusters_size(), " of ", clusters, " clusters"));
  }
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("centroids", model.centroids(), int64_t{clusters} * columns));
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("feature_scale", model.feature_scale(), columns));
  for (const double scale : model.feature_scale()) {
    if (scale < 0) return InvalidArtifact(absl::StrCat("feature_scale holds ", scale));
  }
  for (const auto& cluster : model.clusters()) {
    if (cluster.size() < 0) return InvalidArtifact(absl::StrCat("a cluster has ", cluster.size(), " rows"));
  }
  return std::shared_ptr<const Predictor>(new KMeansPredictor(std::move(artifact), std::move(encoder)));
}

KMeansPredictor::KMeansPredictor(v1::ModelArtifact artifact, RowEncoder encoder)
    : Predictor(std::move(artifact), std::move(encoder)),
      clusters_(this->artifact().kmeans().num_clusters()),
      centroids_(this->artifact().kmeans().centroids().begin(), this->artifact().kmeans().centroids().end()) {}

void KMeansPredictor::Score(absl::Span<const double> columns, Prediction& prediction) const {
  double nearest = std::numeric_limits<double>::infinity(), second = nearest;
  prediction.cluster = 0;
  for (int c = 0; c < clusters_; ++c) {
    const double square =
        SquaredDistance(columns.data(), centroids_.data() + c * columns.size(), columns.size());
    if (square < nearest) {
      second = nearest;
      nearest = square;
      prediction.cluster = c;
    } else if (square < second) {
      second = square;
    }
  }
  prediction.output = std::sqrt(nearest);
  prediction.runner_up_distance = std::sqrt(second);
}

void KMeansPredictor::Explain(absl::Span<const Cell> row, absl::Span<const double> columns,
                              Prediction& prediction) const {
  const double* centroid = centroids_.data() + prediction.cluster * columns.size();
  const auto& scale = artifact().kmeans().feature_scale();
  for (int feature = 0; feature < encoder().num_features(); ++feature) {
    const int column = encoder().OwnColumn(feature, row[feature]);
    if (column < 0) continue;
    const double mean = encoder().columns()[column].training_mean;
    prediction.contributions[feature] =
        Shared((columns[column] - mean) * scale[column], (centroid[column] - mean) * scale[column]);
  }
}

}  // namespace clientele::model
