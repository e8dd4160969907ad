#include "common/model/lifetime_value/predictor.h"

#include <algorithm>
#include <cmath>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"

namespace clientele::model {
namespace {

using v1::LifetimeValueModel;

constexpr int kAliveSteps = 12;

// Numbers come from formulas that hold for every history; should one still fail, a score is a number all the same.
double Finite(double value) { return std::isfinite(value) ? value : 0; }

AverageCustomer ReadAverage(const LifetimeValueModel& message, const RowEncoder& encoder) {
  AverageCustomer average;
  average.history = {message.mean_frequency(), message.mean_recency(), message.mean_age()};
  average.mean_spend = message.mean_monetary();
  for (const EncodedColumn& column : encoder.columns()) average.columns.push_back(column.training_mean);
  return average;
}

absl::Status CheckAverage(const LifetimeValueModel& message) {
  constexpr double kLargestAverage = 1e6;
  for (const double number : {message.mean_frequency(), message.mean_recency(), message.mean_age()}) {
    if (!(number >= 0 && number <= kLargestAverage))
      return InvalidArtifact(absl::StrCat("an average of histories is ", number));
  }
  if (message.mean_monetary() >= 0 && IsSane(message.mean_monetary())) return absl::OkStatus();
  return InvalidArtifact(absl::StrCat("the mean spend is ", message.mean_monetary()));
}

void Append(absl::string_view sentence, std::string& note) {
  absl::StrAppend(&note, note.empty() ? "" : "; ", sentence);
}

}  // namespace

LifetimeValuePredictor::LifetimeValuePredictor(v1::ModelArtifact artifact, RowEncoder encoder, LifetimeModel model)
    : Predictor(std::move(artifact), std::move(encoder)),
      model_(std::move(model)),
      average_(ReadAverage(this->artifact().lifetime_value(), this->encoder())),
      baseline_(Finite(ValueOfAverage(model_, average_, model_.terms()))) {}

absl::StatusOr<std::shared_ptr<const Predictor>> LifetimeValuePredictor::Make(v1::ModelArtifact artifact,
                                                                              RowEncoder encoder) {
  CLIENTELE_RETURN_IF_ERROR(CheckAverage(artifact.lifetime_value()));
  CLIENTELE_ASSIGN_OR_RETURN(LifetimeModel model, LifetimeModel::Create(artifact.lifetime_value(), encoder));
  return std::shared_ptr<const Predictor>(
      new LifetimeValuePredictor(std::move(artifact), std::move(encoder), std::move(model)));
}

void LifetimeValuePredictor::Score(absl::Span<const double> columns, Prediction& prediction) const {
  prediction.baseline = baseline_;
  const LifetimeCustomer customer = model_.Read(columns);
  if (customer.known != LifetimeCustomer::Known::kComplete) return;
  const LifetimeEstimates estimates = Estimate(model_, customer, columns, model_.terms());
  prediction.output = prediction.fit = estimates.value.value;
  prediction.lower = estimates.value.lower;
  prediction.upper = estimates.value.upper;
  prediction.probability_alive = estimates.alive.value;
  prediction.expected_purchases = estimates.purchases.value;
}

void LifetimeValuePredictor::Explain(absl::Span<const Cell> /*row*/, absl::Span<const double> columns,
                                     Prediction& prediction) const {
  ExplainAt(columns, model_.terms(), prediction);
}

void LifetimeValuePredictor::ExplainAt(absl::Span<const double> columns, const ValueTerms& terms,
                                       Prediction& prediction) const {
  const LifetimeValueModel& message = artifact().lifetime_value();
  const LifetimeCustomer customer = model_.Read(columns);
  if (customer.known != LifetimeCustomer::Known::kComplete) {
    // What sets this customer apart is that there is no history.
    prediction.contributions[message.frequency_feature()] = -prediction.baseline;
    return;
  }
  PlayerFeatures features = {
      message.frequency_feature(), message.recency_feature(), message.age_feature(), message.monetary_feature(), {}};
  for (const EncodedColumn& column : encoder().columns()) features.of_column.push_back(column.feature);
  ExplainLifetimeValue(model_, average_, customer, columns, terms, features, absl::MakeSpan(prediction.contributions));
}

LifetimeScore LifetimeValuePredictor::Describe(absl::Span<const Cell> row, int horizon_days, bool explain) const {
  absl::InlinedVector<double, 64> columns(encoder().num_columns());
  encoder().Encode(row, absl::MakeSpan(columns));
  const bool own_horizon = horizon_days == 0 || horizon_days == model_.terms().horizon_days;
  const ValueTerms terms = own_horizon ? model_.terms() : model_.TermsOf(horizon_days);
  LifetimeScore score;
  score.horizon_days = static_cast<int>(terms.horizon_days);
  score.prediction = PredictColumns(columns);
  score.prediction.imputed = encoder().MissingFeatures(row);
  score.tier = std::string(model_.TierOf(score.prediction.percentile));
  if (!own_horizon) score.prediction.baseline = Finite(ValueOfAverage(model_, average_, terms));
  const LifetimeCustomer customer = model_.Read(columns);
  score.historic_value = customer.historic_value * terms.margin;
  score.note = NoteOn(customer, columns, terms);
  if (customer.known == LifetimeCustomer::Known::kComplete) {
    score.estimates = Estimate(model_, customer, columns, terms);
    score.alive_curve = AliveCurve(*model_.PurchasesOf(columns), customer.history, terms, kAliveSteps);
  }
  score.prediction.output = score.prediction.fit = score.estimates.value.value;
  score.prediction.lower = score.estimates.value.lower;
  score.prediction.upper = score.estimates.value.upper;
  if (!explain) return score;
  score.prediction.contributions.assign(encoder().num_features(), 0);
  ExplainAt(columns, terms, score.prediction);
  return score;
}

std::string LifetimeValuePredictor::NoteOn(const LifetimeCustomer& customer, absl::Span<const double> columns,
                                           const ValueTerms& terms) const {
  if (customer.known == LifetimeCustomer::Known::kIncomplete) {
    return "the purchase history is not complete: nothing can be predicted without frequency, recency and age";
  }
  if (customer.known == LifetimeCustomer::Known::kNeverBought) {
    const LifetimeEstimates fresh = Estimate(model_, LifetimeCustomer(), columns, terms);
    return absl::StrFormat("no purchase so far; after a first one, repeat purchases are worth %.2f %s in %.0f days",
                           fresh.value.value, artifact().base_currency(), terms.horizon_days);
  }
  std::string note;
  if (customer.corrected) Append("the purchase history cannot be as given; the nearest possible one was taken", note);
  if (customer.history.frequency == 0) Append("no repeat purchase: spend is the average of all", note);
  if (customer.returns_exceed)
    Append("returns exceed what repeat purchases brought: spend is the average of all", note);
  return note;
}

}  // namespace clientele::model
