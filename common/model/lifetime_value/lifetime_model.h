// A lifetime value model read from its message: the fitted parameters, where in a row the history lies, and the models of
// purchases and spend of one customer. What predictor.h scores and explains with, and portfolio.h in bulk.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/model/v1/lifetime_value.pb.h"
#include "common/model/btyd/purchase_model.h"
#include "common/model/encoder.h"
#include "common/model/lifetime_value/customer.h"
#include "common/model/lifetime_value/fitted_parameters.h"
#include "common/model/lifetime_value/lifetime.h"

namespace clientele::model {

// The four numbers that a value is the product of or rests on, with slopes: `alive` and `ahead` in the purchase
// parameters, `spend` in those of spend.
struct LifetimeParts {
  btyd::Estimate alive;
  PurchasesAhead ahead;
  btyd::Estimate spend;  // Per purchase.
};

// Thread-safe: immutable.
class LifetimeModel {
 public:
  // INVALID_ARGUMENT with ARTIFACT_INVALID: parameters, features, covariates, terms or tiers do not hold.
  static absl::StatusOr<LifetimeModel> Create(const clientele::model::v1::LifetimeValueModel& message,
                                              const RowEncoder& encoder);

  const FittedParameters& purchase_parameters() const { return purchases_; }
  const FittedParameters& spend_parameters() const { return spend_; }
  bool has_covariates() const { return purchases_.has_covariates() || spend_.has_covariates(); }
  const HistoryColumns& history_columns() const { return history_columns_; }
  // The model's own, of its horizon.
  const ValueTerms& terms() const { return terms_; }
  ValueTerms TermsOf(double horizon_days) const;
  double deviate() const { return deviate_; }  // Half an interval's width, in standard deviations.

  LifetimeCustomer Read(absl::Span<const double> columns) const { return ReadCustomer(columns, history_columns_); }

  // The purchase model of a customer with these covariates.
  std::shared_ptr<const btyd::PurchaseModel> PurchasesAt(const Direction& shift) const;
  std::shared_ptr<const btyd::PurchaseModel> PurchasesOf(absl::Span<const double> columns) const {
    return purchases_.has_covariates() ? PurchasesAt(purchases_.Shift(columns)) : at_zero_;
  }
  // Expected money of a purchase, of a customer with `frequency` repeat purchases of `mean_spend` each; the mean of all
  // customers where there is none.
  btyd::Estimate SpendAt(double frequency, double mean_spend, const Direction& shift) const;

  // Of a customer with a complete history.
  LifetimeParts PartsOf(const LifetimeCustomer& customer, absl::Span<const double> columns, const ValueTerms& terms) const;

  // The name of the tier of a percentile; empty: below all of them.
  absl::string_view TierOf(double percentile) const;

 private:
  LifetimeModel(FittedParameters purchases, FittedParameters spend)
      : purchases_(std::move(purchases)), spend_(std::move(spend)) {}

  clientele::model::v1::LifetimeValueModel message_;
  FittedParameters purchases_;
  FittedParameters spend_;
  std::shared_ptr<const btyd::PurchaseModel> at_zero_;  // At covariates 0.
  HistoryColumns history_columns_;
  ValueTerms terms_;
  double deviate_ = 0;
};

}  // namespace clientele::model
