#include "services/training/evaluation/lifetime_value/rows.h"

#include "common/model/lifetime_value/portfolio.h"

namespace clientele::training {
namespace {

using model::LifetimeCustomer;
using model::LifetimeModel;
using model::LifetimeParts;
using model::PortfolioScorer;

// Scores the rows of one shard after the other: what it has worked out for one serves the next.
class RowScorer {
 public:
  RowScorer(const LifetimeModel& model, const model::DatasetEncoder& encoder, const Holdout& holdout)
      : model_(model), encoder_(encoder), holdout_(holdout), columns_(encoder.encoder().num_columns()),
        own_(model, model.terms()), ahead_(model, HoldoutTerms(model, holdout)) {}

  LifetimeRow Score(int shard, int64_t row, LifetimeSums& sums) {
    encoder_.EncodeRow(shard, row, columns_.data());
    LifetimeRow scored;
    scored.customer = model_.Read(columns_);
    scored.actual_purchases = holdout_.Purchases(encoder_.dataset().shards[shard], row);
    scored.actual_money = holdout_.Money(encoder_.dataset().shards[shard], row);
    sums.historic_value += scored.customer.historic_value * model_.terms().margin;
    if (scored.customer.known != LifetimeCustomer::Known::kComplete) return scored;
    const LifetimeParts ahead = ahead_.PartsOf(scored.customer, columns_);
    scored.alive = ahead.alive.value;
    scored.purchases = ahead.alive.value * ahead.ahead.plain.value;
    scored.money = scored.purchases * ahead.spend.value;
    AddOwn(own_.PartsOf(scored.customer, columns_), scored, sums);
    return scored;
  }

 private:
  static model::ValueTerms HoldoutTerms(const LifetimeModel& model, const Holdout& holdout) {
    model::ValueTerms terms = model.terms();
    if (holdout.days() > 0) terms.horizon_days = holdout.days();
    terms.annual_discount_rate = 0;
    terms.margin = 1;
    return terms;
  }

  // Value and everything else in the model's terms.
  void AddOwn(const LifetimeParts& parts, LifetimeRow& scored, LifetimeSums& sums) const {
    const clientele::btyd::Estimate worth = model::Product(parts.alive, parts.ahead.discounted);
    const clientele::btyd::Estimate purchases = model::Product(parts.alive, parts.ahead.plain);
    const double margin = model_.terms().margin;
    const double surely = parts.ahead.discounted.value * parts.spend.value * margin;
    scored.value = worth.value * parts.spend.value * margin;
    scored.value_at_risk = (1 - parts.alive.value) * surely;
    sums.value += scored.value;
    sums.value_at_risk += scored.value_at_risk;
    sums.purchases += purchases.value;
    sums.alive += parts.alive.value;
    const auto& of_purchases = model_.purchase_parameters();
    of_purchases.AddGradient(worth, columns_, parts.spend.value * margin, absl::MakeSpan(sums.value_by_purchases));
    of_purchases.AddGradient(purchases, columns_, 1, absl::MakeSpan(sums.purchases_slopes));
    of_purchases.AddGradient(parts.alive, columns_, 1, absl::MakeSpan(sums.alive_slopes));
    model_.spend_parameters().AddGradient(parts.spend, columns_, worth.value * margin, absl::MakeSpan(sums.value_by_spend));
  }

  const LifetimeModel& model_;
  const model::DatasetEncoder& encoder_;
  const Holdout& holdout_;
  std::vector<double> columns_;
  PortfolioScorer own_;
  PortfolioScorer ahead_;
};

void AddTo(const std::vector<double>& from, std::vector<double>& to) {
  for (size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

}  // namespace

LifetimeSums::LifetimeSums(const LifetimeModel& model)
    : value_by_purchases(model.purchase_parameters().dimension()), value_by_spend(model.spend_parameters().dimension()),
      purchases_slopes(model.purchase_parameters().dimension()), alive_slopes(model.purchase_parameters().dimension()) {}

void LifetimeSums::Add(const LifetimeSums& other) {
  value += other.value;
  purchases += other.purchases;
  alive += other.alive;
  historic_value += other.historic_value;
  value_at_risk += other.value_at_risk;
  AddTo(other.value_by_purchases, value_by_purchases);
  AddTo(other.value_by_spend, value_by_spend);
  AddTo(other.purchases_slopes, purchases_slopes);
  AddTo(other.alive_slopes, alive_slopes);
}

LifetimeRows ScoreLifetimeRows(const LifetimeModel& model, const model::DatasetEncoder& encoder,
                               const dataset::RowSelection& training, const dataset::RowSelection& judging,
                               const Holdout& holdout, int threads) {
  const dataset::Dataset& dataset = encoder.dataset();
  std::vector<int64_t> starts(kShardCount + 1, 0);
  for (int s = 0; s < kShardCount; ++s) starts[s + 1] = starts[s] + dataset.shards[s].rows;
  LifetimeRows result = {std::vector<LifetimeRow>(starts[kShardCount]), LifetimeSums(model)};
  std::vector<LifetimeSums> sums(kShardCount, LifetimeSums(model));
#pragma omp parallel num_threads(threads)
  {
    RowScorer scorer(model, encoder, holdout);
#pragma omp for schedule(dynamic)
    for (int s = 0; s < kShardCount; ++s) {
      for (int64_t row = 0; row < dataset.shards[s].rows; ++row) {
        LifetimeRow& scored = result.rows[starts[s] + row];
        scored = scorer.Score(s, row, sums[s]);
        scored.trains = training.Has(s, row);
        scored.judges = judging.Has(s, row);
      }
    }
  }
  for (const LifetimeSums& shard : sums) result.sums.Add(shard);
  return result;
}

}  // namespace clientele::training
