#include "services/training/learners/linear/coordinate_descent.h"

#include <algorithm>
#include <cmath>

#include "services/training/learners/symmetric_system.h"

namespace clientele::training {
namespace {

constexpr int kMostRounds = 200;
// Sweeps over the coordinates that are not 0, before they go straight to their minimum.
constexpr int kQuickSweeps = 50;
// A sweep that lowers the model by less than this share of what the first one did, or of the objective, is the last.
constexpr double kNegligible = 1e-14;
constexpr double kNegligibleOfObjective = 1e-20;

double SoftThreshold(double value, double threshold) {
  return std::copysign(std::max(std::abs(value) - threshold, 0.0), value);
}

class Descent {
 public:
  Descent(const LinearObjective& objective, const Minimum& minimum, double l1)
      : objective_(objective),
        hessian_(minimum.at.hessian.data()),
        start_(minimum.parameters),
        parameters_(minimum.parameters),
        gradient_(minimum.at.gradient),
        l1_(l1),
        negligible_(kNegligibleOfObjective * std::abs(minimum.at.value)) {}

  // Sweeps over all coordinates, and between them over those that are not 0 until these settle.
  std::vector<double> Run() {
    std::vector<int> all(objective_.size());
    for (int i = 0; i < objective_.size(); ++i) all[i] = i;
    negligible_ = std::max(negligible_, kNegligible * Sweep(all));
    for (int round = 0; round < kMostRounds; ++round) {
      const std::vector<int> active = Active();
      bool settled = false;
      for (int sweep = 0; sweep < kQuickSweeps && !settled; ++sweep) settled = Sweep(active) <= negligible_;
      if (!settled) GoStraight();
      if (Sweep(all) <= negligible_) break;
    }
    std::vector<double> step(start_.size());
    for (size_t i = 0; i < step.size(); ++i) step[i] = start_[i] - parameters_[i];
    return step;
  }

 private:
  // Those that are not 0, and the intercepts.
  std::vector<int> Active() const {
    std::vector<int> active;
    for (int i = 0; i < objective_.size(); ++i) {
      if (parameters_[i] != 0 || objective_.IsIntercept(i)) active.push_back(i);
    }
    return active;
  }

  // Columns that go together settle slowly by sweeps. As long as no coordinate changes its sign the model is quadratic: its
  // minimum over those that are not 0 is the solution of a linear system. A coordinate that meets 0 on the way stays there,
  // and the others go on. The model never rises.
  void GoStraight() {
    for (int hit = 0; hit >= 0;) {
      const std::vector<int> active = Active();
      const int width = static_cast<int>(active.size());
      std::vector<double> matrix, slopes;
      for (const int i : active) {
        for (const int j : active) matrix.push_back(hessian_[static_cast<int64_t>(i) * objective_.size() + j]);
        slopes.push_back(gradient_[i] + (objective_.IsIntercept(i) ? 0 : std::copysign(l1_, parameters_[i])));
      }
      const std::vector<double> way = SymmetricSystem(matrix, width).Solve(slopes);
      double length = 1;
      hit = -1;
      for (int a = 0; a < width; ++a) {
        const double from = parameters_[active[a]];
        if (objective_.IsIntercept(active[a]) || from * (from - length * way[a]) > 0) continue;
        length = from / way[a];
        hit = active[a];
      }
      for (int a = 0; a < width; ++a) Move(active[a], parameters_[active[a]] - length * way[a]);
      if (hit >= 0) Move(hit, 0);
    }
  }

  void Move(int i, double to) {
    const double* row = hessian_ + static_cast<int64_t>(i) * objective_.size();
    const double moved = to - parameters_[i];
    parameters_[i] = to;
    for (int j = 0; j < objective_.size(); ++j) gradient_[j] += moved * row[j];
  }

  // By how much the model fell, at least.
  double Sweep(const std::vector<int>& coordinates) {
    double gain = 0;
    for (const int i : coordinates) {
      const double* row = hessian_ + static_cast<int64_t>(i) * objective_.size();
      if (row[i] <= 0) continue;
      const double l1 = objective_.IsIntercept(i) ? 0 : l1_;
      const double to = SoftThreshold(row[i] * parameters_[i] - gradient_[i], l1) / row[i];
      const double moved = to - parameters_[i];
      if (moved == 0) continue;
      gain += row[i] * moved * moved / 2;
      Move(i, to);
    }
    return gain;
  }

  const LinearObjective& objective_;
  const double* hessian_;  // [D x D]
  const std::vector<double>& start_;
  std::vector<double> parameters_;
  std::vector<double> gradient_;  // Of the quadratic model, at parameters_.
  const double l1_;
  double negligible_;
};

}  // namespace

std::vector<double> MinimiseQuadratic(const LinearObjective& objective, const Minimum& minimum, double l1) {
  return Descent(objective, minimum, l1).Run();
}

std::vector<double> LeastSubgradient(const LinearObjective& objective, const Minimum& minimum, double l1) {
  std::vector<double> least = minimum.at.gradient;
  for (int i = 0; i < objective.size() && l1 > 0; ++i) {
    if (objective.IsIntercept(i)) continue;
    const double parameter = minimum.parameters[i];
    least[i] = parameter == 0 ? SoftThreshold(least[i], l1) : least[i] + std::copysign(l1, parameter);
  }
  return least;
}

}  // namespace clientele::training
