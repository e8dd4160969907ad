#include "common/model/btyd/simulate.h"

#include <algorithm>
#include <limits>

namespace clientele::btyd {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// `may_stop_at_once`: the first purchase has a chance to be the last.
SimulatedCustomer SimulateGeometricDropout(absl::Span<const double> parameters, double duration, bool may_stop_at_once,
                                           Draws& draws) {
  const double rate = draws.Gamma(parameters[0], parameters[1]);
  const double stop = draws.Beta(parameters[2], parameters[3]);
  SimulatedCustomer customer;
  if (may_stop_at_once && draws.Uniform() < stop) return customer;
  for (double time = draws.Exponential(rate); time <= duration; time += draws.Exponential(rate)) {
    customer.purchases.push_back(time);
    customer.stopped = time;
    if (draws.Uniform() < stop) return customer;
  }
  customer.stopped = kNever;
  return customer;
}

}  // namespace

SimulatedCustomer SimulateBgNbd(absl::Span<const double> parameters, double duration, Draws& draws) {
  return SimulateGeometricDropout(parameters, duration, false, draws);
}

SimulatedCustomer SimulateModifiedBgNbd(absl::Span<const double> parameters, double duration, Draws& draws) {
  return SimulateGeometricDropout(parameters, duration, true, draws);
}

SimulatedCustomer SimulateParetoNbd(absl::Span<const double> parameters, double duration, Draws& draws) {
  const double rate = draws.Gamma(parameters[0], parameters[1]);
  const double stops = draws.Exponential(draws.Gamma(parameters[2], parameters[3]));
  SimulatedCustomer customer;
  customer.stopped = stops > duration ? kNever : stops;
  const double end = std::min(stops, duration);
  for (double time = draws.Exponential(rate); time <= end; time += draws.Exponential(rate)) {
    customer.purchases.push_back(time);
  }
  return customer;
}

SimulatedCustomer SimulateBgBb(absl::Span<const double> parameters, double duration, Draws& draws) {
  const double take = draws.Beta(parameters[0], parameters[1]);
  const double stop = draws.Beta(parameters[2], parameters[3]);
  SimulatedCustomer customer;
  for (double opportunity = 1; opportunity <= duration; ++opportunity) {
    customer.stopped = opportunity;
    if (draws.Uniform() < stop) return customer;
    if (draws.Uniform() < take) customer.purchases.push_back(opportunity);
  }
  customer.stopped = kNever;
  return customer;
}

PurchaseHistory HistoryAt(const SimulatedCustomer& customer, double age) {
  const auto end = std::upper_bound(customer.purchases.begin(), customer.purchases.end(), age);
  const double frequency = static_cast<double>(end - customer.purchases.begin());
  return {frequency, frequency > 0 ? *(end - 1) : 0, age};
}

std::vector<double> SimulateSpend(absl::Span<const double> parameters, int purchases, Draws& draws) {
  const double rate = draws.Gamma(parameters[1], parameters[2]);
  std::vector<double> amounts(purchases);
  for (double& amount : amounts) amount = draws.Gamma(parameters[0], rate);
  return amounts;
}

SimulatedTenure SimulateBetaGeometric(absl::Span<const double> parameters, int most, Draws& draws) {
  const double leave = draws.Beta(parameters[0], parameters[1]);
  SimulatedTenure tenure;
  while (tenure.periods < most && !tenure.left) {
    ++tenure.periods;
    tenure.left = draws.Uniform() < leave;
  }
  return tenure;
}

}  // namespace clientele::btyd
