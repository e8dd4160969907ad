// K-means: the segment is the nearest centroid's, by Euclidean distance over the columns; ties go to the first. With
// the cosine distance the row is taken at length 1, as the centroids are: the distance is sqrt(2 - 2 cos), 0 to 2, and
// a row at the origin is at distance 1 from all of them.
// Cost: O(k d).
#pragma once

#include <memory>
#include <utility>

#include "common/model/kmeans/nearest.h"
#include "common/model/predictor.h"

namespace clientele::model {

class KMeansPredictor final : public Predictor {
 public:
  // INVALID_ARGUMENT with ARTIFACT_INVALID: shapes, numbers or cluster counts do not hold.
  static absl::StatusOr<std::shared_ptr<const Predictor>> Make(clientele::model::v1::ModelArtifact artifact,
                                                               RowEncoder encoder);

 private:
  KMeansPredictor(clientele::model::v1::ModelArtifact artifact, RowEncoder encoder);

  void Score(absl::Span<const double> columns, Prediction& prediction) const override;
  void ScoreRows(absl::Span<const double> rows, Workspace& workspace,
                 absl::Span<Prediction> predictions) const override;
  void Explain(absl::Span<const Cell> row, absl::Span<const double> columns, Prediction& prediction) const override;

  // What the row's columns are multiplied with before they are compared: 1, or 1 / their length.
  double ScaleOf(absl::Span<const double> columns) const;

  bool cosine_;
  NearestCentroids centroids_;
};

}  // namespace clientele::model
