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
constexpr int kSampleStride = 32;         // Shards of which one tells whether that can be,
constexpr int64_t kSampledRows = 1000;    // if it has so many rows.

}  // namespace

absl::StatusOr<bool> IsSeparable(LogisticProblem& problem, const LinearFit& fit) {
  const bool few = problem.rows() <= kFewRows * problem.num_parameters();
  const auto plausible = [&](const LogisticProblem::Misclassified& found) {
    return few || found.wrong * kPlausibleErrors <= found.rows;
  };
  CLIENTELE_ASSIGN_OR_RETURN(const auto sampled, problem.CountMisclassified(fit.parameters, kSampleStride));
  if (sampled.rows >= kSampledRows && !plausible(sampled)) return false;
  CLIENTELE_ASSIGN_OR_RETURN(const auto found, problem.CountMisclassified(fit.parameters, 1));
  if (found.wrong == 0) return true;
  if (!plausible(found)) return false;
  bool separated = false;
  double before = std::numeric_limits<double>::infinity();
  absl::Status status;
  const auto watch = [&](const LinearFit& at) {
    const auto now = problem.CountMisclassified(at.parameters, 1);
    status = now.status();
    separated = status.ok() && now->wrong == 0;
    const bool falls = at.objective <= kFallsAtLeast * before || at.iterations < kPatience;
    before = at.objective;
    return status.ok() && !separated && falls;
  };
  CLIENTELE_RETURN_IF_ERROR(problem.Fit({}, fit.parameters, kMostIterations, watch).status());
  CLIENTELE_RETURN_IF_ERROR(status);
  return separated;
}

}  // namespace clientele::training
