#include "common/model/logistic_regression/predictor.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"

namespace clientele::model {

absl::StatusOr<std::shared_ptr<const Predictor>> LogisticRegressionPredictor::Make(v1::ModelArtifact artifact,
                                                                                   RowEncoder encoder) {
  const v1::LogisticRegressionModel& message = artifact.logistic_regression();
  CLIENTELE_ASSIGN_OR_RETURN(LinearModel model, LinearModel::Create(message, encoder));
  if (!(message.threshold() >= 0 && message.threshold() <= 1)) {
    return InvalidArtifact(absl::StrCat("the threshold is ", message.threshold()));
  }
  CLIENTELE_ASSIGN_OR_RETURN(Calibration calibration, Calibration::Create(message));
  return std::shared_ptr<const Predictor>(new LogisticRegressionPredictor(std::move(artifact), std::move(encoder),
                                                                          std::move(model), std::move(calibration)));
}

void LogisticRegressionPredictor::Score(absl::Span<const double> columns, Prediction& prediction) const {
  prediction.fit = model_.Fit(columns);
  prediction.baseline = model_.baseline();
  prediction.output = calibration_.Probability(prediction.fit);
}

void LogisticRegressionPredictor::ScoreRows(absl::Span<const double> rows, Workspace& /*workspace*/,
                                            absl::Span<Prediction> predictions) const {
  const size_t n = predictions.size();
  double fits[kRowsAtOnce], outputs[kRowsAtOnce];
  model_.Fits(rows, absl::MakeSpan(fits, n));
  std::copy(fits, fits + n, outputs);
  calibration_.Probabilities(absl::MakeSpan(outputs, n));
  for (size_t r = 0; r < n; ++r) {
    predictions[r].fit = fits[r];
    predictions[r].baseline = model_.baseline();
    predictions[r].output = outputs[r];
  }
}

void LogisticRegressionPredictor::Explain(absl::Span<const Cell> /*row*/, absl::Span<const double> columns,
                                          Prediction& prediction) const {
  model_.Explain(encoder(), columns, absl::MakeSpan(prediction.contributions));
}

}  // namespace clientele::model
