#include "services/training/learners/linear/newton.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "services/training/learners/linear/coordinate_descent.h"
#include "services/training/learners/linear/minimum_state.h"
#include "services/training/learners/symmetric_system.h"

namespace clientele::training {
namespace {

using Part = LinearObjective::Part;

// A Hessian summed in float32 cannot tell a direction with less than this share of the curvature from none.
constexpr double kInexactDetermination = 1e-5;
// Once a step promises less than this of the objective, the Hessian at its end is nearly the one at its beginning: steps
// with the old one leave a thousandth of the gradient, at a third of the cost. The old one also stays at the end, for
// standard errors: right to a thousandth where there are many rows, whose own uncertainty is larger, and to more of few.
constexpr double kSettled = 1e-6;
constexpr double kExactlySettled = 1e-9;
// Where a step ends is known without a pass if what it leaves of the gradient is within the tolerance, and of the
// decrease within this share of the objective. Of a quadratic objective that is what rounding leaves: it is relative to
// the Hessian, and counts by as much more as the rows determine the least direction less. Of others it is several times
// what the step before with the same Hessian left, for that tells by how much the Hessian changed along one way.
constexpr double kKnown = 1e-9;
constexpr double kLeftAgain = 10;
constexpr double kExactRounding = 1e-13;
constexpr double kInexactRounding = 1e-7;

class Newton {
 public:
  Newton(LinearObjective& objective, int64_t rows, const LinearFitOptions& options, Journal& journal)
      : objective_(objective), rows_(static_cast<double>(rows)), options_(options), journal_(journal) {}

  absl::StatusOr<Minimum> Run(NewtonStart start, MinimumWatch watch) {
    CLIENTELE_RETURN_IF_ERROR(Begin(std::move(start)));
    while (true) {
      Measure();
      if (!watch(minimum_) || minimum_.converged || minimum_.iterations >= options_.max_iterations) break;
      journal_.Note([this] { return ToStep(minimum_, objective_.exact()); });
      CLIENTELE_ASSIGN_OR_RETURN(const bool moved, Iterate());
      if (!moved) break;
      ++minimum_.iterations;
    }
    if (of_sample_) CLIENTELE_RETURN_IF_ERROR(Renew());
    return std::move(minimum_);
  }

 private:
  absl::Status Begin(NewtonStart start) {
    of_sample_ = !start.hessian.empty();
    if (const v1::CheckpointStep* running = journal_.Resume()) {
      minimum_ = FromState(running->newton());
      if (running->newton().exact()) objective_.set_exact();
      of_sample_ = of_sample_ && minimum_.iterations == 0;
      return absl::OkStatus();
    }
    minimum_.parameters = std::move(start.parameters);
    if (!of_sample_) return Renew();
    CLIENTELE_ASSIGN_OR_RETURN(minimum_.at, objective_.Evaluate(minimum_.parameters, Part::kGradient));
    minimum_.at.hessian = std::move(start.hessian);
    return absl::OkStatus();
  }

  // The Hessian of where it stands.
  absl::Status Renew() {
    CLIENTELE_ASSIGN_OR_RETURN(minimum_.at, objective_.Evaluate(minimum_.parameters, Part::kHessian));
    fresh_ = true;
    of_sample_ = false;
    minimum_.left_again = 1;
    return absl::OkStatus();
  }

  void Measure() {
    minimum_.gradient_norm = LargestOf(LeastSubgradient(objective_, minimum_, options_.l1)) / rows_;
    minimum_.converged = minimum_.gradient_norm <= options_.gradient_tolerance;
  }

  // The step, and what the model promises of it.
  struct Step {
    std::vector<double> step;
    double decrement = 0;
    double left = 1;  // What may be left of the gradient at its end.
  };

  absl::StatusOr<Step> FindStep() {
    if (options_.l1 > 0) {
      Step found;
      found.step = MinimiseQuadratic(objective_, minimum_, options_.l1);
      std::vector<double> there = minimum_.parameters;
      for (size_t i = 0; i < there.size(); ++i) there[i] -= found.step[i];
      found.decrement = DotProduct(minimum_.at.gradient, found.step) +
                        AbsolutePenalty(objective_, minimum_.parameters, options_.l1) -
                        AbsolutePenalty(objective_, there, options_.l1);
      return found;
    }
    SymmetricSystem system(minimum_.at.hessian, objective_.size());
    while (!objective_.exact() && system.determination() < kInexactDetermination) {
      if (fresh_) objective_.set_exact();
      CLIENTELE_RETURN_IF_ERROR(Renew());
      system = SymmetricSystem(minimum_.at.hessian, objective_.size());
    }
    std::vector<double> step = system.Solve(minimum_.at.gradient);
    const double decrement = DotProduct(minimum_.at.gradient, step);
    return Step{std::move(step), decrement, LeftBy(system)};
  }

  double LeftBy(const SymmetricSystem& system) const {
    if (!objective_.family().quadratic()) return objective_.exact() ? 1 : minimum_.left_again;
    return (objective_.exact() ? kExactRounding : kInexactRounding) / system.determination();
  }

  bool EndIsKnown(const Step& found) const {
    const double there = std::abs(minimum_.at.value - found.decrement / 2);
    return found.left * minimum_.gradient_norm <= options_.gradient_tolerance &&
           found.left * found.decrement <= kKnown * there;
  }

  // Takes a step whose end is known. It is too short to change Pearson's sum.
  void Follow(const Step& found) {
    for (size_t i = 0; i < found.step.size(); ++i) minimum_.parameters[i] -= found.step[i];
    for (double& slope : minimum_.at.gradient) slope *= found.left;
    minimum_.at.value -= found.decrement / 2;
    minimum_.at.loss = minimum_.at.value - objective_.Penalty(minimum_.parameters);
  }

  // False: there is nothing more to gain.
  absl::StatusOr<bool> Iterate() {
    CLIENTELE_ASSIGN_OR_RETURN(const Step found, FindStep());
    const double value = std::abs(minimum_.at.value);
    if (found.decrement <= 1e-3 * kRounding * value) {
      minimum_.converged = true;
      return false;
    }
    if (EndIsKnown(found)) {
      Follow(found);
      return true;
    }
    const bool same = objective_.family().quadratic();
    const bool settled = found.decrement <= (objective_.exact() ? kExactlySettled : kSettled) * value;
    const Part part = !of_sample_ && (same || settled) ? Part::kGradient : Part::kHessian;
    const double slope = LargestOf(minimum_.at.gradient);
    CLIENTELE_ASSIGN_OR_RETURN(const bool moved,
                               TakeStep(objective_, found.step, found.decrement, options_.l1, part, minimum_));
    if (moved) {
      fresh_ = same || part == Part::kHessian;
      if (part == Part::kHessian) of_sample_ = false;
      minimum_.left_again = part == Part::kGradient ? kLeftAgain * LargestOf(minimum_.at.gradient) / slope : 1;
      return true;
    }
    if (!fresh_) {  // It may be the Hessian's fault.
      CLIENTELE_RETURN_IF_ERROR(Renew());
      return Iterate();
    }
    minimum_.converged = found.decrement <= 1e-6 * value;
    return false;
  }

  LinearObjective& objective_;
  const double rows_;
  const LinearFitOptions& options_;
  Journal& journal_;
  Minimum minimum_;
  bool fresh_ = false;      // The Hessian is that of where it stands.
  bool of_sample_ = false;  // It is a sample's.
};

}  // namespace

absl::StatusOr<Minimum> MinimiseByNewton(LinearObjective& objective, NewtonStart start, int64_t rows,
                                         const LinearFitOptions& options, MinimumWatch watch, Journal* journal) {
  Journal none;
  return Newton(objective, rows, options, journal == nullptr ? none : *journal).Run(std::move(start), watch);
}

}  // namespace clientele::training
