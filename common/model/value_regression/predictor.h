// Value regression: fit = intercept + coefficients x columns. With the target LOG1P, value = smearing x exp(fit) - 1;
// else value = fit. Below 0 it is 0, unless negative values are allowed.
#pragma once

#include <memory>
#include <utility>

#include "common/model/linear_model.h"
#include "common/model/predictor.h"

namespace clientele::model {

class ValueRegressionPredictor final : public Predictor {
 public:
  // INVALID_ARGUMENT with ARTIFACT_INVALID: shapes, numbers, the target or the smearing do not hold.
  static absl::StatusOr<std::shared_ptr<const Predictor>> Make(clientele::model::v1::ModelArtifact artifact,
                                                               RowEncoder encoder);

 private:
  ValueRegressionPredictor(clientele::model::v1::ModelArtifact artifact, RowEncoder encoder, LinearModel model)
      : Predictor(std::move(artifact), std::move(encoder)), model_(std::move(model)) {}

  void Score(absl::Span<const double> columns, Prediction& prediction) const override;
  void Explain(absl::Span<const Cell> row, absl::Span<const double> columns, Prediction& prediction) const override;

  LinearModel model_;
};

}  // namespace clientele::model
