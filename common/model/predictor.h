// An artifact that can score: the one place where a model meets a row, in training's evaluation and in serving.
//
//   CLIENTELE_ASSIGN_OR_RETURN(auto predictor, Predictor::Load(artifact_bytes));
//   const Prediction prediction = predictor->Predict(row, /*explain=*/true);
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/model/v1/artifact.pb.h"

namespace clientele::model {

// One value of a row. A number column reads `number` (NaN: missing), a category column reads `category`.
struct Cell {
  double number = std::numeric_limits<double>::quiet_NaN();
  absl::string_view category;
  bool has_category = false;
};

struct Prediction {
  double output = 0;   // Probability; value in the base currency; or the distance to the nearest centroid.
  double fit = 0;      // Log odds; the regression's scale; unused for clusters.
  double baseline = 0;  // `fit` of the average training row. fit = baseline + sum of contributions, exactly to rounding.
  double percentile = 0;  // Of the training rows' scores, 0 to 100. Not for clusters.
  int cluster = -1;
  double runner_up_distance = 0;
  // With `explain`: one a schema column. For clusters: the deviations by which the segment's centroid differs from the
  // average in that column.
  std::vector<double> contributions;
  std::vector<int> imputed;  // Schema columns that were missing.
};

// Thread-safe: immutable.
class Predictor {
 public:
  // Parses, checks everything that scoring relies on (shapes, finite numbers, known features), then scores the golden
  // rows and compares bit for bit. INVALID_ARGUMENT with ARTIFACT_INVALID. Never crashes, whatever the bytes.
  static absl::StatusOr<std::shared_ptr<const Predictor>> Load(absl::string_view artifact_bytes);
  virtual ~Predictor() = default;

  const clientele::model::v1::ModelArtifact& artifact() const { return artifact_; }
  // The inputs, in order: what a row's cells mean.
  const auto& schema() const { return artifact_.schema(); }

  // `row` has one cell a schema column. Cost: O(d); no lock, no allocation beyond the prediction's vectors.
  virtual Prediction Predict(absl::Span<const Cell> row, bool explain) const = 0;

 protected:
  clientele::model::v1::ModelArtifact artifact_;
};

}  // namespace clientele::model
