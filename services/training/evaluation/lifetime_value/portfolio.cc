#include "services/training/evaluation/lifetime_value/portfolio.h"

#include <algorithm>
#include <map>

#include "common/model/artifact.h"
#include "common/model/lifetime_value/range.h"
#include "common/model/percentile.h"

namespace clientele::training {
namespace {

using model::Range;
using model::v1::LifetimeValueEvaluation;

struct Tally {
  int64_t customers = 0;
  double value = 0, value_at_risk = 0;
};

std::vector<double> TrainingQuantiles(const std::vector<LifetimeRow>& rows) {
  std::vector<double> values;
  for (const LifetimeRow& row : rows) {
    if (row.trains) values.push_back(row.value);
  }
  return values.empty() ? values : model::ComputeScoreQuantiles(std::move(values)).value_or(std::vector<double>());
}

}  // namespace

void AddPortfolio(const model::LifetimeModel& model, const LifetimeRows& rows,
                  const google::protobuf::RepeatedPtrField<model::v1::LifetimeValueParameters::Tier>& tiers,
                  LifetimeValueEvaluation& evaluation) {
  const LifetimeSums& sums = rows.sums;
  const auto& purchases = model.purchase_parameters();
  auto& portfolio = *evaluation.mutable_portfolio();
  const double variance =
      purchases.Variance(sums.value_by_purchases) + model.spend_parameters().Variance(sums.value_by_spend);
  const Range value = model::PositiveRange(sums.value, variance, model.deviate());
  const Range bought = model::PositiveRange(sums.purchases, purchases.Variance(sums.purchases_slopes), model.deviate());
  const auto n = static_cast<double>(std::max<size_t>(rows.rows.size(), 1));
  const Range alive =
      model::ProbabilityRange(sums.alive / n, purchases.Variance(sums.alive_slopes) / (n * n), model.deviate());
  portfolio.set_value(value.value);
  portfolio.set_value_lower(value.lower);
  portfolio.set_value_upper(value.upper);
  portfolio.set_purchases(bought.value);
  portfolio.set_purchases_lower(bought.lower);
  portfolio.set_purchases_upper(bought.upper);
  portfolio.set_alive(sums.alive);
  portfolio.set_alive_lower(alive.lower * n);
  portfolio.set_alive_upper(alive.upper * n);
  portfolio.set_historic_value(sums.historic_value);
  portfolio.set_value_at_risk(sums.value_at_risk);

  const std::vector<double> quantiles = TrainingQuantiles(rows.rows);
  if (quantiles.empty()) return;
  const model::Percentiles percentiles(quantiles);
  std::map<absl::string_view, Tally> tallies;
  for (const LifetimeRow& row : rows.rows) {
    Tally& tally = tallies[model.TierOf(percentiles.Of(row.value))];
    ++tally.customers;
    tally.value += row.value;
    tally.value_at_risk += row.value_at_risk;
  }
  for (const auto& tier : tiers) {
    const Tally& tally = tallies[tier.name()];
    auto& row = *portfolio.add_tiers();
    row.set_name(tier.name());
    row.set_customers(tally.customers);
    row.set_value(tally.value);
    row.set_value_at_risk(tally.value_at_risk);
  }
}

}  // namespace clientele::training
