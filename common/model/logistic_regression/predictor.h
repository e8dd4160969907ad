// Logistic regression: fit = intercept + coefficients x columns, in log odds; probability = 1 / (1 + exp(-fit)), or
// what the model's calibration makes of the fit.
#pragma once

#include <memory>
#include <utility>

#include "common/model/linear_model.h"
#include "common/model/logistic_regression/calibration.h"
#include "common/model/predictor.h"

namespace clientele::model {

class LogisticRegressionPredictor final : public Predictor {
 public:
  // INVALID_ARGUMENT with ARTIFACT_INVALID: shapes, numbers, the threshold or the calibration do not hold.
  static absl::StatusOr<std::shared_ptr<const Predictor>> Make(clientele::model::v1::ModelArtifact artifact,
                                                               RowEncoder encoder);

 private:
  LogisticRegressionPredictor(clientele::model::v1::ModelArtifact artifact, RowEncoder encoder, LinearModel model,
                              Calibration calibration)
      : Predictor(std::move(artifact), std::move(encoder)),
        model_(std::move(model)),
        calibration_(std::move(calibration)) {}

  void Score(absl::Span<const double> columns, Prediction& prediction) const override;
  void ScoreRows(absl::Span<const double> rows, Workspace& workspace,
                 absl::Span<Prediction> predictions) const override;
  void Explain(absl::Span<const Cell> row, absl::Span<const double> columns, Prediction& prediction) const override;

  LinearModel model_;
  Calibration calibration_;
};

}  // namespace clientele::model
