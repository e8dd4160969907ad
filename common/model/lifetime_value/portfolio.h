// Many customers at once. What is ahead of a customer who still buys depends on frequency and age alone: in a million rows a
// few thousand different numbers, each worked out once and looked up after. Being alive depends on the whole history; of
// that, what was seen lately is kept. The numbers are the same as one by one, to the bit.
//
//   PortfolioScorer scorer(model, model.terms());
//   const LifetimeParts parts = scorer.PartsOf(customer, columns);
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "common/model/lifetime_value/lifetime_model.h"

namespace clientele::model {

// For one thread. `model` must outlive it.
class PortfolioScorer {
 public:
  PortfolioScorer(const LifetimeModel& model, const ValueTerms& terms);

  // Of a customer with a complete history.
  LifetimeParts PartsOf(const LifetimeCustomer& customer, absl::Span<const double> columns);

 private:
  // Customers with the same covariates.
  struct Group {
    std::shared_ptr<const btyd::PurchaseModel> purchases;
    double number = 0;                                                 // No other group has it.
    absl::flat_hash_map<std::array<double, 2>, PurchasesAhead> ahead;  // By frequency and age.
  };
  // One place of a cache: a new history takes it from the one before.
  struct Alive {
    std::array<double, 4> history = {-1, -1, -1, -1};  // Frequency, recency, age; the group.
    btyd::Estimate estimate;
  };

  Group& GroupOf(absl::Span<const double> columns);
  const btyd::Estimate& AliveOf(const Group& group, const btyd::PurchaseHistory& history);

  const LifetimeModel& model_;
  const ValueTerms terms_;
  absl::flat_hash_map<Direction, Group> groups_;
  Group* last_ = nullptr;
  double groups_so_far_ = 0;
  std::vector<Alive> alive_;
};

}  // namespace clientele::model
