// The models of purchases by their name in the proto, and that of spend.
#pragma once

#include <array>
#include <memory>

#include "absl/strings/string_view.h"
#include "clientele/model/v1/lifetime_value.pb.h"
#include "common/model/btyd/purchase_model.h"

namespace clientele::model {

using PurchaseModelKind = clientele::model::v1::LifetimeValueParameters::PurchaseModel;
using Parameters = std::array<double, btyd::kMostParameters>;

// By how much a covariate moves each log parameter, per unit of coefficient x column: so that a positive coefficient means
// more purchases, an earlier drop-out, a higher spend (after Fader and Hardie 2007).
using Direction = std::array<double, btyd::kMostParameters>;

inline constexpr absl::string_view kPurchaseRateEffect = "purchase rate", kDropoutEffect = "drop-out",
                                   kSpendEffect = "spend";

struct PurchaseModelSpec {
  PurchaseModelKind kind;
  Direction purchase_rate;  // The mean rate (BG/BB: the odds of a purchase) is multiplied by exp(coefficient x column).
  Direction dropout;        // So is the mean rate of dropping out (where it is a probability, its odds).
  std::shared_ptr<const btyd::PurchaseModel> (*make)(const Parameters& parameters);  // All positive.
};

// UNSPECIFIED is BG_NBD.
PurchaseModelKind OrDefault(PurchaseModelKind kind);
// Null: there is no such kind.
const PurchaseModelSpec* FindPurchaseModel(PurchaseModelKind kind);

// The mean spend is multiplied by exp(coefficient x column): parameters p, q, gamma.
inline constexpr Direction kSpendDirection = {0, 0, 1, 0};
// Expected money of a purchase by the Gamma-Gamma model, given the mean of `frequency` of them; 0 of them: of everybody.
btyd::Estimate SpendPerPurchase(const Parameters& parameters, double frequency, double mean_spend);

}  // namespace clientele::model
