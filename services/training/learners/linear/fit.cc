#include "services/training/learners/linear/fit.h"

#include <algorithm>
#include <cmath>
#include <iterator>
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
// Of more, the first iterations take every 128th shard, the next every 32nd and every 8th, where those have rows enough: the
// optimum of a part of the rows is near that of all, and so is its Hessian.
constexpr int kSampleStrides[] = {128, 32, 8};
constexpr int kSampledRowsAParameter = 50;
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
    Minimum minimum;
    if (wide) {
      CLIENTELE_ASSIGN_OR_RETURN(
          minimum, MinimiseByNewtonCg(objective, std::move(parameters), rows_, options_, watch, &journal));
    } else {
      NewtonStart near{std::move(parameters)};
      if (WantsSamples(objective, near.parameters)) {
        CLIENTELE_ASSIGN_OR_RETURN(near, StartOnSamples(std::move(near), objective.size()));
      }
      CLIENTELE_ASSIGN_OR_RETURN(minimum,
                                 MinimiseByNewton(objective, std::move(near), rows_, options_, watch, &journal));
    }
    journal.Ended([&] { return ToStep(minimum, objective.exact()); });
    return minimum;
  }

  // Not where it starts from another fit, which is nearer than a sample's. And not without a penalty: a sample may tell
  // apart what all rows do not, and then its optimum lies nowhere.
  bool WantsSamples(const LinearObjective& objective, const std::vector<double>& start) const {
    if (rows_ < kExactRows || (options_.l2 == 0 && options_.l1 == 0 && !family_.quadratic())) return false;
    for (int i = 0; i < objective.size(); ++i) {
      if (start[i] != 0 && !objective.IsIntercept(i)) return false;
    }
    return true;
  }

  // Ever larger samples, each from where the one before ended.
  absl::StatusOr<NewtonStart> StartOnSamples(NewtonStart start, int size) const {
    CLIENTELE_ASSIGN_OR_RETURN(const double all, CountRows(1));
    for (const int stride : kSampleStrides) {
      // A quadratic fit keeps a sample's optimum and not its Hessian: the largest sample's is the nearest.
      if (family_.quadratic() && stride != std::end(kSampleStrides)[-1]) continue;
      CLIENTELE_ASSIGN_OR_RETURN(const double sampled, CountRows(stride));
      const double share = sampled / all;
      if (share * rows_ < kSampledRowsAParameter * size || share > 0.5) continue;
      CLIENTELE_ASSIGN_OR_RETURN(start, StartOnSample(std::move(start), stride, share));
    }
    return start;
  }

  absl::StatusOr<double> CountRows(int stride) const {
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> rows, sums_.Sum(1, [&](int s, absl::Span<double> sum) {
      if (s % stride == 0) sum[0] = static_cast<double>(sums_.matrix().shards[s].rows);
    }));
    return rows[0];
  }

  // A start with a Hessian is near enough for a single step.
  absl::StatusOr<NewtonStart> StartOnSample(NewtonStart start, int stride, double share) const {
    LinearFitOptions options = options_;
    options.l1 *= share;
    options.gradient_tolerance = std::max(options.gradient_tolerance, kSampleTolerance);
    if (!start.hessian.empty()) options.max_iterations = 1;
    for (double& value : start.hessian) value *= share;
    CLIENTELE_ASSIGN_OR_RETURN(LinearObjective objective, LinearObjective::Create(sums_, family_, options_.l2 * share,
                                                                                  stride, /*exact=*/false));
    CLIENTELE_ASSIGN_OR_RETURN(Minimum minimum,
                               MinimiseByNewton(objective, std::move(start), static_cast<int64_t>(share * rows_), options,
                                                [](const Minimum&) { return true; }, nullptr));
    if (family_.quadratic()) return NewtonStart{std::move(minimum.parameters)};  // One Hessian of all rows is enough.
    for (double& value : minimum.at.hessian) value /= share;
    return NewtonStart{std::move(minimum.parameters), std::move(minimum.at.hessian)};
  }

  // In the model's order, of columns as they are.
  LinearFit Told(const LinearObjective& objective, const Minimum& minimum) const {
    LinearFit fit;
    fit.parameters = objective.order().ToModel(objective.Uncentred(minimum.parameters));
    fit.loss = minimum.at.loss;
    fit.pearson = minimum.at.pearson;
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
  if (fit.hessian.empty()) return {};
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
  for (int64_t i = 0; i < size && !covariance.empty(); ++i) errors[i] = std::sqrt(std::max(0.0, covariance[i * size + i]));
  return errors;
}

}  // namespace clientele::training
