// An artifact that can score: the one place where a model meets a row, in training's evaluation and in serving.
//
//   CLIENTELE_ASSIGN_OR_RETURN(auto predictor, Predictor::Load(artifact_bytes));
//   const Prediction prediction = predictor->Predict(row, /*explain=*/true);
//
// Whoever scores many rows keeps the memory for it, and scores them at once:
//
//   Workspace workspace;                       // One a thread.
//   std::vector<Prediction> predictions(n);
//   predictor->PredictRows(cells, /*explain=*/false, workspace, absl::MakeSpan(predictions));  // cells [n x features]
//
// Why a row scores as it does is exact. For the linear models the contribution of a feature is the sum over its columns
// of coefficient x (value - training mean), the baseline is the fit of a row of training means, and
// fit = baseline + sum of contributions, to rounding; of those with several parts see value_regression/predictor.h.
// For clusters a contribution is the deviation that the customer and the segment share: with z_x and z_c how far the
// row's and the centroid's value of the feature's own column (see RowEncoder::OwnColumn) lie from the training mean, in
// training deviations, it is the smaller of the two where they have the same sign, and 0 where they have not. So a
// feature explains a segment when the segment is unusual there and the customer is too.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/model/v1/artifact.pb.h"
#include "common/model/cell.h"
#include "common/model/encoder.h"
#include "common/model/percentile.h"
#include "common/model/rfm/scores.h"
#include "common/model/workspace.h"

namespace clientele::model {

// The numbers of a prediction.
struct Scores {
  double output = 0;      // Probability (of several classes: of the predicted one); value in the base currency; or the
                          // distance to the nearest centroid. Finite.
  double fit = 0;         // Log odds (of several classes: of the predicted one against their average); the regression's
                          // scale; unused for clusters.
  double baseline = 0;    // `fit` of the average training row. fit = baseline + sum of contributions, to rounding.
  double percentile = 0;  // Of the training rows' scores, 0 to 100. Not for clusters, nor without score quantiles.
  int cluster = -1;
  int predicted_class = -1;           // Of several classes: the most probable.
  double runner_up_distance = 0;      // Infinite where there is one cluster.
  double lower = 0, upper = 0;        // A value's prediction interval; both 0 where the model has none.
  double occurrence_probability = 0;  // Of any value, where the model tells it apart.
  double probability_alive = 0, expected_purchases = 0;  // Lifetime value.
  RfmScores rfm;                                         // `cluster` is the segment they give.
};

struct Prediction : Scores {
  std::vector<double> probabilities;  // Of several classes: one a class.
  std::vector<double> survival;  // At a survival model's horizons; its output is the hazard ratio, its fit the log.
  std::vector<double> contributions;  // With `explain`: one a schema column. See above.
  std::vector<int> imputed;           // Schema columns that were missing.

  // As new, but the vectors keep their memory.
  void Clear();
};

// Thread-safe: immutable.
class Predictor {
 public:
  // Parses, checks everything that scoring relies on (shapes, finite numbers, known features), then scores the golden
  // rows and compares bit for bit. INVALID_ARGUMENT with ARTIFACT_INVALID. Never crashes, whatever the bytes.
  static absl::StatusOr<std::shared_ptr<const Predictor>> Load(absl::string_view artifact_bytes);

  // The same for an artifact in the making: its golden rows and score quantiles may still be absent (see artifact.h).
  static absl::StatusOr<std::shared_ptr<const Predictor>> Create(clientele::model::v1::ModelArtifact artifact);

  virtual ~Predictor() = default;
  Predictor(const Predictor&) = delete;
  Predictor& operator=(const Predictor&) = delete;

  const clientele::model::v1::ModelArtifact& artifact() const { return artifact_; }
  // The inputs, in order: what a row's cells mean.
  const auto& schema() const { return artifact_.schema(); }
  const RowEncoder& encoder() const { return encoder_; }

  // `row` has one cell a schema column. Cost: O(d), for clusters O(k d); no lock.
  Prediction Predict(absl::Span<const Cell> row, bool explain) const;

  // Many rows of cells [n x schema columns] into predictions [n], whatever they held. The same bits as row by row, at a
  // fraction of the cost. Allocates nothing once workspace and predictions have met such rows before.
  void PredictRows(absl::Span<const Cell> rows, bool explain, Workspace& workspace,
                   absl::Span<Prediction> predictions) const;

  // The same for rows [n x schema columns] of finite numbers, by a model that knows nothing else; nothing is explained.
  // Cost: as PredictRows, but for the cells.
  void PredictNumbers(absl::Span<const double> rows, Workspace& workspace, absl::Span<Prediction> predictions) const;

  // The prediction for columns [d] that are encoded already; nothing is explained, nothing was imputed. The same bits
  // as Predict.
  Prediction PredictColumns(absl::Span<const double> columns) const;

  // The same for rows [n x d] into predictions [n].
  void PredictColumns(absl::Span<const double> rows, Workspace& workspace, absl::Span<Prediction> predictions) const;

 protected:
  Predictor(clientele::model::v1::ModelArtifact artifact, RowEncoder encoder);

  // Sets everything but percentile, contributions and imputed; `prediction` is cleared.
  virtual void Score(absl::Span<const double> columns, Prediction& prediction) const = 0;
  // The same for up to kRowsAtOnce rows [n x d], to the same bits. Models that are not made for many rows at once leave
  // it as it is: one after the other. May use `workspace`, but for its columns.
  virtual void ScoreRows(absl::Span<const double> rows, Workspace& workspace, absl::Span<Prediction> predictions) const;
  // Sets contributions, [f] zeros when called.
  virtual void Explain(absl::Span<const Cell> row, absl::Span<const double> columns, Prediction& prediction) const = 0;

 private:
  // ScoreRows of up to kRowsAtOnce rows, and the percentiles.
  void PredictTile(absl::Span<const double> rows, Workspace& workspace, absl::Span<Prediction> predictions) const;

  clientele::model::v1::ModelArtifact artifact_;
  RowEncoder encoder_;
  Percentiles percentiles_;
};

}  // namespace clientele::model
