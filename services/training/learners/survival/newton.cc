#include "services/training/learners/survival/newton.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/base/status_macros.h"
#include "services/training/learners/symmetric_system.h"

namespace clientele::training::survival {
namespace {

constexpr double kLeastPivot = 1e-11;  // Of a unit diagonal.
constexpr double kConverged = 1e-18;   // Of the promised gain, against the likelihood.
constexpr double kNearlyConverged = 1e-8;
constexpr double kQuadratic = 0.01;  // A step that is Newton's best leaves less than this of the promised gain.
constexpr double kFarStep = 0.05;    // Of a parameter, in standard deviations of its column.
constexpr int kMostHalvings = 40;

// The indices of parameters that the information determines, rising.
std::vector<int> DeterminedOf(const std::vector<double>& information, int p) {
  std::vector<int> kept;
  std::vector<std::vector<double>> factor;  // Rows of the Cholesky factor of the kept ones.
  for (int j = 0; j < p; ++j) {
    const double diagonal = information[j * p + j];
    if (!(diagonal > 0)) continue;
    std::vector<double> row(kept.size() + 1);
    double pivot = 1;
    for (size_t k = 0; k < kept.size(); ++k) {
      const int other = kept[k];
      double sum = information[j * p + other] / std::sqrt(diagonal * information[other * p + other]);
      for (size_t m = 0; m < k; ++m) sum -= row[m] * factor[k][m];
      row[k] = sum / factor[k][k];
      pivot -= row[k] * row[k];
    }
    if (!(pivot > kLeastPivot)) continue;
    row.back() = std::sqrt(pivot);
    kept.push_back(j);
    factor.push_back(std::move(row));
  }
  return kept;
}

std::vector<int> Others(const std::vector<int>& kept, int p) {
  std::vector<int> others;
  for (int j = 0; j < p; ++j) {
    if (!std::binary_search(kept.begin(), kept.end(), j)) others.push_back(j);
  }
  return others;
}

SymmetricSystem SystemOf(const std::vector<double>& information, int p, const std::vector<int>& kept) {
  std::vector<double> part;
  part.reserve(kept.size() * kept.size());
  for (const int i : kept) {
    for (const int j : kept) part.push_back(information[i * p + j]);
  }
  return SymmetricSystem(part, static_cast<int>(kept.size()));
}

// What the next step is, and the gain it promises (twice).
struct Step {
  std::vector<double> by;  // [p]; 0 for parameters not determined.
  double gain = 0;
};

Step StepOf(const Derivatives& here, const std::vector<int>& kept) {
  const int p = static_cast<int>(here.gradient.size());
  Step step;
  step.by.assign(p, 0);
  if (kept.empty()) return step;
  std::vector<double> gradient;
  for (const int j : kept) gradient.push_back(here.gradient[j]);
  const std::vector<double> solution = SystemOf(here.information, p, kept).Solve(gradient);
  for (size_t k = 0; k < kept.size(); ++k) {
    step.by[kept[k]] = solution[k];
    step.gain += solution[k] * gradient[k];
  }
  return step;
}

// Parameters whose step is still long, in units in which the start's information of one event is 1.
std::vector<int> LongSteps(const Step& step, const Derivatives& start, int p) {
  double largest = 0;
  std::vector<double> lengths(p, 0);
  for (int j = 0; j < p; ++j) {
    lengths[j] = std::abs(step.by[j]) * std::sqrt(std::max(start.information[j * p + j], 0.0));
    largest = std::max(largest, lengths[j]);
  }
  std::vector<int> far;
  for (int j = 0; j < p; ++j) {
    if (largest > 0 && lengths[j] > kFarStep * largest) far.push_back(j);
  }
  return far;
}

}  // namespace

double QuadraticForm(const Derivatives& derivatives, absl::Span<const int> undetermined) {
  const int p = static_cast<int>(derivatives.gradient.size());
  return StepOf(derivatives, Others({undetermined.begin(), undetermined.end()}, p)).gain;
}

absl::StatusOr<NewtonResult> Maximise(Objective objective, std::vector<double> start, int max_iterations) {
  const int p = static_cast<int>(start.size());
  NewtonResult result;
  result.at = std::move(start);
  CLIENTELE_ASSIGN_OR_RETURN(result.start, objective(result.at));
  result.end = result.start;
  const std::vector<int> kept = DeterminedOf(result.start.information, p);
  result.undetermined = Others(kept, p);
  double gain_before = std::numeric_limits<double>::infinity();
  Step step = StepOf(result.end, kept);
  while (true) {
    const double scale = std::max(std::abs(result.end.value), 1.0);
    result.converged = step.gain <= kConverged * scale;
    if (result.converged || result.iterations == max_iterations) break;
    if (step.gain < kNearlyConverged && step.gain > kQuadratic * gain_before) {
      result.unbounded = LongSteps(step, result.start, p);
      break;
    }
    ++result.iterations;
    gain_before = step.gain;
    double length = 1;
    bool moved = false;
    for (int halving = 0; halving < kMostHalvings && !moved; ++halving, length /= 2) {
      std::vector<double> to = result.at;
      for (int j = 0; j < p; ++j) to[j] += length * step.by[j];
      CLIENTELE_ASSIGN_OR_RETURN(Derivatives there, objective(to));
      moved = there.value >= result.end.value - 1e-13 * scale;
      if (!moved) continue;
      result.at = std::move(to);
      result.end = std::move(there);
    }
    if (!moved) break;  // Rounding hides what is left to gain.
    step = StepOf(result.end, kept);
  }
  double squares = 0;
  for (const double slope : result.end.gradient) squares += slope * slope;
  result.gradient_norm = std::sqrt(squares);
  result.covariance.assign(static_cast<size_t>(p) * p, 0);
  if (kept.empty()) return result;
  const std::vector<double> inverse = SystemOf(result.end.information, p, kept).Inverse();
  for (size_t i = 0; i < kept.size(); ++i) {
    for (size_t j = 0; j < kept.size(); ++j) result.covariance[kept[i] * p + kept[j]] = inverse[i * kept.size() + j];
  }
  return result;
}

}  // namespace clientele::training::survival
