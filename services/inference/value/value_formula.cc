#include "services/inference/value/value_formula.h"

#include <algorithm>
#include <cmath>

namespace clientele::inference {

ValueComponents& ValueComponents::operator+=(const ValueComponents& other) {
  purchase += other.purchase;
  referral += other.referral;
  maintenance += other.maintenance;
  return *this;
}

ValueComponents FromProto(const v1::ValueSubject::Components& message) {
  return {message.purchase(), message.referral(), message.maintenance()};
}

v1::ValueSubject::Components ToProto(const ValueComponents& components) {
  v1::ValueSubject::Components message;
  message.set_purchase(components.purchase);
  message.set_referral(components.referral);
  message.set_maintenance(components.maintenance);
  return message;
}

ValueFormula::ValueFormula(const v1::ValueSettings& settings)
    : alpha_(settings.alpha()),
      beta_(settings.beta()),
      gamma_(settings.gamma()),
      purchase_(Compile(settings.purchase())),
      referral_(Compile(settings.referral())),
      maintenance_(Compile(settings.maintenance())) {}

ValueFormula::Terms ValueFormula::Compile(const v1::ValueSettings::Component& component) {
  Terms terms;
  for (const auto& term : component.terms()) {
    const auto found = std::find(features_.begin(), features_.end(), term.feature());
    terms.push_back({static_cast<size_t>(found - features_.begin()), term.factor()});
    if (found == features_.end()) features_.push_back(term.feature());
  }
  return terms;
}

ValueComponents ValueFormula::Components(absl::Span<const double> values) const {
  const auto sum = [values](const Terms& terms) {
    double result = 0;
    for (const Term& term : terms) {
      if (!std::isnan(values[term.feature])) result += term.factor * values[term.feature];
    }
    return result;
  };
  return {sum(purchase_), sum(referral_), sum(maintenance_)};
}

double ValueFormula::Value(const ValueComponents& components) const {
  return alpha_ * components.purchase + beta_ * components.referral + gamma_ * components.maintenance;
}

void AddFeatures(const ValueFormula& formula, absl::Span<const double> values, v1::PotentialValue& value) {
  for (size_t f = 0; f < values.size(); ++f) {
    auto& named = *value.add_features();
    named.set_feature(formula.features()[f]);
    if (!std::isnan(values[f])) named.mutable_value()->set_number(values[f]);
  }
}

}  // namespace clientele::inference
