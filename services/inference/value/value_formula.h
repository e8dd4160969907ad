// The potential value of a customer, V = alpha B + beta R + gamma M, from the features that the tenant's settings name.
// Pure.
//
// Each component is a sum of factor x feature over its terms, in their order; a missing feature counts as 0.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "clientele/inference/v1/value_service.pb.h"

namespace clientele::inference {

struct ValueComponents {
  double purchase = 0;     // B
  double referral = 0;     // R
  double maintenance = 0;  // M

  ValueComponents& operator+=(const ValueComponents& other);
};
ValueComponents FromProto(const v1::ValueSubject::Components& message);
v1::ValueSubject::Components ToProto(const ValueComponents& components);

// Settings made ready for many customers. Immutable.
class ValueFormula {
 public:
  explicit ValueFormula(const v1::ValueSettings& settings);

  // The features that are needed, in the order they first come; each once.
  const std::vector<std::string>& features() const { return features_; }

  // `values` [features] are one customer's; NaN where missing.
  ValueComponents Components(absl::Span<const double> values) const;
  double Value(const ValueComponents& components) const;

 private:
  struct Term {
    size_t feature;
    double factor;
  };
  using Terms = std::vector<Term>;

  Terms Compile(const v1::ValueSettings::Component& component);

  double alpha_, beta_, gamma_;
  std::vector<std::string> features_;
  Terms purchase_, referral_, maintenance_;
};

// Names what `value` was made of; a missing feature has no value.
void AddFeatures(const ValueFormula& formula, absl::Span<const double> values, v1::PotentialValue& value);

}  // namespace clientele::inference
