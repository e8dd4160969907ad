#include "common/model/value_regression/predictor.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"
#include "common/model/portable_math.h"

namespace clientele::model {
namespace {

using v1::ValueRegressionParameters;

// exp of it is 1e217: no customer is worth that, and smeared it is still finite.
constexpr double kLargestLogValue = 500;

}  // namespace

absl::StatusOr<std::shared_ptr<const Predictor>> ValueRegressionPredictor::Make(v1::ModelArtifact artifact,
                                                                                RowEncoder encoder) {
  const v1::ValueRegressionModel& message = artifact.value_regression();
  CLIENTELE_ASSIGN_OR_RETURN(LinearModel model, LinearModel::Create(message, encoder));
  const bool log_target = message.target() == ValueRegressionParameters::TARGET_LOG1P;
  if (!log_target && message.target() != ValueRegressionParameters::TARGET_PLAIN) {
    return InvalidArtifact(absl::StrCat("the target is ", static_cast<int>(message.target())));
  }
  if (log_target && !(message.smearing() > 0 && IsSane(message.smearing()))) {
    return InvalidArtifact(absl::StrCat("the smearing is ", message.smearing()));
  }
  return std::shared_ptr<const Predictor>(
      new ValueRegressionPredictor(std::move(artifact), std::move(encoder), std::move(model)));
}

void ValueRegressionPredictor::Score(absl::Span<const double> columns, Prediction& prediction) const {
  const v1::ValueRegressionModel& message = artifact().value_regression();
  prediction.fit = model_.Fit(columns);
  prediction.baseline = model_.baseline();
  prediction.output = prediction.fit;
  if (message.target() == ValueRegressionParameters::TARGET_LOG1P) {
    prediction.output = message.smearing() * Exp(std::min(prediction.fit, kLargestLogValue)) - 1;
  }
  if (!message.allow_negative()) prediction.output = std::max(prediction.output, 0.0);
}

void ValueRegressionPredictor::Explain(absl::Span<const Cell> /*row*/, absl::Span<const double> columns,
                                       Prediction& prediction) const {
  model_.Explain(encoder(), columns, absl::MakeSpan(prediction.contributions));
}

}  // namespace clientele::model
