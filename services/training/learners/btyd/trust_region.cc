#include "services/training/learners/btyd/trust_region.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "common/base/status_macros.h"

namespace clientele::training::btyd {
namespace {

constexpr double kLongestStep = 4;
constexpr double kShortestStep = 1e-9;
constexpr double kNothing = 1e-14;    // Of the objective: a gain below its rounding.
constexpr double kLeastGain = 1e-10;  // An absolute gain in log-likelihood that nobody sees.

// The quadratic model of minus the objective over the free unknowns, by eigenvalues.
class Model {
 public:
  Model(const ObjectiveValue& at, const std::vector<int>& free) : free_(free) {
    const int width = static_cast<int>(free.size()), all = static_cast<int>(at.gradient.size());
    Eigen::MatrixXd matrix(width, width);
    Eigen::VectorXd gradient(width);
    for (int i = 0; i < width; ++i) {
      gradient[i] = at.gradient[free[i]];
      for (int j = 0; j < width; ++j) matrix(i, j) = -at.hessian[free[i] * all + free[j]];
    }
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix);
    values_ = solver.eigenvalues();
    sizes_ = values_.cwiseAbs().cwiseMax(1e-14 * values_.cwiseAbs().maxCoeff() + 1e-300);
    vectors_ = solver.eigenvectors();
    along_ = vectors_.transpose() * gradient;
  }

  // The best step no longer than `radius`: (|H| + damping) step = gradient.
  Eigen::VectorXd Step(double radius) const {
    const auto step = [&](double damping) -> Eigen::VectorXd {
      return along_.cwiseQuotient((sizes_.array() + damping).matrix());
    };
    if (step(0).norm() <= radius) return step(0);
    double low = 0, high = along_.norm() / radius;
    for (int i = 0; i < 60 && high - low > 1e-3 * high; ++i) {
      const double middle = 0.5 * (low + high);
      (step(middle).norm() > radius ? low : high) = middle;
    }
    return step(high);
  }
  double Gain(const Eigen::VectorXd& step) const { return along_.dot(step) - 0.5 * step.cwiseAbs2().dot(values_); }
  // With |H|: how far above the objective may still go, as far as it can be told from here.
  double Promise() const { return 0.5 * along_.cwiseAbs2().cwiseQuotient(sizes_).sum(); }

  std::vector<double> Moved(const std::vector<double>& eta, const Eigen::VectorXd& step, int parameters) const {
    const Eigen::VectorXd move = vectors_ * step;
    std::vector<double> moved = eta;
    for (size_t i = 0; i < free_.size(); ++i) {
      moved[free_[i]] += move[i];
      if (free_[i] < parameters) moved[free_[i]] = std::clamp(moved[free_[i]], -kFarthestLog, kFarthestLog);
    }
    return moved;
  }

 private:
  const std::vector<int>& free_;
  Eigen::VectorXd values_, sizes_, along_;  // Of minus the Hessian; the gradient in its eigenvectors.
  Eigen::MatrixXd vectors_;
};

bool IsFinite(const ObjectiveValue& at) {
  const auto finite = [](double x) { return std::isfinite(x); };
  return std::isfinite(at.value) && std::all_of(at.gradient.begin(), at.gradient.end(), finite) &&
         std::all_of(at.hessian.begin(), at.hessian.end(), finite);
}

}  // namespace

absl::StatusOr<Maximum> Maximise(FitObjective& objective, absl::Span<const double> start, const std::vector<bool>& free,
                                 const StoppingRule& rule, const StopToken& stop) {
  std::vector<int> unknowns;
  for (int i = 0; i < objective.size(); ++i) {
    if (free.empty() || free[i]) unknowns.push_back(i);
  }
  Maximum best;
  best.eta.assign(start.begin(), start.end());
  best.at = objective.At(best.eta);
  if (!IsFinite(best.at)) return best;
  double radius = 1;
  while (best.iterations < rule.max_iterations) {
    CLIENTELE_RETURN_IF_ERROR(stop.Check());
    const Model model(best.at, unknowns);
    const double rounding = kLeastGain + kNothing * std::abs(best.at.value);
    const Eigen::VectorXd step = model.Step(radius);
    const double promised = model.Gain(step);
    best.converged = model.Promise() <= std::max(rounding, rule.least_gain);
    if (best.converged || radius < kShortestStep) break;
    ++best.iterations;
    std::vector<double> eta = model.Moved(best.eta, step, objective.parameters());
    ObjectiveValue at = objective.At(eta);
    const double gained = at.value - best.at.value;
    if (!IsFinite(at) || gained < 0.05 * promised - rounding) {
      radius = 0.25 * std::min(radius, step.norm());
      continue;
    }
    if (gained > 0.7 * promised && step.norm() > 0.9 * radius) radius = std::min(2 * radius, kLongestStep);
    if (gained < 0.25 * promised) radius = 0.5 * std::min(radius, step.norm());
    best.eta = std::move(eta);
    best.at = std::move(at);
  }
  return best;
}

}  // namespace clientele::training::btyd
