#include "services/training/learners/linear/fit.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/linear/minimum_state.h"
#include "services/training/learners/linear/newton.h"
#include "services/training/learners/linear/newton_cg.h"
#include "services/training/learners/symmetric_system.h"

namespace clientele::training {
namespace {

// Of fewer rows every sum is in float64: it costs nothing, and what the rows determine is told exactly.
constexpr int64_t kExactRows = 20'000;
// Of so many rows, the first iterations take every 32nd tile: the optimum of a thirtieth of the rows is near that of all.
constexpr int64_t kSampledRows = 200'000;
constexpr int kSampleStride = 32;
constexpr int kSampledRowsAParameter = 20;
constexpr double kSampleTolerance = 1e-5;

class Fitter {
 public:
  Fitter(const ShardSums& sums, const Family& family, int64_t rows, const LinearFitOptions& options)
      : sums_(sums), family_(family), rows_(rows), options_(options) {}

  absl::StatusOr<LinearFit> Fit(std::vector<double> start, LinearFitWatch watch) {
    CLIENTELE_ASSIGN_OR_RETURN(
        LinearObjective objective,
        LinearObjective::Create(sums_, family_, options_.l2, /*stride=*/1, /*exact=*/rows_ < kExactRows));
    const bool wide = objective.size() > kMostNewtonParameters;
    if (wide && options_.l1 > 0) {
      return NotReady(absl::StrCat("an l1 penalty is for at most ", kMostNewtonParameters, " parameters, and there are ",
                                   objective.size(), "; use l2_penalty, or fewer categories"));
    }
    const auto watched = [&](const Minimum& at) { return watch(Told(objective, at)); };
    CLIENTELE_ASSIGN_OR_RETURN(const Minimum minimum, Minimise(objective, wide, start, watched));
    LinearFit fit = Told(objective, minimum);
    if (!wide) AddHessian(objective, minimum, fit);
    return fit;
  }

 private:
  // A step of the journal: what it says of this fit is not worked out again.
  absl::StatusOr<Minimum> Minimise(LinearObjective& objective, bool wide, const std::vector<double>& start,
                                   MinimumWatch watch) const {
    Journal& journal = sums_.journal();
    if (const v1::CheckpointStep* ended = journal.Recall()) {
      Minimum minimum = FromState(ended->newton());
      (void)watch(minimum);  // Who watches may want to know where it ended.
      return minimum;
    }
    std::vector<double> parameters = objective.Centred(objective.order().ToEngine(start));
    if (!wide && journal.Resume() == nullptr) {
      CLIENTELE_ASSIGN_OR_RETURN(parameters, StartOnSample(std::move(parameters), objective.size()));
    }
    const auto minimise = wide ? MinimiseByNewtonCg : MinimiseByNewton;
    CLIENTELE_ASSIGN_OR_RETURN(Minimum minimum,
                               minimise(objective, std::move(parameters), rows_, options_, watch, &journal));
    journal.Ended([&] { return ToStep(minimum, objective.exact()); });
    return minimum;
  }

  absl::StatusOr<std::vector<double>> StartOnSample(std::vector<double> parameters, int size) const {
    const int64_t sampled = rows_ / kSampleStride;
    if (family_.quadratic() || rows_ < kSampledRows || sampled < int64_t{kSampledRowsAParameter} * size) return parameters;
    const double share = 1.0 / kSampleStride;
    LinearFitOptions options = options_;
    options.l1 *= share;
    options.gradient_tolerance = std::max(options.gradient_tolerance, kSampleTolerance);
    CLIENTELE_ASSIGN_OR_RETURN(
        LinearObjective objective,
        LinearObjective::Create(sums_, family_, options_.l2 * share, kSampleStride, /*exact=*/false));
    CLIENTELE_ASSIGN_OR_RETURN(Minimum minimum, MinimiseByNewton(objective, std::move(parameters), sampled, options,
                                                                 [](const Minimum&) { return true; }, nullptr));
    return std::move(minimum.parameters);
  }

  // In the model's order, of columns as they are.
  LinearFit Told(const LinearObjective& objective, const Minimum& minimum) const {
    LinearFit fit;
    fit.parameters = objective.order().ToModel(objective.Uncentred(minimum.parameters));
    fit.loss = minimum.at.loss;
    fit.objective = minimum.at.value + AbsolutePenalty(objective, minimum.parameters, options_.l1);
    fit.iterations = minimum.iterations;
    fit.gradient_norm = minimum.gradient_norm;
    fit.converged = minimum.converged;
    return fit;
  }

  static void AddHessian(const LinearObjective& objective, const Minimum& minimum, LinearFit& fit) {
    const int size = objective.size(), width = objective.order().size();
    std::vector<int> to(size);
    for (int i = 0; i < size; ++i) to[i] = i / width * width + objective.order().ModelColumn(i % width);
    fit.hessian.resize(int64_t{size} * size);
    for (int i = 0; i < size; ++i) {
      for (int j = 0; j < size; ++j) {
        fit.hessian[int64_t{to[i]} * size + to[j]] = minimum.at.hessian[int64_t{i} * size + j];
      }
    }
    fit.centre = objective.CentreInModelOrder();
  }

  const ShardSums& sums_;
  const Family& family_;
  const int64_t rows_;
  const LinearFitOptions& options_;
};

}  // namespace

absl::StatusOr<LinearFit> FitLinear(const ShardSums& sums, const Family& family, std::vector<double> start, int64_t rows,
                                    const LinearFitOptions& options, LinearFitWatch watch) {
  return Fitter(sums, family, rows, options).Fit(std::move(start), watch);
}

std::vector<double> Covariance(const LinearFit& fit, double dispersion) {
  const int size = static_cast<int>(fit.parameters.size());
  if (fit.hessian.empty()) return std::vector<double>(int64_t{size} * size, 0.0);
  std::vector<double> covariance = SymmetricSystem(fit.hessian, size).Inverse();
  for (double& value : covariance) value *= dispersion;
  // An intercept of columns as they are is that of the centred ones, less the coefficients times the centre.
  const int width = static_cast<int>(fit.centre.size());
  const auto at = [&](int i, int j) -> double& { return covariance[int64_t{i} * size + j]; };
  for (int first = 0; first < size; first += width) {
    const int intercept = first + width - 1;
    for (int j = 0; j + 1 < width; ++j) {
      for (int i = 0; i < size; ++i) at(intercept, i) -= fit.centre[j] * at(first + j, i);
    }
    for (int j = 0; j + 1 < width; ++j) {
      for (int i = 0; i < size; ++i) at(i, intercept) -= fit.centre[j] * at(i, first + j);
    }
  }
  return covariance;
}

std::vector<double> StandardErrors(const LinearFit& fit, double dispersion) {
  const std::vector<double> covariance = Covariance(fit, dispersion);
  const int64_t size = static_cast<int64_t>(fit.parameters.size());
  std::vector<double> errors(size);
  for (int64_t i = 0; i < size; ++i) errors[i] = std::sqrt(std::max(0.0, covariance[i * size + i]));
  return errors;
}

}  // namespace clientele::training
