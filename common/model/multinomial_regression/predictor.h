// Multinomial logistic regression: fit_c = intercept_c + coefficients_c x columns for each of k classes, and
// probability_c = exp(fit_c) / sum exp(fit). As coefficients and intercepts sum to 0 over the classes, a class's fit is
// its log odds against the (geometric) average of the classes, and its explanation adds up to it.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "common/model/linear_model.h"
#include "common/model/predictor.h"

namespace clientele::model {

inline constexpr int kMostClasses = 100;

class MultinomialRegressionPredictor final : public Predictor {
 public:
  // INVALID_ARGUMENT with ARTIFACT_INVALID: shapes, numbers or the classes' names do not hold.
  static absl::StatusOr<std::shared_ptr<const Predictor>> Make(clientele::model::v1::ModelArtifact artifact,
                                                               RowEncoder encoder);

 private:
  MultinomialRegressionPredictor(clientele::model::v1::ModelArtifact artifact, RowEncoder encoder,
                                 std::vector<LinearModel> classes)
      : Predictor(std::move(artifact), std::move(encoder)), classes_(std::move(classes)) {}

  void Score(absl::Span<const double> columns, Prediction& prediction) const override;
  void ScoreRows(absl::Span<const double> rows, Workspace& workspace,
                 absl::Span<Prediction> predictions) const override;
  // Of the predicted class.
  void Explain(absl::Span<const Cell> row, absl::Span<const double> columns, Prediction& prediction) const override;

  // Sets everything from the fits [k], which are in prediction.probabilities.
  void SetFromFits(Prediction& prediction) const;

  std::vector<LinearModel> classes_;  // k
};

}  // namespace clientele::model
