// Why a customer is worth what the model says: shares of the difference from the average customer. See predictor.h.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "common/model/lifetime_value/lifetime_model.h"

namespace clientele::model {

// Against whom customers are explained.
struct AverageCustomer {
  btyd::PurchaseHistory history;  // Its frequency need not be whole.
  double mean_spend = 0;
  std::vector<double> columns;    // The training means, [d].
};

double ValueOfAverage(const LifetimeModel& model, const AverageCustomer& average, const ValueTerms& terms);

// Which schema column each player is. Covariates: one for each of the model's columns [d].
struct PlayerFeatures {
  int frequency = 0;
  int recency = 0;
  int age = 0;
  int monetary = 0;
  std::vector<int> of_column;
};

// Adds to `contributions` [f]. `customer` has a complete history. Cost: six forecasts of purchases without slopes, twelve with
// covariates.
void ExplainLifetimeValue(const LifetimeModel& model, const AverageCustomer& average, const LifetimeCustomer& customer,
                          absl::Span<const double> columns, const ValueTerms& terms, const PlayerFeatures& features,
                          absl::Span<double> contributions);

}  // namespace clientele::model
