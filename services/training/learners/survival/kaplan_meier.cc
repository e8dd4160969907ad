#include "services/training/learners/survival/kaplan_meier.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "services/training/evaluation/normal.h"

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
  const double spread = kNormalQuantile * std::sqrt(variance);
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
  const std::vector<int64_t> order = TimeOrder({rows.durations, rows.ended, {}, {}});
  KaplanMeier curve;
  curve.rows = rows.size();
  double survival = 1, variance = 0;
  for (size_t i = 0; i < order.size();) {
    const double time = rows.durations[order[i]];
    const auto at_risk = static_cast<int64_t>(order.size() - i);
    int64_t events = 0;
    for (; i < order.size() && rows.durations[order[i]] == time; ++i) events += rows.ended[order[i]];
    const auto r = static_cast<double>(at_risk), d = static_cast<double>(events);
    survival *= (r - d) / r;
    if (at_risk > events) variance += d / (r * (r - d));
    curve.events += events;
    AddPoint(time, at_risk, survival, variance, curve);
  }
  curve.median = MedianOf(curve.times, curve.survival);
  curve.median_lower = MedianOf(curve.times, curve.lower);
  curve.median_upper = MedianOf(curve.times, curve.upper);
  curve.restricted_mean = AreaUnder(curve);
  return curve;
}

}  // namespace clientele::training::survival
