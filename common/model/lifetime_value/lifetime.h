// What a customer is worth from now on: pure functions of a model of purchases and one of spend.
//
//   value = P(alive) x purchases ahead, each discounted, x spend per purchase x margin
//
// A purchase d days ahead counts (1 + annual rate)^(-d / 365) = exp(-delta d). With N(t) the purchases expected until t, all
// until H together are worth
//
//   exp(-delta H) N(H) + delta x integral from 0 to H of exp(-delta t) N(t) dt,
//
// and the integral, the smaller part, is taken by Gauss and Legendre's rule on a few intervals that grow: they are exact
// to 2 parts in 1,000,000. In discrete time purchases are at the ends of whole units, and it is a sum.
// Everything that depends on the purchase parameters comes with its slopes in their logarithms (btyd::Estimate). Cost: five
// PurchasesIfAlive for a horizon up to two years, four more each time it doubles; one where nothing is discounted.
#pragma once

#include <cmath>
#include <vector>

#include "common/model/btyd/purchase_model.h"

namespace clientele::model {

struct ValueTerms {
  double horizon_days = 365;
  double days_per_unit = 7;  // Of the purchase model's time.
  double annual_discount_rate = 0;
  double margin = 1;
  bool whole_units = false;  // Of a model of discrete time: it is asked at the nearest whole unit.

  double Units(double days) const {
    return whole_units ? std::round(days / days_per_unit) : days / days_per_unit;
  }
};

// In the horizon, of a customer who still buys. It depends on frequency and age alone: tabulate it.
struct PurchasesAhead {
  btyd::Estimate plain;
  btyd::Estimate discounted;
};
PurchasesAhead PurchasesAheadIfAlive(const btyd::PurchaseModel& purchases, const btyd::PurchaseHistory& history,
                                     const ValueTerms& terms);

// Its discounted value alone, for half the cost.
double DiscountedAheadIfAlive(const btyd::PurchaseModel& purchases, const btyd::PurchaseHistory& history,
                              const ValueTerms& terms);

btyd::Estimate Product(const btyd::Estimate& a, const btyd::Estimate& b);
btyd::Estimate Scaled(const btyd::Estimate& estimate, double factor);

// The probability to be alive that a customer will have if nothing more is bought: now and at the end of `steps` equal
// parts of the horizon. [steps + 1]
struct AliveAhead {
  double days_ahead = 0;
  double probability = 0;
};
std::vector<AliveAhead> AliveCurve(const btyd::PurchaseModel& purchases, const btyd::PurchaseHistory& history,
                                   const ValueTerms& terms, int steps);

}  // namespace clientele::model
