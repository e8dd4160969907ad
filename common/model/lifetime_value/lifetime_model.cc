#include "common/model/lifetime_value/lifetime_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/btyd/gamma_gamma.h"
#include "common/model/checks.h"
#include "common/model/lifetime_value/purchase_models.h"
#include "common/model/lifetime_value/range.h"

namespace clientele::model {
namespace {

using btyd::Estimate;
using v1::LifetimeValueModel;
using v1::LifetimeValueParameters;

constexpr int kLongestHorizonDays = 36'500;
constexpr double kHighestDiscountRate = 10;
constexpr double kMostDaysPerUnit = 3'650;

// The column of a feature that is read raw.
absl::StatusOr<int> RawColumn(int feature, const RowEncoder& encoder, absl::string_view what) {
  if (feature < 0 || feature >= encoder.num_features() || encoder.IsCategory(feature)) {
    return InvalidArtifact(absl::StrCat("the ", what, " is feature ", feature, ", which is no number of the schema"));
  }
  return encoder.first_column(feature);
}

absl::StatusOr<HistoryColumns> FindColumns(const LifetimeValueModel& message, const RowEncoder& encoder) {
  HistoryColumns columns;
  CLIENTELE_ASSIGN_OR_RETURN(columns.frequency, RawColumn(message.frequency_feature(), encoder, "frequency"));
  CLIENTELE_ASSIGN_OR_RETURN(columns.recency, RawColumn(message.recency_feature(), encoder, "recency"));
  CLIENTELE_ASSIGN_OR_RETURN(columns.age, RawColumn(message.age_feature(), encoder, "age"));
  CLIENTELE_ASSIGN_OR_RETURN(columns.monetary, RawColumn(message.monetary_feature(), encoder, "mean spend"));
  if (message.has_historic_value_feature()) {
    CLIENTELE_ASSIGN_OR_RETURN(columns.historic_value,
                               RawColumn(message.historic_value_feature(), encoder, "historic value"));
  }
  columns.whole_units = OrDefault(message.purchase_model()) == LifetimeValueParameters::PURCHASE_MODEL_BG_BB;
  return columns;
}

absl::Status CheckTerms(const LifetimeValueModel& message) {
  const struct {
    absl::string_view what;
    double value, above, most;
  } terms[] = {{"days_per_unit", message.days_per_unit(), 0, kMostDaysPerUnit},
               {"horizon_days", static_cast<double>(message.horizon_days()), 0, kLongestHorizonDays},
               {"margin", message.margin(), 0, 1},
               {"1 + annual_discount_rate", 1 + message.annual_discount_rate(), 0.999, 1 + kHighestDiscountRate}};
  for (const auto& [what, value, above, most] : terms) {
    if (!(value > above && value <= most)) return InvalidArtifact(absl::StrCat(what, " is ", value));
  }
  if (!(message.interval_coverage() > 0 && message.interval_coverage() < 1)) {
    return InvalidArtifact(absl::StrCat("interval_coverage is ", message.interval_coverage()));
  }
  double last = -1;
  for (const auto& tier : message.tiers()) {
    if (!(tier.at_least_percentile() > last && tier.at_least_percentile() <= 100)) return InvalidArtifact("tiers do not rise");
    last = tier.at_least_percentile();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LifetimeModel> LifetimeModel::Create(const LifetimeValueModel& message, const RowEncoder& encoder) {
  const PurchaseModelSpec* spec = FindPurchaseModel(message.purchase_model());
  if (spec == nullptr) {
    return InvalidArtifact(absl::StrCat("the purchase model is ", static_cast<int>(message.purchase_model())));
  }
  CLIENTELE_RETURN_IF_ERROR(CheckTerms(message));
  const int columns = encoder.num_columns();
  const CovariateDirection of_purchases[] = {{kPurchaseRateEffect, spec->purchase_rate}, {kDropoutEffect, spec->dropout}};
  const CovariateDirection of_spend[] = {{kSpendEffect, kSpendDirection}};
  CLIENTELE_ASSIGN_OR_RETURN(
      FittedParameters purchases,
      FittedParameters::Create(message.purchases(), spec->make({1, 1, 1, 1})->parameter_names(), of_purchases, columns));
  CLIENTELE_ASSIGN_OR_RETURN(
      FittedParameters spend,
      FittedParameters::Create(message.spend(), btyd::GammaGamma::parameter_names(), of_spend, columns));
  LifetimeModel model(std::move(purchases), std::move(spend));
  CLIENTELE_ASSIGN_OR_RETURN(model.history_columns_, FindColumns(message, encoder));
  model.message_ = message;
  model.at_zero_ = model.PurchasesAt({});
  model.terms_ = {.horizon_days = static_cast<double>(message.horizon_days()),
                  .days_per_unit = message.days_per_unit(),
                  .annual_discount_rate = message.annual_discount_rate(),
                  .margin = message.margin(),
                  .whole_units = model.history_columns_.whole_units};
  model.deviate_ = NormalDeviate(message.interval_coverage());
  return model;
}

ValueTerms LifetimeModel::TermsOf(double horizon_days) const {
  ValueTerms terms = terms_;
  terms.horizon_days = horizon_days;
  return terms;
}

std::shared_ptr<const btyd::PurchaseModel> LifetimeModel::PurchasesAt(const Direction& shift) const {
  return FindPurchaseModel(message_.purchase_model())->make(purchases_.At(shift));
}

Estimate LifetimeModel::SpendAt(double frequency, double mean_spend, const Direction& shift) const {
  const bool known = frequency > 0 && mean_spend > 0;
  const Estimate spend = SpendPerPurchase(spend_.At(shift), known ? frequency : 0, known ? mean_spend : 0);
  if (std::isfinite(spend.value) && spend.value >= 0) return spend;
  return {.value = message_.mean_monetary()};  // The fit has no mean: q <= 1. The customers have.
}

LifetimeParts LifetimeModel::PartsOf(const LifetimeCustomer& customer, absl::Span<const double> columns,
                                     const ValueTerms& terms) const {
  const auto purchases = PurchasesOf(columns);
  return {purchases->ProbabilityAlive(customer.history), PurchasesAheadIfAlive(*purchases, customer.history, terms),
          SpendAt(customer.history.frequency, customer.mean_spend, spend_.Shift(columns))};
}

absl::string_view LifetimeModel::TierOf(double percentile) const {
  absl::string_view name;
  for (const auto& tier : message_.tiers()) {
    if (percentile >= tier.at_least_percentile()) name = tier.name();
  }
  return name;
}

}  // namespace clientele::model
