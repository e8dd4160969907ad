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

// |scale x - centroid|^2
double ScaledSquaredDistance(const double* x, double scale, const double* centroid, size_t d) {
  double sum = 0;
  for (size_t j = 0; j < d; ++j) {
    const double difference = scale * x[j] - centroid[j];
    sum += difference * difference;
  }
  return sum;
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
  if (!v1::KMeansParameters::Distance_IsValid(model.distance())) {
    return InvalidArtifact(absl::StrCat("distance is ", static_cast<int>(model.distance())));
  }
  for (const auto& cluster : model.clusters()) {
    if (cluster.size() < 0) return InvalidArtifact(absl::StrCat("a cluster has ", cluster.size(), " rows"));
  }
  return std::shared_ptr<const Predictor>(new KMeansPredictor(std::move(artifact), std::move(encoder)));
}

KMeansPredictor::KMeansPredictor(v1::ModelArtifact artifact, RowEncoder encoder)
    : Predictor(std::move(artifact), std::move(encoder)),
      clusters_(this->artifact().kmeans().num_clusters()),
      cosine_(this->artifact().kmeans().distance() == v1::KMeansParameters::DISTANCE_COSINE),
      centroids_(this->artifact().kmeans().centroids().begin(), this->artifact().kmeans().centroids().end()) {}

double KMeansPredictor::ScaleOf(absl::Span<const double> columns) const {
  if (!cosine_) return 1;
  double square = 0;
  for (const double value : columns) square += value * value;
  return square == 0 ? 1 : 1 / std::sqrt(square);
}

void KMeansPredictor::Score(absl::Span<const double> columns, Prediction& prediction) const {
  const double scale = ScaleOf(columns);
  const size_t d = columns.size();
  double nearest = std::numeric_limits<double>::infinity(), second = nearest;
  prediction.cluster = 0;
  for (int c = 0; c < clusters_; ++c) {
    const double* centroid = centroids_.data() + c * d;
    const double square = cosine_ ? ScaledSquaredDistance(columns.data(), scale, centroid, d)
                                  : SquaredDistance(columns.data(), centroid, d);
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
  const double length = 1 / ScaleOf(columns);  // A centroid of a direction is compared as far out as the row.
  const auto& scale = artifact().kmeans().feature_scale();
  for (int feature = 0; feature < encoder().num_features(); ++feature) {
    const int column = encoder().OwnColumn(feature, row[feature]);
    if (column < 0) continue;
    const double mean = encoder().columns()[column].training_mean;
    prediction.contributions[feature] =
        Shared((columns[column] - mean) * scale[column], (length * centroid[column] - mean) * scale[column]);
  }
}

}  // namespace clientele::model
