#include "common/model/value_regression/predictor.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"
#include "common/model/linear_kernel.h"
#include "common/model/portable_math.h"
#include "common/model/value_regression/family.h"
#include "common/model/value_regression/intervals.h"

namespace clientele::model {
namespace {

using v1::ValueRegressionModel;
using v1::ValueRegressionParameters;

absl::Status CheckLeastSquares(const ValueRegressionModel& message) {
  const bool log_target = message.target() == ValueRegressionParameters::TARGET_LOG1P;
  if (!log_target && message.target() != ValueRegressionParameters::TARGET_PLAIN) {
    return InvalidArtifact(absl::StrCat("the target is ", static_cast<int>(message.target())));
  }
  if (log_target && !(message.smearing() > 0 && IsSane(message.smearing()))) {
    return InvalidArtifact(absl::StrCat("the smearing is ", message.smearing()));
  }
  return absl::OkStatus();
}

// The exponent that the output is made of.
double CutFit(double fit) { return std::min(fit, kLargestLogValue); }

double LogSigmoid(double x) { return x >= 0 ? -Log1p(Exp(-x)) : x - Log1p(Exp(x)); }

}  // namespace

absl::StatusOr<std::shared_ptr<const Predictor>> ValueRegressionPredictor::Make(v1::ModelArtifact artifact,
                                                                                RowEncoder encoder) {
  const ValueRegressionModel& message = artifact.value_regression();
  if (!ValueRegressionParameters::Family_IsValid(message.family())) {
    return InvalidArtifact(absl::StrCat("the family is ", static_cast<int>(message.family())));
  }
  if (!HasLogLink(message.family())) CLIENTELE_RETURN_IF_ERROR(CheckLeastSquares(message));
  CLIENTELE_RETURN_IF_ERROR(CheckIntervals(message.intervals()));
  CLIENTELE_ASSIGN_OR_RETURN(LinearModel mean, LinearModel::Create(message, encoder));
  std::vector<Term> terms = {{Role::kMean, std::move(mean)}};
  if (HasOccurrence(message.family())) {
    CLIENTELE_ASSIGN_OR_RETURN(LinearModel occurrence, LinearModel::Create(message.occurrence(), encoder));
    terms.push_back({Role::kOccurrence, std::move(occurrence)});
  }
  if (HasSpread(message.family())) {
    CLIENTELE_ASSIGN_OR_RETURN(LinearModel spread, LinearModel::Create(message.spread(), encoder));
    terms.push_back({Role::kSpread, std::move(spread)});
  }
  return std::shared_ptr<const Predictor>(
      new ValueRegressionPredictor(std::move(artifact), std::move(encoder), std::move(terms)));
}

double ValueRegressionPredictor::ValueOf(Role role, double at) {
  switch (role) {
    case Role::kMean: return at;
    case Role::kOccurrence: return LogSigmoid(at);
    case Role::kSpread: return Exp(2 * CutSpread(at)) / 2;
  }
  return 0;
}

double ValueRegressionPredictor::SlopeOf(Role role, double at) {
  switch (role) {
    case Role::kMean: return 1;
    case Role::kOccurrence: return Sigmoid(-at);
    case Role::kSpread: return at == CutSpread(at) ? Exp(2 * at) : 0;
  }
  return 0;
}

double ValueRegressionPredictor::MeanSlope(Role role, double from, double to) {
  // Over a short way the slope in the middle is the closer one: the difference of values would be rounding.
  constexpr double kShort = 1e-5;
  if (std::abs(to - from) < kShort) return SlopeOf(role, from + (to - from) / 2);
  return (ValueOf(role, to) - ValueOf(role, from)) / (to - from);
}

double ValueRegressionPredictor::Output(double fit, double exp) const {
  const ValueRegressionModel& message = artifact().value_regression();
  if (HasLogLink(message.family())) return exp;
  double output = fit;
  if (message.target() == ValueRegressionParameters::TARGET_LOG1P) output = message.smearing() * exp - 1;
  return message.allow_negative() ? output : std::max(output, 0.0);
}

void ValueRegressionPredictor::Score(absl::Span<const double> columns, Prediction& prediction) const {
  prediction.baseline = baseline_;
  for (const Term& term : terms_) AddTerm(term.role, term.model.Fit(columns), prediction);
  SetOutput(Exp(CutFit(prediction.fit)), prediction);
}

void ValueRegressionPredictor::ScoreRows(absl::Span<const double> rows, Workspace& /*workspace*/,
                                         absl::Span<Prediction> predictions) const {
  double fits[kRowsAtOnce];
  for (Prediction& prediction : predictions) prediction.baseline = baseline_;
  for (const Term& term : terms_) {
    term.model.Fits(rows, absl::MakeSpan(fits, predictions.size()));
    for (size_t r = 0; r < predictions.size(); ++r) AddTerm(term.role, fits[r], predictions[r]);
  }
  for (size_t r = 0; r < predictions.size(); ++r) fits[r] = CutFit(predictions[r].fit);
  ExpEach(absl::MakeSpan(fits, predictions.size()));
  for (size_t r = 0; r < predictions.size(); ++r) SetOutput(fits[r], predictions[r]);
}

void ValueRegressionPredictor::AddTerm(Role role, double at, Prediction& prediction) const {
  prediction.fit += ValueOf(role, at);
  if (role == Role::kOccurrence) prediction.occurrence_probability = Sigmoid(at);
}

void ValueRegressionPredictor::SetOutput(double exp, Prediction& prediction) const {
  prediction.output = Output(prediction.fit, exp);
  const ValueRegressionModel& message = artifact().value_regression();
  if (message.intervals().bands().empty()) return;
  const ValueInterval interval = IntervalAt(message.intervals(), prediction.output, message.allow_negative());
  prediction.lower = interval.lower;
  prediction.upper = interval.upper;
}

void ValueRegressionPredictor::Explain(absl::Span<const Cell> /*row*/, absl::Span<const double> columns,
                                       Prediction& prediction) const {
  for (const Term& term : terms_) {
    const bool linear = term.role == Role::kMean;
    const double slope = linear ? 1 : MeanSlope(term.role, term.model.baseline(), term.model.Fit(columns));
    term.model.Explain(encoder(), columns, absl::MakeSpan(prediction.contributions), slope);
  }
}

}  // namespace clientele::model
