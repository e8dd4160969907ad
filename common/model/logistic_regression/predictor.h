// Logistic regression: probability = 1 / (1 + exp(-fit)), fit = intercept + coefficients x columns, in log odds.
#pragma once

#include <memory>
#include <utility>

#include "common/model/linear_model.h"
#include "common/model/predictor.h"

namespace clientele::model {

class LogisticRegressionPredictor final : public Predictor {
 public:
  // INVALID_ARGUMENT with ARTIFACT_INVALID: shapes, numbers or the threshold do not hold.
  static absl::StatusOr<std::shared_ptr<const Predictor>> Make(clientele::model::v1::ModelArtifact artifact,
                                                               RowEncoder encoder);

 private:
  LogisticRegressionPredictor(clientele::model::v1::ModelArtifact artifact, RowEncoder encoder, LinearModel model)
      : Predictor(std::move(artifact), std::move(encoder)), model_(std::move(model)) {}

  void Score(absl::Span<const double> columns, Prediction& prediction) const override;
  void Explain(absl::Span<const Cell> row, absl::Span<const double> columns, Prediction& prediction) const override;

  LinearModel model_;
};

}  // namespace clientele::model
