// The customers of a dataset as a lifetime value model sees them, and what they add up to.
#pragma once

#include <vector>

#include "clientele/model/v1/lifetime_value.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/selection.h"
#include "common/model/encoder.h"
#include "common/model/lifetime_value/lifetime_model.h"
#include "services/training/evaluation/lifetime_value/holdout.h"

namespace clientele::training {

struct LifetimeRow {
  model::LifetimeCustomer customer;
  bool trains = false;
  bool judges = false;
  // In the model's terms.
  double value = 0;
  double value_at_risk = 0;
  double alive = 0;
  // In the holdout's days, undiscounted, margin 1; without a holdout in the model's.
  double purchases = 0;
  double money = 0;
  double actual_purchases = 0;  // NaN: not known.
  double actual_money = 0;
};

// Sums over all rows with slopes in the D parameters of purchases and of spend, which all customers share.
struct LifetimeSums {
  explicit LifetimeSums(const model::LifetimeModel& model);
  void Add(const LifetimeSums& other);

  double value = 0, purchases = 0, alive = 0, historic_value = 0, value_at_risk = 0;
  std::vector<double> value_by_purchases, value_by_spend;  // Slopes of `value`.
  std::vector<double> purchases_slopes, alive_slopes;      // In the purchase parameters alone.
};

struct LifetimeRows {
  std::vector<LifetimeRow> rows;  // In row order.
  LifetimeSums sums;              // Of purchases in the model's horizon.
};

// Cost: O(n), see common/model/lifetime_value/portfolio.h. `threads` changes the speed alone.
LifetimeRows ScoreLifetimeRows(const model::LifetimeModel& model, const model::DatasetEncoder& encoder,
                               const dataset::RowSelection& training, const dataset::RowSelection& judging,
                               const Holdout& holdout, int threads);

}  // namespace clientele::training
