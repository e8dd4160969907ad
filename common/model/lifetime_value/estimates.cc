#include "common/model/lifetime_value/estimates.h"

#include <cmath>

namespace clientele::model {
namespace {

// Formulas hold for every history; should one still fail, what is said is a number all the same.
double Finite(double value) { return std::isfinite(value) ? value : 0; }

Range Finite(const Range& range) {
  const double value = Finite(range.value);
  return {value, std::isfinite(range.lower) ? range.lower : value, std::isfinite(range.upper) ? range.upper : value};
}

}  // namespace

Range ValueRange(const LifetimeModel& model, const LifetimeParts& parts, absl::Span<const double> columns, double margin) {
  const btyd::Estimate purchases = Product(parts.alive, parts.ahead.discounted);
  const double value = parts.alive.value * parts.ahead.discounted.value * parts.spend.value * margin;
  // Purchases and spend were fitted apart: the variances of their logarithms add up.
  const double of_purchases = model.purchase_parameters().VarianceOf(purchases, columns);
  const double of_spend = model.spend_parameters().VarianceOf(parts.spend, columns);
  const double per_purchase = parts.spend.value * margin, per_money = purchases.value * margin;
  return Finite(PositiveRange(value, of_purchases * per_purchase * per_purchase + of_spend * per_money * per_money,
                              model.deviate()));
}

LifetimeEstimates Estimate(const LifetimeModel& model, const LifetimeCustomer& customer, absl::Span<const double> columns,
                           const ValueTerms& terms) {
  const FittedParameters& purchases = model.purchase_parameters();
  const double deviate = model.deviate();
  const auto positive = [&](const btyd::Estimate& estimate) {
    return Finite(PositiveRange(estimate.value, purchases.VarianceOf(estimate, columns), deviate));
  };
  const LifetimeParts parts = model.PartsOf(customer, columns, terms);
  LifetimeEstimates estimates;
  estimates.alive = Finite(ProbabilityRange(parts.alive.value, purchases.VarianceOf(parts.alive, columns), deviate));
  estimates.purchases = positive(Product(parts.alive, parts.ahead.plain));
  estimates.spend =
      Finite(PositiveRange(parts.spend.value, model.spend_parameters().VarianceOf(parts.spend, columns), deviate));
  estimates.value = ValueRange(model, parts, columns, terms.margin);
  estimates.value_at_risk =
      Finite((1 - parts.alive.value) * parts.ahead.discounted.value * parts.spend.value * terms.margin);
  const btyd::Estimate next = model.PurchasesOf(columns)->MedianTimeToNext(customer.history);
  estimates.days_to_next = positive(Scaled(next, terms.days_per_unit));
  const btyd::PurchaseHistory& history = customer.history;
  estimates.usual_gap_days = history.frequency > 0 ? history.recency / history.frequency * terms.days_per_unit
                                                   : estimates.days_to_next.value;
  return estimates;
}

}  // namespace clientele::model
