// Customers of the public sets as the models see them: one purchase a customer and day, weeks of seven days.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/training/learners/btyd/likelihood.h"

namespace clientele::testutil {

// n customers in the order of their ids.
struct PurchaseHistories {
  std::vector<double> x, t_x, T, mean_spend;  // Spend a purchase day after the first; 0 where x is.

  training::btyd::LikelihoodRows purchases() const { return {x, t_x, T}; }
  std::vector<double> Ones() const { return std::vector<double>(x.size(), 1.0); }
  // (x, mean spend) of those who bought again, for money.
  PurchaseHistories Spenders() const;
  training::btyd::LikelihoodRows spends() const { return {x, mean_spend, {}}; }
};

// Days up to and with `end`, "1997-09-30". Nothing: the set is not there.
std::optional<PurchaseHistories> CdnowMaster(absl::string_view end);
std::optional<PurchaseHistories> OnlineRetail(absl::string_view end);
// The published summary of the 1/10 sample, with or without spend.
std::optional<PurchaseHistories> CdnowSummary();

}  // namespace clientele::testutil
