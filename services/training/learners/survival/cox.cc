#include "services/training/learners/survival/cox.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "common/base/status_macros.h"

namespace clientele::training::survival {
namespace {

double Squares(absl::Span<const double> numbers) {
  double sum = 0;
  for (const double number : numbers) sum += number * number;
  return sum;
}

void Penalise(absl::Span<const double> at, double penalty, Derivatives& derivatives) {
  const size_t d = at.size();
  derivatives.value -= penalty / 2 * Squares(at);
  if (derivatives.information.empty()) return;
  for (size_t j = 0; j < d; ++j) {
    derivatives.gradient[j] -= penalty * at[j];
    derivatives.information[j * d + j] += penalty;
  }
}

// at' information at.
double WaldOf(const NewtonResult& found) {
  const size_t d = found.at.size();
  double sum = 0;
  for (size_t i = 0; i < d; ++i) {
    for (size_t j = 0; j < d; ++j) sum += found.at[i] * found.end.information[i * d + j] * found.at[j];
  }
  return sum;
}

// Times with an event, by stratum.
std::map<int, int64_t> CountTimes(const CoxObjective& objective) {
  std::map<int, int64_t> times;
  for (const CoxObjective::Group& group : objective.groups()) times[group.stratum] += group.events() > 0 ? 1 : 0;
  return times;
}

}  // namespace

absl::StatusOr<CoxFit> FitCox(CoxObjective& objective, const CoxOptions& options) {
  const int d = objective.columns();
  const auto& groups = objective.groups();
  if (std::none_of(groups.begin(), groups.end(), [](const auto& group) { return group.events() > 0; })) {
    return absl::FailedPreconditionError("there is no event to learn from");
  }
  int passes = 0;
  const auto evaluate = [&](absl::Span<const double> at) -> absl::StatusOr<Derivatives> {
    if (options.on_iteration) options.on_iteration(passes++);
    CLIENTELE_ASSIGN_OR_RETURN(Derivatives derivatives, objective.Evaluate(at));
    Penalise(at, options.l2_penalty, derivatives);
    return derivatives;
  };
  CLIENTELE_ASSIGN_OR_RETURN(NewtonResult found, Maximise(evaluate, std::vector<double>(d, 0), options.max_iterations));
  CoxFit fit;
  fit.log_likelihood = found.end.value + options.l2_penalty / 2 * Squares(found.at);
  fit.log_likelihood_null = found.start.value;
  fit.likelihood_ratio = 2 * (fit.log_likelihood - fit.log_likelihood_null);
  fit.wald = WaldOf(found);
  fit.score = QuadraticForm(found.start, found.undetermined);
  fit.degrees_of_freedom = d - static_cast<int>(found.undetermined.size());
  for (int j = 0; j < d; ++j) fit.standard_errors.push_back(std::sqrt(std::max(found.covariance[j * d + j], 0.0)));
  fit.coefficients = std::move(found.at);
  fit.covariance = std::move(found.covariance);
  fit.undetermined = std::move(found.undetermined);
  fit.unbounded = std::move(found.unbounded);
  fit.iterations = found.iterations;
  fit.converged = found.converged;
  fit.gradient_norm = found.gradient_norm;
  // A step that was tried in vain may have been the last evaluation.
  CLIENTELE_RETURN_IF_ERROR(objective.Evaluate(fit.coefficients).status());
  return fit;
}

std::vector<Baseline> BaselinesOf(const CoxObjective& objective) {
  const int d = objective.columns();
  const std::vector<CoxObjective::HazardStep> steps = objective.HazardSteps();
  std::map<int, int64_t> left = CountTimes(objective);  // Of each stratum, those still to come.
  std::vector<Baseline> baselines;
  double hazard = 0, variance = 0;
  std::vector<double> shift;
  int64_t stride = 1;
  for (size_t g = 0; g < steps.size(); ++g) {
    const CoxObjective::Group& group = objective.groups()[g];
    if (group.events() == 0) continue;
    if (baselines.empty() || baselines.back().stratum != group.stratum) {
      baselines.emplace_back().stratum = group.stratum;
      hazard = variance = 0;
      shift.assign(d, 0);
      stride = (left[group.stratum] + kMostTimes - 1) / kMostTimes;
    }
    hazard += steps[g].hazard;
    variance += steps[g].variance;
    for (int j = 0; j < d; ++j) shift[j] += steps[g].mean[j];
    if (--left[group.stratum] % stride != 0) continue;
    Baseline& baseline = baselines.back();
    baseline.times.push_back(group.time);
    baseline.cumulative_hazards.push_back(hazard);
    baseline.variances.push_back(variance);
    baseline.mean_shifts.insert(baseline.mean_shifts.end(), shift.begin(), shift.end());
  }
  return baselines;
}

}  // namespace clientele::training::survival
