#include "services/training/learners/logistic_regression/separability.h"

#include <limits>

#include "common/base/status_macros.h"

namespace clientele::training {
namespace {

constexpr int kMostIterations = 30;
constexpr int kPatience = 3;              // Iterations before the loss must fall,
constexpr double kFallsAtLeast = 0.9;     // to this of itself each time.
constexpr int64_t kPlausibleErrors = 20;  // One wrong row in so many, at most; or
constexpr int64_t kFewRows = 2;           // so many rows a parameter, at most.

}  // namespace

absl::StatusOr<bool> IsSeparable(LogisticProblem& problem, const LinearFit& fit) {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t wrong, problem.CountMisclassified(fit.parameters));
  if (wrong == 0) return true;
  const bool plausible =
      wrong * kPlausibleErrors <= problem.rows() || problem.rows() <= kFewRows * problem.num_parameters();
  if (!plausible) return false;
  bool separated = false;
  double before = std::numeric_limits<double>::infinity();
  absl::Status status;
  const auto watch = [&](const LinearFit& at) {
    const absl::StatusOr<int64_t> still_wrong = problem.CountMisclassified(at.parameters);
    status = still_wrong.status();
    separated = status.ok() && *still_wrong == 0;
    const bool falls = at.objective <= kFallsAtLeast * before || at.iterations < kPatience;
    before = at.objective;
    return status.ok() && !separated && falls;
  };
  CLIENTELE_RETURN_IF_ERROR(problem.Fit({}, fit.parameters, kMostIterations, watch).status());
  CLIENTELE_RETURN_IF_ERROR(status);
  return separated;
}

}  // namespace clientele::training
