#include "services/training/evaluation/baselines.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "services/training/evaluation/value.h"

namespace clientele::training {
namespace {

using common::v1::FeatureDefinition;
using dataset::Dataset;

// Everything that was ever spent, net of returns.
bool IsTotalSpend(const FeatureDefinition& feature) {
  const auto& aggregate = feature.aggregate();
  return feature.has_aggregate() && aggregate.kind() == common::v1::RECORD_KIND_TRANSACTION &&
         aggregate.aggregation() == FeatureDefinition::AGGREGATION_SUM && aggregate.field() == "amount" &&
         aggregate.filters().empty() && aggregate.window_days() == 0 && aggregate.window_skip_days() == 0;
}

bool IsTenure(const FeatureDefinition& feature) {
  const auto& aggregate = feature.aggregate();
  return feature.has_aggregate() && aggregate.kind() == common::v1::RECORD_KIND_TRANSACTION &&
         aggregate.aggregation() == FeatureDefinition::AGGREGATION_DAYS_SINCE_FIRST && aggregate.window_days() == 0;
}

// Its index among the number columns; -1: none.
int FindNumber(const Dataset& dataset, bool (*is)(const FeatureDefinition&)) {
  for (int column = 0; column < dataset.header.columns_size(); ++column) {
    if (dataset.places[column].is_category) continue;
    if (is(dataset.header.columns(column).feature())) return dataset.places[column].index;
  }
  return -1;
}

double SpendRate(float spend, float tenure_days) {
  if (std::isnan(spend) || std::isnan(tenure_days)) return 0;
  return std::max<double>(spend, 0) / std::max<double>(tenure_days, 1);
}

}  // namespace

absl::StatusOr<std::vector<ValueRule>> SimpleValueRules(const Dataset& dataset, const dataset::RowSelection& judging,
                                                        double train_mean, int horizon_days, dataset::Parts& parts) {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t judges, dataset::SumCount(judging.count(), parts));
  std::vector<ValueRule> rules = {{"training mean", std::vector<double>(judges, train_mean)}};
  const int spend = FindNumber(dataset, IsTotalSpend), tenure = FindNumber(dataset, IsTenure);
  if (spend < 0 || tenure < 0 || horizon_days <= 0) return rules;
  ValueRule& rate = rules.emplace_back();
  rate.name = "past spend rate";
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t row = 0; row < dataset.shards[s].rows; ++row) {
      if (!judging.Has(s, row)) continue;
      const float* numbers = dataset.shards[s].numbers.data() + row * dataset.number_columns;
      rate.predictions.push_back(SpendRate(numbers[spend], numbers[tenure]) * horizon_days);
    }
  }
  CLIENTELE_ASSIGN_OR_RETURN(rate.predictions, dataset::AllGatherRows(std::move(rate.predictions), parts));
  return rules;
}

model::v1::ValueEvaluation::Baseline JudgeRule(const ValueRule& rule, absl::Span<const double> actuals) {
  const model::v1::ValueEvaluation evaluation = EvaluateValues(rule.predictions, actuals, 0);
  model::v1::ValueEvaluation::Baseline judged;
  judged.set_name(rule.name);
  judged.set_rmse(evaluation.rmse());
  judged.set_mae(evaluation.mae());
  judged.set_spearman(evaluation.spearman());
  judged.set_normalised_gini(evaluation.normalised_gini());
  judged.set_total_ratio(evaluation.total_ratio());
  return judged;
}

}  // namespace clientele::training
