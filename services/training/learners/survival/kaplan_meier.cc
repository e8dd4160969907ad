#include "services/training/learners/survival/kaplan_meier.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/statistics/normal.h"

namespace clientele::training::survival {
namespace {

// A survival of one half is a product of many factors, and seldom exactly it.
constexpr double kSame = 1e-9;

std::optional<double> MedianOf(const std::vector<double>& times, const std::vector<double>& curve) {
  for (size_t i = 0; i < times.size(); ++i) {
    if (!(curve[i] <= 0.5 + kSame)) continue;
    if (curve[i] < 0.5 - kSame) return times[i];
    for (size_t j = i + 1; j < times.size(); ++j) {
      if (curve[j] < 0.5 - kSame) return (times[i] + times[j]) / 2;
    }
    return times[i];
  }
  return std::nullopt;
}

double AreaUnder(const KaplanMeier& curve) {
  double area = 0, from = 0, height = 1;
  for (size_t i = 0; i < curve.times.size(); ++i) {
    area += height * (curve.times[i] - from);
    from = curve.times[i];
    height = curve.survival[i];
  }
  return area;
}

// Rows that end, or are last seen, at one time.
struct Leaving {
  double time = 0;
  int64_t rows = 0;
  int64_t events = 0;
  double ended = 0;  // The weight of the events,
  double stay = 0;   // and of all others that are at risk.
};

// One a distinct time, rising. Weights are added from the last row back, so that nobody who stays is exactly 0.
std::vector<Leaving> LeavingOf(const Rows& rows, const std::vector<int64_t>& order) {
  std::vector<Leaving> times;
  double later = 0;
  for (auto row = order.rbegin(); row != order.rend(); ++row) {
    if (times.empty() || rows.durations[*row] != times.back().time) {
      if (!times.empty()) later = times.back().stay + times.back().ended;
      times.push_back({.time = rows.durations[*row], .stay = later});
    }
    Leaving& leaving = times.back();
    ++leaving.rows;
    leaving.events += rows.ended[*row];
    (rows.ended[*row] != 0 ? leaving.ended : leaving.stay) += rows.weight(*row);
  }
  std::reverse(times.begin(), times.end());
  return times;
}

void AddPoint(double time, int64_t at_risk, double survival, double variance, KaplanMeier& curve) {
  curve.times.push_back(time);
  curve.at_risk.push_back(at_risk);
  curve.survival.push_back(survival);
  if (survival == 0) {  // Nobody is left, and Greenwood's variance of the logarithm is infinite.
    curve.standard_errors.push_back(0);
    curve.lower.push_back(std::numeric_limits<double>::quiet_NaN());
    curve.upper.push_back(std::numeric_limits<double>::quiet_NaN());
    return;
  }
  const double spread = statistics::kNormalQuantile * std::sqrt(variance);
  curve.standard_errors.push_back(survival * std::sqrt(variance));
  curve.lower.push_back(survival * std::exp(-spread));
  curve.upper.push_back(std::min(survival * std::exp(spread), 1.0));
}

}  // namespace

int64_t KaplanMeier::IndexAt(double time) const {
  return std::upper_bound(times.begin(), times.end(), time) - times.begin() - 1;
}

double KaplanMeier::At(double time) const {
  const int64_t index = IndexAt(time);
  return index < 0 ? 1 : survival[index];
}

KaplanMeier FitKaplanMeier(const Rows& rows) {
  const std::vector<int64_t> order = TimeOrder({rows.durations, rows.ended, rows.weights, {}});
  KaplanMeier curve;
  curve.rows = static_cast<int64_t>(order.size());
  const std::vector<Leaving> times = LeavingOf(rows, order);
  double survival = 1, variance = 0;
  int64_t at_risk = curve.rows;
  for (const Leaving& leaving : times) {
    const double d = leaving.ended, stay = leaving.stay, r = d + stay;
    survival *= stay / r;
    if (stay > 0) variance += d / (r * stay);
    curve.events += leaving.events;
    AddPoint(leaving.time, at_risk, survival, variance, curve);
    at_risk -= leaving.rows;
  }
  curve.median = MedianOf(curve.times, curve.survival);
  curve.median_lower = MedianOf(curve.times, curve.lower);
  curve.median_upper = MedianOf(curve.times, curve.upper);
  curve.restricted_mean = AreaUnder(curve);
  return curve;
}

}  // namespace clientele::training::survival
