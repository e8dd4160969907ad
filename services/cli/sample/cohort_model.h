// The models a cohort can be drawn from, by the names that `clientele sample --model` knows them by.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/model/btyd/purchase_model.h"
#include "common/model/btyd/simulate.h"

namespace clientele::cli {

struct NamedParameter {
  absl::string_view name;
  double value = 0;  // > 0.
};

struct CohortModel {
  absl::string_view name;                      // "bg-nbd"
  absl::string_view display_name;              // "BG/NBD"
  absl::Span<const NamedParameter> published;  // In the model's order.
  absl::string_view published_for;             // What they were fitted to, and where that is told.
  int days_per_unit = 0;                       // Of the model's time.
  bool whole_units = false;                    // Buys once in a unit, or not at all.
  // Null for subscriptions, which end with a period and are drawn by SimulateBetaGeometric.
  btyd::SimulatedCustomer (*simulate)(absl::Span<const double> parameters, double duration, btyd::Draws& draws);
  std::unique_ptr<const btyd::PurchaseModel> (*make)(absl::Span<const double> parameters);

  bool is_subscription() const { return simulate == nullptr; }
};

absl::Span<const CohortModel> CohortModels();
// Of Gamma-Gamma, which all of them spend by: p, q, gamma.
absl::Span<const NamedParameter> PublishedSpend();

// "r=0.25,alpha=4" over the values that are there; in the order of `published`. INVALID_ARGUMENT: a name that is not
// among them, or a value that is no number above 0.
absl::StatusOr<std::vector<double>> ParseParameters(absl::string_view text, absl::Span<const NamedParameter> published);

}  // namespace clientele::cli
