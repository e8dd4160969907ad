#include "common/model/kmeans/predictor.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"

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
      cosine_(this->artifact().kmeans().distance() == v1::KMeansParameters::DISTANCE_COSINE),
      centroids_(this->artifact().kmeans().centroids(), this->artifact().kmeans().num_clusters(),
                 cosine_ ? NearestCentroids::Order::kOneSum : NearestCentroids::Order::kFourSums) {}

double KMeansPredictor::ScaleOf(absl::Span<const double> columns) const {
  if (!cosine_) return 1;
  double square = 0;
  for (const double value : columns) square += value * value;
  return square == 0 ? 1 : 1 / std::sqrt(square);
}

void KMeansPredictor::Score(absl::Span<const double> columns, Prediction& prediction) const {
  Workspace workspace;
  ScoreRows(columns, workspace, absl::MakeSpan(&prediction, 1));
}

void KMeansPredictor::ScoreRows(absl::Span<const double> rows, Workspace& workspace,
                                absl::Span<Prediction> predictions) const {
  const size_t n = predictions.size(), d = centroids_.d();
  const double* compared = rows.data();
  if (cosine_) {
    double* const scaled = Workspace::Room(workspace.numbers, n * d);
    for (size_t r = 0; r < n; ++r) {
      const auto row = rows.subspan(r * d, d);
      const double scale = ScaleOf(row);
      std::transform(row.begin(), row.end(), scaled + r * d, [scale](double value) { return scale * value; });
    }
    compared = scaled;
  }
  Nearest nearest[kRowsAtOnce];
  centroids_.Find(compared, workspace, absl::MakeSpan(nearest, n));
  for (size_t r = 0; r < n; ++r) {
    predictions[r].cluster = nearest[r].cluster;
    predictions[r].output = nearest[r].distance;
    predictions[r].runner_up_distance = nearest[r].runner_up_distance;
  }
}

void KMeansPredictor::Explain(absl::Span<const Cell> row, absl::Span<const double> columns,
                              Prediction& prediction) const {
  const double* centroid = centroids_.centroid(prediction.cluster);
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
