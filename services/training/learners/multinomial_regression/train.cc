#include "services/training/learners/multinomial_regression/train.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/class_weights.h"
#include "services/training/learners/linear/fit.h"
#include "services/training/learners/multinomial_regression/family.h"

namespace clientele::training {
namespace {

using model::v1::MultinomialRegressionModel;
using model::v1::MultinomialRegressionParameters;

absl::StatusOr<ClassTotals> CheckClasses(const ShardSums& sums, absl::Span<const std::string> names) {
  const int k = static_cast<int>(names.size());
  CLIENTELE_RETURN_IF_ERROR(CheckRows(sums, Labels::kNumber).status());
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> strangers, sums.Sum(1, [&](int s, absl::Span<double> result) {
    for (const double label : sums.matrix().shards[s].labels) {
      result[0] += label >= 0 && label < k && label == std::floor(label) ? 0 : 1;
    }
  }));
  if (strangers[0] > 0) {
    return absl::InvalidArgumentError(absl::StrCat(strangers[0], " labels are no index of one of the ", k, " classes"));
  }
  CLIENTELE_ASSIGN_OR_RETURN(ClassTotals totals, CountClasses(sums, k));
  for (int c = 0; c < k; ++c) {
    if (totals.weights[c] > 0) continue;
    return NotReady(
        absl::StrCat("no training row is of the class \"", names[c], "\"; leave the class out or give rows"));
  }
  return totals;
}

// Moves each parameter's mean over the classes out of it: no probability changes.
void CentreOverClasses(int k, std::vector<double>& parameters) {
  const size_t size = parameters.size() / k;
  for (size_t j = 0; j < size; ++j) {
    double sum = 0;
    for (int c = 0; c < k; ++c) sum += parameters[c * size + j];
    for (int c = 0; c < k; ++c) parameters[c * size + j] -= sum / k;
  }
}

// Standard errors [H x D] of what CentreOverClasses makes of the parameters. The mean over the classes, which the rows do
// not determine, has no part in them.
std::vector<double> CentredErrors(int k, const LinearFit& fit) {
  const std::vector<double> covariance = Covariance(fit, /*dispersion=*/1);
  const int64_t all = static_cast<int64_t>(fit.parameters.size()), size = all / k;
  std::vector<double> errors(all);
  if (covariance.empty()) return errors;
  for (int64_t j = 0; j < size; ++j) {
    const auto of = [&](int a, int b) { return covariance[(a * size + j) * all + b * size + j]; };
    for (int c = 0; c < k; ++c) {
      double variance = of(c, c);
      for (int a = 0; a < k; ++a) {
        variance -= 2 * of(c, a) / k;
        for (int b = 0; b < k; ++b) variance += of(a, b) / (k * k);
      }
      errors[c * size + j] = std::sqrt(std::max(0.0, variance));
    }
  }
  return errors;
}

MultinomialRegressionModel MakeModel(absl::Span<const std::string> names, const ClassTotals& totals, LinearFit fit) {
  const int k = static_cast<int>(names.size());
  const std::vector<double> errors = CentredErrors(k, fit);
  CentreOverClasses(k, fit.parameters);
  const int d = static_cast<int>(fit.parameters.size()) / k - 1;
  MultinomialRegressionModel model;
  model.set_objective(fit.objective);
  model.set_iterations(fit.iterations);
  model.set_gradient_norm(fit.gradient_norm);
  for (int c = 0; c < k; ++c) {
    MultinomialRegressionModel::Class& one = *model.add_classes();
    one.set_name(names[c]);
    one.set_training_share(totals.weights[c] / totals.all_weights());
    const size_t first = static_cast<size_t>(c) * (d + 1);
    for (int j = 0; j < d; ++j) one.add_coefficients(fit.parameters[first + j]);
    for (int j = 0; j < d; ++j) one.add_standard_errors(errors[first + j]);
    one.set_intercept(fit.parameters[first + d]);
    one.set_intercept_standard_error(errors[first + d]);
  }
  return model;
}

absl::StatusOr<MultinomialRegressionModel> Train(TrainingMatrix& matrix, const ShardSums& sums,
                                                 absl::Span<const std::string> names,
                                                 const MultinomialRegressionParameters& parameters,
                                                 const LearnerProgress& progress) {
  const int k = static_cast<int>(names.size());
  CLIENTELE_ASSIGN_OR_RETURN(const ClassTotals totals, CheckClasses(sums, names));
  if (parameters.balance_classes()) WeightClasses(BalancedWeights(totals), matrix);
  LinearFitOptions options{.l2 = parameters.has_l2_penalty() ? parameters.l2_penalty() : 1.0};
  if (parameters.max_iterations() > 0) options.max_iterations = parameters.max_iterations();
  if (parameters.gradient_tolerance() > 0) options.gradient_tolerance = parameters.gradient_tolerance();
  const std::vector<double> start(static_cast<size_t>(k) * (matrix.columns + 1), 0.0);
  CLIENTELE_ASSIGN_OR_RETURN(
      LinearFit fit, FitLinear(sums, MultinomialFamily(k), start, totals.all_rows(), options, [&](const LinearFit& at) {
        Tell(progress, at.iterations / (at.iterations + 4.0),
             absl::StrFormat("iteration %d, objective %.6f", at.iterations, at.objective));
        return true;
      }));
  return MakeModel(names, totals, std::move(fit));
}

}  // namespace

absl::Status ValidateMultinomialRegression(const MultinomialRegressionParameters& parameters, absl::string_view field) {
  const auto bad = [&](absl::string_view name, double value, absl::string_view allowed) {
    return InvalidField(absl::StrCat(field, ".", name), absl::StrCat(value, " is not ", allowed));
  };
  // Written so that NaN fails.
  if (parameters.has_l2_penalty() && !(parameters.l2_penalty() > 0 && std::isfinite(parameters.l2_penalty()))) {
    return bad("l2_penalty", parameters.l2_penalty(), "a finite number above 0");
  }
  if (parameters.max_iterations() < 0 || parameters.max_iterations() > 1000) {
    return bad("max_iterations", parameters.max_iterations(), "1 to 1,000");
  }
  if (!(parameters.gradient_tolerance() >= 0 && parameters.gradient_tolerance() < 1)) {
    return bad("gradient_tolerance", parameters.gradient_tolerance(), "in (0, 1)");
  }
  return absl::OkStatus();
}

absl::StatusOr<MultinomialRegressionModel> TrainMultinomialRegression(
    TrainingMatrix matrix, absl::Span<const std::string> names, const MultinomialRegressionParameters& parameters,
    Communicator& communicator, int threads, const StopToken& stop, const LearnerProgress& progress, Journal* journal) {
  const ShardSums sums(matrix, communicator, threads, stop, journal);
  absl::StatusOr<MultinomialRegressionModel> model = Train(matrix, sums, names, parameters, progress);
  if (!model.ok()) communicator.Abort(model.status());
  return model;
}

}  // namespace clientele::training
