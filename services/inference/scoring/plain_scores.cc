#include "services/inference/scoring/plain_scores.h"

#include <algorithm>

#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/base/wire_writer.h"
#include "services/inference/scoring/standing.h"

namespace clientele::inference {
namespace {

using v1::Score;

constexpr size_t kMostFields = 20;  // With the messages they are in.
constexpr size_t kMostFixedBytes = kMostFields * (WireWriter::kMostFrontBytes + sizeof(double));

void PutStanding(const Tiers& tiers, double percentile, WireWriter& out) {
  const char* const end = out.begin();
  out.Text(Score::Standing::kTierFieldNumber, TierOf(tiers, percentile));
  out.Text(Score::Standing::kGradeFieldNumber, GradeOf(percentile));
  out.Number(Score::Standing::kPercentileFieldNumber, percentile);
  out.Message(Score::kStandingFieldNumber, end);
}

void PutProbability(const model::Prediction& prediction, double threshold, WireWriter& out) {
  using Probability = Score::Probability;
  const char* const end = out.begin();
  out.Number(Probability::kBaselineFieldNumber, prediction.baseline);
  out.Number(Probability::kLogOddsFieldNumber, prediction.fit);
  out.Number(Probability::kPercentileFieldNumber, prediction.percentile);
  out.Number(Probability::kThresholdFieldNumber, threshold);
  out.Flag(Probability::kPositiveFieldNumber, prediction.output >= threshold);
  out.Number(Probability::kProbabilityFieldNumber, prediction.output);
  out.Message(Score::kProbabilityFieldNumber, end);
}

void PutValue(const model::Prediction& prediction, absl::string_view currency_code, double coverage, WireWriter& out) {
  using Value = Score::PredictedValue;
  const char* const end = out.begin();
  out.Number(Value::kOccurrenceProbabilityFieldNumber, prediction.occurrence_probability);
  out.Number(Value::kIntervalCoverageFieldNumber, coverage);
  out.Number(Value::kUpperFieldNumber, prediction.upper);
  out.Number(Value::kLowerFieldNumber, prediction.lower);
  out.Number(Value::kBaselineFieldNumber, prediction.baseline);
  out.Number(Value::kFitFieldNumber, prediction.fit);
  out.Number(Value::kPercentileFieldNumber, prediction.percentile);
  out.Text(Value::kCurrencyCodeFieldNumber, currency_code);
  out.Number(Value::kValueFieldNumber, prediction.output);
  out.Message(Score::kValueFieldNumber, end);
}

size_t LongestTier(const Tiers& tiers) {
  size_t longest = 0;
  for (const Tier& tier : tiers) longest = std::max(longest, tier.name.size());
  return longest;
}

}  // namespace

bool PlainScores::Are(const ScoringModel& model) {
  return model.algorithm() == v1::ALGORITHM_LOGISTIC_REGRESSION || model.algorithm() == v1::ALGORITHM_VALUE_REGRESSION;
}

PlainScores::PlainScores(const ScoringModel& model, const Tiers& tiers)
    : model_(model),
      tiers_(tiers),
      threshold_(model.predictor().artifact().logistic_regression().threshold()),
      coverage_(model.predictor().artifact().value_regression().intervals().coverage()),
      least_room_(kMostFixedBytes + LongestTier(tiers) + model.predictor().artifact().base_currency().size()) {}

absl::string_view PlainScores::Write(const model::Prediction& prediction, absl::string_view customer_id) {
  if (room_.size() < least_room_ + customer_id.size()) room_.resize(least_room_ + customer_id.size());
  WireWriter out(room_.data() + room_.size());
  const char* const end = out.begin();
  if (model_.has_percentiles()) PutStanding(tiers_, prediction.percentile, out);
  if (model_.algorithm() == v1::ALGORITHM_LOGISTIC_REGRESSION) {
    PutProbability(prediction, threshold_, out);
  } else {
    PutValue(prediction, model_.predictor().artifact().base_currency(), coverage_, out);
  }
  out.Text(Score::kCustomerIdFieldNumber, customer_id);
  return {out.begin(), static_cast<size_t>(end - out.begin())};
}

}  // namespace clientele::inference
