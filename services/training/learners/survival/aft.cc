#include "services/training/learners/survival/aft.h"

#include <algorithm>
#include <cmath>

#include "common/base/status_macros.h"
#include "services/training/learners/survival/aft_objective.h"

namespace clientele::training::survival {
namespace {

constexpr double kLargestShape = 1e4;  // Of durations that differ by less than a thousandth.

using Evaluation = absl::StatusOr<Derivatives>;

// penalty / 2 |c|^2 of parameters from `first` on.
double Penalise(absl::Span<const double> at, int first, double penalty, Derivatives& derivatives) {
  const int p = static_cast<int>(at.size());
  double squares = 0;
  for (int j = first; j < p; ++j) {
    squares += at[j] * at[j];
    if (derivatives.information.empty()) continue;
    derivatives.gradient[j] -= penalty * at[j];
    derivatives.information[j * p + j] += penalty;
  }
  derivatives.value -= penalty / 2 * squares;
  return penalty / 2 * squares;
}

// The fit without columns: c0, and t where it is free. [p], coefficients 0.
absl::StatusOr<std::vector<double>> NullFit(const AftObjective& objective, int max_iterations) {
  const int first = objective.first_coefficient(), p = first + objective.columns();
  const auto evaluate = [&](absl::Span<const double> at) -> Evaluation {
    std::vector<double> all(p, 0);
    std::copy(at.begin(), at.end(), all.begin());
    CLIENTELE_ASSIGN_OR_RETURN(Derivatives full, objective.Evaluate(all));
    Derivatives part;
    part.value = full.value;
    if (full.information.empty()) return part;
    part.gradient.assign(full.gradient.begin(), full.gradient.begin() + first);
    for (int i = 0; i < first; ++i) {
      for (int j = 0; j < first; ++j) part.information.push_back(full.information[i * p + j]);
    }
    return part;
  };
  std::vector<double> start = {objective.StartingIntercept()};
  if (first == 2) start.push_back(1);
  CLIENTELE_ASSIGN_OR_RETURN(NewtonResult found, Maximise(evaluate, start, max_iterations));
  if (first == 2 && found.at[1] > kLargestShape) {
    return absl::FailedPreconditionError("the events are all at one time: there is no spread to learn");
  }
  found.at.resize(p, 0);
  return found.at;
}

// From the parameters c0, t, c to b, the fit of a row of means and log s, and their covariance J V J' by the delta
// method.
void Transform(const AftObjective& objective, const NewtonResult& found, bool exponential, AftFit& fit) {
  const int d = objective.columns(), first = objective.first_coefficient(), p = d + first, q = d + 2;
  const double shape = exponential ? 1 : found.at[1];
  fit.scale = 1 / shape;
  std::vector<double> jacobian(static_cast<size_t>(q) * p, 0);  // [q x p]
  const auto set = [&](int to, int from) {                      // b = -c / t
    jacobian[to * p + from] = -1 / shape;
    if (!exponential) jacobian[to * p + 1] = found.at[from] / (shape * shape);
    return -found.at[from] / shape;
  };
  for (int j = 0; j < d; ++j) fit.coefficients.push_back(set(j, first + j));
  fit.intercept = set(d, 0);
  for (int j = 0; j < d; ++j) fit.intercept -= fit.coefficients[j] * fit.means[j];
  if (!exponential) jacobian[(d + 1) * p + 1] = -1 / shape;
  std::vector<double> half(static_cast<size_t>(q) * p, 0);
  for (int i = 0; i < q; ++i) {
    for (int k = 0; k < p; ++k) {
      if (jacobian[i * p + k] == 0) continue;
      for (int j = 0; j < p; ++j) half[i * p + j] += jacobian[i * p + k] * found.covariance[k * p + j];
    }
  }
  fit.covariance.assign(static_cast<size_t>(q) * q, 0);
  for (int i = 0; i < q; ++i) {
    for (int j = 0; j < q; ++j) {
      for (int k = 0; k < p; ++k) fit.covariance[i * q + j] += half[i * p + k] * jacobian[j * p + k];
    }
  }
  for (int j = 0; j < d; ++j) fit.standard_errors.push_back(std::sqrt(std::max(fit.covariance[j * q + j], 0.0)));
  // The intercept is the fit of a row of means less means x b.
  std::vector<double> of_intercept(q, 0);
  for (int j = 0; j < d; ++j) of_intercept[j] = -fit.means[j];
  of_intercept[d] = 1;
  double variance = 0;
  for (int i = 0; i <= d; ++i) {
    for (int j = 0; j <= d; ++j) variance += of_intercept[i] * fit.covariance[i * q + j] * of_intercept[j];
  }
  fit.intercept_standard_error = std::sqrt(std::max(variance, 0.0));
}

// c' (its covariance)^-1 c: the Wald test of all coefficients. With I the information and o the other parameters, the
// inverse of their covariance is I_cc - I_co I_oo^-1 I_oc.
double WaldOf(const NewtonResult& found, int first) {
  const int p = static_cast<int>(found.at.size());
  Derivatives rest;
  double sum = 0;
  for (int i = 0; i < first; ++i) {
    double slope = 0;
    for (int j = first; j < p; ++j) slope += found.end.information[i * p + j] * found.at[j];
    rest.gradient.push_back(slope);
    for (int j = 0; j < first; ++j) rest.information.push_back(found.end.information[i * p + j]);
  }
  for (int i = first; i < p; ++i) {
    for (int j = first; j < p; ++j) sum += found.at[i] * found.end.information[i * p + j] * found.at[j];
  }
  return sum - QuadraticForm(rest, {});
}

std::vector<int> ColumnsOf(const std::vector<int>& parameters, int first) {
  std::vector<int> columns;
  for (const int parameter : parameters) {
    if (parameter >= first) columns.push_back(parameter - first);
  }
  return columns;
}

}  // namespace

absl::StatusOr<AftFit> FitAft(const Rows& rows, absl::Span<const double> columns, int d, const AftOptions& options,
                              const StopToken& stop) {
  const AftObjective objective(rows, columns, d, options.exponential, options.threads, stop);
  if (!(objective.events() > 0)) return absl::FailedPreconditionError("there is no event to learn from");
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<double> start, NullFit(objective, options.max_iterations));
  const int first = objective.first_coefficient();
  int passes = 0;
  const auto evaluate = [&](absl::Span<const double> at) -> Evaluation {
    if (options.on_iteration) options.on_iteration(passes++);
    CLIENTELE_ASSIGN_OR_RETURN(Derivatives derivatives, objective.Evaluate(at));
    Penalise(at, first, options.l2_penalty, derivatives);
    return derivatives;
  };
  CLIENTELE_ASSIGN_OR_RETURN(const NewtonResult found, Maximise(evaluate, std::move(start), options.max_iterations));
  AftFit fit;
  fit.means = objective.means();
  Transform(objective, found, options.exponential, fit);
  Derivatives end = found.end;
  fit.log_likelihood = end.value + Penalise(found.at, first, options.l2_penalty, end);
  fit.log_likelihood_null = found.start.value;
  fit.likelihood_ratio = 2 * (fit.log_likelihood - fit.log_likelihood_null);
  fit.wald = WaldOf(found, first);
  fit.score = QuadraticForm(found.start, found.undetermined);
  fit.undetermined = ColumnsOf(found.undetermined, first);
  fit.unbounded = ColumnsOf(found.unbounded, first);
  fit.degrees_of_freedom = d - static_cast<int>(fit.undetermined.size());
  fit.iterations = found.iterations;
  fit.converged = found.converged;
  fit.gradient_norm = found.gradient_norm;
  return fit;
}

}  // namespace clientele::training::survival
