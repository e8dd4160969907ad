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

void AddScaled(double from, double factor, double& to) { to += factor * from; }
void AddScaled(const Estimate& from, double factor, Estimate& to) {
  to.value += factor * from.value;
  for (int j = 0; j < kMostParameters; ++j) to.slopes[j] += factor * from.slopes[j];
}

// By how much a day's delay lessens what a purchase is worth, as a rate.
double DailyRate(const ValueTerms& terms) { return Log1p(terms.annual_discount_rate) / kDaysOfAYear; }

// Below, bought(units) are the purchases until then: an Estimate, or its value alone.

// delta x the integral, over days from `begin` to `end`. In the first interval N bends most near 0: points are closer there.
template <typename Number, typename Bought>
void AddIntegral(const Bought& bought, const ValueTerms& terms, double begin, double end, Number& to) {
  const double delta = DailyRate(terms), length = end - begin;
  for (const auto& [at, weight] : kNodes) {
    const double days = begin == 0 ? length * at * at : begin + length * at;
    const double stretch = begin == 0 ? 2 * length * at : length;
    AddScaled(bought(terms.Units(days)), delta * weight * stretch * Exp(-delta * days), to);
  }
}

template <typename Number, typename Bought>
Number DiscountedContinuously(const Bought& bought, const ValueTerms& terms, const Number& plain) {
  Number discounted = {};
  AddScaled(plain, Exp(-DailyRate(terms) * terms.horizon_days), discounted);
  double end = 0;
  for (double next = kFirstIntervalDays; end < terms.horizon_days; next *= 2) {
    const double begin = end;
    end = std::min(next, terms.horizon_days);
    AddIntegral(bought, terms, begin, end, discounted);
  }
  return discounted;
}

template <typename Number, typename Bought>
Number DiscountedByUnits(const Bought& bought, const ValueTerms& terms) {
  const double units = terms.Units(terms.horizon_days);
  const int steps = std::clamp(static_cast<int>(units), 1, kMostSteps);
  Number discounted = {}, before = {};
  for (int step = 1; step <= steps; ++step) {
    const double until = std::round(units * step / steps);
    const double worth = Exp(-DailyRate(terms) * until * terms.days_per_unit);
    const Number by_then = bought(until);
    AddScaled(by_then, worth, discounted);
    AddScaled(before, -worth, discounted);
    before = by_then;
  }
  return discounted;
}

template <typename Number, typename Bought>
Number Discounted(const Bought& bought, const ValueTerms& terms, const Number& plain) {
  if (!(terms.annual_discount_rate > 0)) return plain;
  return terms.whole_units ? DiscountedByUnits<Number>(bought, terms) : DiscountedContinuously(bought, terms, plain);
}

}  // namespace

PurchasesAhead PurchasesAheadIfAlive(const btyd::PurchaseModel& purchases, const btyd::PurchaseHistory& history,
                                     const ValueTerms& terms) {
  const auto bought = [&](double units) { return purchases.PurchasesIfAlive(history, units); };
  const Estimate plain = bought(terms.Units(terms.horizon_days));
  return {plain, Discounted(bought, terms, plain)};
}

double DiscountedAheadIfAlive(const btyd::PurchaseModel& purchases, const btyd::PurchaseHistory& history,
                              const ValueTerms& terms) {
  const auto bought = [&](double units) { return purchases.PurchasesIfAliveValue(history, units); };
  return Discounted(bought, terms, bought(terms.Units(terms.horizon_days)));
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
