#include "services/training/learners/logistic_regression/penalty_path.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/status_macros.h"

namespace clientele::training {
namespace {

using model::v1::PenaltyPath;
using PathPoint = model::v1::LogisticRegressionModel::PathPoint;

constexpr int kDefaultStrengths = 50;
constexpr double kDefaultLeastRatio = 0.001;
constexpr double kEverythingZero = 1e300;  // No gradient outweighs it.

int NumStrengths(const PenaltyPath& path) { return path.strengths() == 0 ? kDefaultStrengths : path.strengths(); }
double L1Share(const PenaltyPath& path) { return path.l1_share() == 0 ? 1 : path.l1_share(); }

class PathSearch {
 public:
  PathSearch(LogisticProblem& problem, const PenaltyPath& path) : problem_(problem), path_(path) {}

  absl::StatusOr<PathChoice> Run() {
    CLIENTELE_RETURN_IF_ERROR(FindStrengths());
    losses_.assign(strengths_.size(), {});
    for (int fold = 0; fold < problem_.folds(); ++fold) {
      CLIENTELE_RETURN_IF_ERROR(problem_.LeaveOut(fold));
      CLIENTELE_RETURN_IF_ERROR(Walk([&](size_t k, LinearFit fit) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const LogisticProblem::Loss loss, problem_.LeftOutLoss(fit.parameters));
        losses_[k].push_back(loss);
        return absl::OkStatus();
      }));
    }
    CLIENTELE_RETURN_IF_ERROR(problem_.LeaveOut(LogisticProblem::kNoFold));
    const size_t chosen = FillPoints();
    CLIENTELE_RETURN_IF_ERROR(Walk([&](size_t k, LinearFit fit) {
      const auto& b = fit.parameters;
      choice_.points[k].set_nonzero(
          static_cast<int>(std::count_if(b.begin(), b.end() - 1, [](double coefficient) { return coefficient != 0; })));
      if (k == chosen) choice_.fit = std::move(fit);
      return absl::OkStatus();
    }));
    choice_.penalties = PenaltiesOf(strengths_[chosen]);
    return std::move(choice_);
  }

 private:
  Penalties PenaltiesOf(double strength) const {
    return {.l1 = strength * L1Share(path_), .l2 = strength * (1 - L1Share(path_))};
  }

  // All coefficients stay 0 as long as the l1 penalty is at least the largest slope of the loss there.
  absl::Status FindStrengths() {
    const std::vector<double> zero(problem_.num_parameters(), 0.0);
    CLIENTELE_ASSIGN_OR_RETURN(const LinearFit null, problem_.Fit({.l1 = kEverythingZero}, zero));
    null_ = null.parameters;
    CLIENTELE_ASSIGN_OR_RETURN(const LinearFit there,
                               problem_.Fit({}, null_, /*max_iterations=*/0, [](const LinearFit&) { return true; }));
    const double greatest = there.gradient_norm * static_cast<double>(problem_.rows()) / L1Share(path_);
    const double ratio = path_.least_ratio() == 0 ? kDefaultLeastRatio : path_.least_ratio();
    const int count = NumStrengths(path_);
    for (int k = 0; k < count; ++k) {
      strengths_.push_back(greatest * std::pow(ratio, static_cast<double>(k) / (count - 1)));
    }
    return absl::OkStatus();
  }

  // Calls visit(k, fit) for each strength.
  template <typename Visit>
  absl::Status Walk(Visit visit) {
    std::vector<double> start = null_;
    for (size_t k = 0; k < strengths_.size(); ++k) {
      CLIENTELE_ASSIGN_OR_RETURN(LinearFit fit, problem_.Fit(PenaltiesOf(strengths_[k]), start));
      start = fit.parameters;
      CLIENTELE_RETURN_IF_ERROR(visit(k, std::move(fit)));
    }
    return absl::OkStatus();
  }

  // Means over all rows left out, standard errors over the folds' means. Returns the strength chosen.
  size_t FillPoints() {
    for (size_t k = 0; k < strengths_.size(); ++k) {
      double sum = 0, weight = 0, squares = 0;
      for (const LogisticProblem::Loss& fold : losses_[k]) {
        sum += fold.sum;
        weight += fold.weight;
      }
      const double mean = sum / weight, folds = static_cast<double>(losses_[k].size());
      for (const LogisticProblem::Loss& fold : losses_[k]) {
        if (fold.weight > 0) squares += std::pow(fold.sum / fold.weight - mean, 2);
      }
      PathPoint& point = choice_.points.emplace_back();
      point.set_strength(strengths_[k]);
      point.set_log_loss(mean);
      point.set_log_loss_standard_error(std::sqrt(squares / (folds - 1) / folds));
    }
    const auto best = std::min_element(choice_.points.begin(), choice_.points.end(),
                                       [](const auto& a, const auto& b) { return a.log_loss() < b.log_loss(); });
    const double enough = best->log_loss() + (path_.one_standard_error() ? best->log_loss_standard_error() : 0);
    const auto chosen = std::find_if(choice_.points.begin(), choice_.points.end(),
                                     [&](const PathPoint& point) { return point.log_loss() <= enough; });
    chosen->set_chosen(true);
    return static_cast<size_t>(chosen - choice_.points.begin());
  }

  LogisticProblem& problem_;
  const PenaltyPath& path_;
  std::vector<double> null_;                                // [d + 1]: the intercept alone.
  std::vector<double> strengths_;                           // Falling.
  std::vector<std::vector<LogisticProblem::Loss>> losses_;  // [strengths][folds]
  PathChoice choice_;
};

}  // namespace

absl::StatusOr<PathChoice> ChooseOnPath(LogisticProblem& problem, const PenaltyPath& path) {
  return PathSearch(problem, path).Run();
}

int CountPathFits(const PenaltyPath& path, int folds) { return 1 + (folds + 1) * NumStrengths(path); }

}  // namespace clientele::training
