#include "common/model/lifetime_value/lifetime.h"

#include <algorithm>
#include <cmath>

#include "common/model/portable_math.h"

namespace clientele::model {
namespace {

using btyd::Estimate;
using btyd::kMostParameters;

constexpr double kDaysOfAYear = 365;
constexpr double kFirstIntervalDays = 730;
constexpr int kMostSteps = 60;  // Of discrete time: beyond, some units are taken together.

// Gauss and Legendre's rule of four points on [0, 1].
struct Node {
  double at;
  double weight;
};
constexpr Node kNodes[] = {{0.06943184420297371239, 0.17392742256872692869},
                           {0.33000947820757186760, 0.32607257743127307131},
                           {0.66999052179242813240, 0.32607257743127307131},
                           {0.93056815579702628761, 0.17392742256872692869}};

void AddScaled(const Estimate& from, double factor, Estimate& to) {
  to.value += factor * from.value;
  for (int j = 0; j < kMostParameters; ++j) to.slopes[j] += factor * from.slopes[j];
}

// By how much a day's delay lessens what a purchase is worth, as a rate.
double DailyRate(const ValueTerms& terms) { return Log1p(terms.annual_discount_rate) / kDaysOfAYear; }

// delta x the integral, over days from `begin` to `end`. In the first interval N bends most near 0: points are closer there.
void AddIntegral(const btyd::PurchaseModel& purchases, const btyd::PurchaseHistory& history, const ValueTerms& terms,
                 double begin, double end, Estimate& to) {
  const double delta = DailyRate(terms), length = end - begin;
  for (const auto& [at, weight] : kNodes) {
    const double days = begin == 0 ? length * at * at : begin + length * at;
    const double stretch = begin == 0 ? 2 * length * at : length;
    AddScaled(purchases.PurchasesIfAlive(history, terms.Units(days)), delta * weight * stretch * Exp(-delta * days), to);
  }
}

Estimate DiscountedContinuously(const btyd::PurchaseModel& purchases, const btyd::PurchaseHistory& history,
                                const ValueTerms& terms, const Estimate& plain) {
  Estimate discounted = Scaled(plain, Exp(-DailyRate(terms) * terms.horizon_days));
  double end = 0;
  for (double next = kFirstIntervalDays; end < terms.horizon_days; next *= 2) {
    const double begin = end;
    end = std::min(next, terms.horizon_days);
    AddIntegral(purchases, history, terms, begin, end, discounted);
  }
  return discounted;
}

Estimate DiscountedByUnits(const btyd::PurchaseModel& purchases, const btyd::PurchaseHistory& history,
                           const ValueTerms& terms) {
  const double units = terms.Units(terms.horizon_days);
  const int steps = std::clamp(static_cast<int>(units), 1, kMostSteps);
  Estimate discounted, before;
  for (int step = 1; step <= steps; ++step) {
    const double until = std::round(units * step / steps);
    const double worth = Exp(-DailyRate(terms) * until * terms.days_per_unit);
    const Estimate bought = purchases.PurchasesIfAlive(history, until);
    AddScaled(bought, worth, discounted);
    AddScaled(before, -worth, discounted);
    before = bought;
  }
  return discounted;
}

}  // namespace

PurchasesAhead PurchasesAheadIfAlive(const btyd::PurchaseModel& purchases, const btyd::PurchaseHistory& history,
                                     const ValueTerms& terms) {
  PurchasesAhead ahead;
  ahead.plain = purchases.PurchasesIfAlive(history, terms.Units(terms.horizon_days));
  if (!(terms.annual_discount_rate > 0)) {
    ahead.discounted = ahead.plain;
  } else if (terms.whole_units) {
    ahead.discounted = DiscountedByUnits(purchases, history, terms);
  } else {
    ahead.discounted = DiscountedContinuously(purchases, history, terms, ahead.plain);
  }
  return ahead;
}

Estimate Product(const Estimate& a, const Estimate& b) {
  Estimate product = {.value = a.value * b.value};
  for (int j = 0; j < kMostParameters; ++j) product.slopes[j] = a.slopes[j] * b.value + a.value * b.slopes[j];
  return product;
}

Estimate Scaled(const Estimate& estimate, double factor) {
  Estimate scaled;
  AddScaled(estimate, factor, scaled);
  return scaled;
}

std::vector<AliveAhead> AliveCurve(const btyd::PurchaseModel& purchases, const btyd::PurchaseHistory& history,
                                   const ValueTerms& terms, int steps) {
  std::vector<AliveAhead> curve;
  for (int step = 0; step <= steps; ++step) {
    btyd::PurchaseHistory later = history;
    const double days = terms.horizon_days * step / steps;
    later.age += terms.Units(days);
    curve.push_back({days, purchases.ProbabilityAlive(later).value});
  }
  return curve;
}

}  // namespace clientele::model
