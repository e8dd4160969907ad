#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "common/model/btyd/special_functions.h"
#include "common/model/lifetime_value/purchase_models.h"
#include "services/training/evaluation/lifetime_value/shapes.h"

namespace clientele::training {
namespace {

using clientele::btyd::Exp;
using clientele::btyd::Log;
using clientele::btyd::Log1p;
using clientele::btyd::LogBeta;
using clientele::btyd::LogGamma;
using model::v1::FittedDistribution;
using model::v1::LifetimeValueEvaluation;
using model::v1::LifetimeValueModel;
using model::v1::LifetimeValueParameters;

constexpr int kPoints = 100;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Spread {
  double mean = 0;
  double deviation = 0;
};

// Densities in the middle of equal parts from 0 to `end`: at the ends some are infinite.
void AddDistribution(absl::string_view quantity, std::string unit, const Spread& spread, double end,
                     absl::FunctionRef<double(double)> log_density, LifetimeValueEvaluation& evaluation) {
  auto& distribution = *evaluation.add_distributions();
  distribution.set_quantity(std::string(quantity));
  distribution.set_unit(std::move(unit));
  distribution.set_mean(spread.mean);
  distribution.set_deviation(spread.deviation);
  if (!(end > 0 && std::isfinite(end))) return;
  for (int i = 0; i < kPoints; ++i) {
    const double x = end * (i + 0.5) / kPoints, density = Exp(log_density(x));
    if (!std::isfinite(density)) continue;
    auto& point = *distribution.add_density();
    point.set_x(x);
    point.set_y(density);
  }
}

// Where nearly all of it lies.
double EndOf(const Spread& spread) { return spread.mean + 4 * spread.deviation; }

void AddGamma(absl::string_view quantity, std::string unit, double shape, double rate,
              LifetimeValueEvaluation& evaluation) {
  const Spread spread = {shape / rate, std::sqrt(shape) / rate};
  const double constant = shape * Log(rate) - LogGamma(shape);
  AddDistribution(quantity, std::move(unit), spread, EndOf(spread),
                  [&](double x) { return constant + (shape - 1) * Log(x) - rate * x; }, evaluation);
}

void AddBeta(absl::string_view quantity, std::string unit, double a, double b, LifetimeValueEvaluation& evaluation) {
  const double sum = a + b;
  const Spread spread = {a / sum, std::sqrt(a * b / (sum + 1)) / sum};
  const double constant = -LogBeta(a, b);
  AddDistribution(quantity, std::move(unit), spread, 1,
                  [&](double x) { return constant + (a - 1) * Log(x) + (b - 1) * Log1p(-x); }, evaluation);
}

// Of a customer's mean spend p / nu, nu ~ Gamma(q, gamma).
void AddMeanSpend(double p, double q, double gamma, LifetimeValueEvaluation& evaluation) {
  const double scale = p * gamma;
  const Spread spread = {q > 1 ? scale / (q - 1) : kInfinity, q > 2 ? scale / ((q - 1) * std::sqrt(q - 2)) : kInfinity};
  const double constant = q * Log(scale) - LogGamma(q);
  const double mode = scale / (q + 1);
  const double end = std::isfinite(spread.deviation) ? std::min(EndOf(spread), 10 * mode) : 10 * mode;
  AddDistribution("mean_spend", "base currency", spread, end,
                  [&](double x) { return constant - (q + 1) * Log(x) - scale / x; }, evaluation);
}

std::string PerUnit(double days) {
  if (days == 1) return "a day";
  if (days == 7) return "a week";
  return absl::StrCat("in ", days, " days");
}

}  // namespace

void AddDistributions(const LifetimeValueModel& message, LifetimeValueEvaluation& evaluation) {
  const auto& fitted = message.purchases().parameters();
  const auto value = [&](int i) { return fitted.Get(i).value(); };
  const std::string unit = PerUnit(message.days_per_unit());
  switch (model::OrDefault(message.purchase_model())) {
    case LifetimeValueParameters::PURCHASE_MODEL_BG_BB:
      AddBeta("purchase_rate", "", value(0), value(1), evaluation);
      AddBeta("dropout_probability", "", value(2), value(3), evaluation);
      break;
    case LifetimeValueParameters::PURCHASE_MODEL_PARETO_NBD:
      AddGamma("purchase_rate", unit, value(0), value(1), evaluation);
      AddGamma("dropout_rate", unit, value(2), value(3), evaluation);
      break;
    default:
      AddGamma("purchase_rate", unit, value(0), value(1), evaluation);
      AddBeta("dropout_probability", "", value(2), value(3), evaluation);
  }
  const auto& spend = message.spend().parameters();
  AddMeanSpend(spend.Get(0).value(), spend.Get(1).value(), spend.Get(2).value(), evaluation);
}

}  // namespace clientele::training
