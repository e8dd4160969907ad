#include "services/training/learners/linear/newton_cg.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "services/training/learners/linear/minimum_state.h"

namespace clientele::training {
namespace {

using Part = LinearObjective::Part;

constexpr int kMostProducts = 250;

class NewtonCg {
 public:
  NewtonCg(LinearObjective& objective, int64_t rows, const LinearFitOptions& options, Journal& journal)
      : objective_(objective), rows_(static_cast<double>(rows)), options_(options), journal_(journal) {}

  absl::StatusOr<Minimum> Run(std::vector<double> start, MinimumWatch watch) {
    CLIENTELE_RETURN_IF_ERROR(FindWholeFields());
    CLIENTELE_RETURN_IF_ERROR(Begin(std::move(start)));
    while (true) {
      minimum_.gradient_norm = LargestOf(minimum_.at.gradient) / rows_;
      minimum_.converged = minimum_.gradient_norm <= options_.gradient_tolerance;
      if (!watch(minimum_) || minimum_.converged || minimum_.iterations >= options_.max_iterations) break;
      journal_.Note([this] { return ToStep(minimum_, objective_.exact(), first_norm_); });
      CLIENTELE_ASSIGN_OR_RETURN(const bool moved, Iterate());
      if (!moved) break;
      ++minimum_.iterations;
    }
    return std::move(minimum_);
  }

 private:
  absl::Status Begin(std::vector<double> start) {
    if (const v1::CheckpointStep* running = journal_.Resume()) {
      minimum_ = FromState(running->newton());
      first_norm_ = running->newton().first_gradient_norm();
      return absl::OkStatus();
    }
    minimum_.parameters = std::move(start);
    CentreFields();
    CLIENTELE_ASSIGN_OR_RETURN(minimum_.at, objective_.Evaluate(minimum_.parameters, Part::kDiagonal));
    first_norm_ = LargestOf(minimum_.at.gradient) / rows_;
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Iterate() {
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> step, SolveModel());
    const double decrement = DotProduct(minimum_.at.gradient, step);
    const double value = std::abs(minimum_.at.value);
    if (decrement <= 1e-3 * kRounding * value) {
      minimum_.converged = true;
      return false;
    }
    CLIENTELE_ASSIGN_OR_RETURN(const bool moved,
                               TakeStep(objective_, step, decrement, /*l1=*/0, Part::kDiagonal, minimum_));
    if (!moved) minimum_.converged = decrement <= 1e-6 * value;
    if (moved) CentreFields();
    return moved;
  }

  // H step = gradient, until the residual is small beside the gradient: the smaller the gradient, the smaller.
  absl::StatusOr<std::vector<double>> SolveModel() const {
    const std::vector<double>& gradient = minimum_.at.gradient;
    std::vector<double> step(gradient.size(), 0.0), residual = gradient;
    std::vector<double> preconditioned = Preconditioned(residual);
    std::vector<double> direction = preconditioned;
    double rho = DotProduct(residual, preconditioned);
    const double ratio = first_norm_ > 0 ? minimum_.gradient_norm / first_norm_ : 0;
    const double target = std::min(0.1, std::sqrt(ratio)) * std::min(0.1, std::sqrt(ratio)) * rho;
    for (int product = 0; product < kMostProducts && rho > target && rho > 0; ++product) {
      CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> curved, objective_.Multiply(direction));
      const double curvature = DotProduct(direction, curved);
      if (!(curvature > 0)) return product == 0 ? preconditioned : step;
      const double length = rho / curvature;
      for (size_t i = 0; i < step.size(); ++i) {
        step[i] += length * direction[i];
        residual[i] -= length * curved[i];
      }
      preconditioned = Preconditioned(residual);
      const double next = DotProduct(residual, preconditioned);
      for (size_t i = 0; i < step.size(); ++i) direction[i] = preconditioned[i] + next / rho * direction[i];
      rho = next;
    }
    return step;
  }

  std::vector<double> Preconditioned(const std::vector<double>& residual) const {
    std::vector<double> result(residual.size());
    for (size_t i = 0; i < result.size(); ++i) {
      result[i] = minimum_.at.diagonal[i] > 0 ? residual[i] / minimum_.at.diagonal[i] : 0;
    }
    return result;
  }

  // Fields of which every row has a category.
  absl::Status FindWholeFields() {
    const TrainingMatrix& matrix = objective_.sums().matrix();
    const int fields = static_cast<int>(matrix.fields.size());
    if (fields == 0) return absl::OkStatus();
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> absent,
                               objective_.sums().Sum(fields, [&](int s, absl::Span<double> result) {
                                 const uint16_t* category = matrix.shards[s].categories.data();
                                 for (int64_t i = 0; i < matrix.shards[s].rows; ++i) {
                                   for (int f = 0; f < fields; ++f) result[f] += *category++ == kNoCategory;
                                 }
                               }));
    for (int f = 0; f < fields; ++f) {
      if (absent[f] == 0) whole_fields_.push_back(f);
    }
    return absl::OkStatus();
  }

  // The fits stay as they are; the penalty and its part of value and gradient follow.
  void CentreFields() {
    const TrainingMatrix& matrix = objective_.sums().matrix();
    const int64_t width = objective_.order().size();
    double fallen = 0;  // Of the sum of squares.
    for (int h = 0; h < objective_.heads(); ++h) {
      double* head = minimum_.parameters.data() + h * width;
      for (const int f : whole_fields_) {
        double* block = head + objective_.order().FieldBegin(f);
        const int columns = matrix.fields[f].columns;
        double mean = 0;
        for (int i = 0; i < columns; ++i) mean += block[i] / columns;
        for (int i = 0; i < columns; ++i) block[i] -= mean;
        head[width - 1] += mean;
        fallen += mean * mean * columns;
        if (minimum_.at.gradient.empty()) continue;
        double* gradient = minimum_.at.gradient.data() + (block - minimum_.parameters.data());
        for (int i = 0; i < columns; ++i) gradient[i] -= objective_.l2() * mean;
      }
    }
    minimum_.at.value -= objective_.l2() / 2 * fallen;
  }

  LinearObjective& objective_;
  const double rows_;
  const LinearFitOptions& options_;
  Journal& journal_;
  std::vector<int> whole_fields_;
  double first_norm_ = 0;
  Minimum minimum_;
};

}  // namespace

absl::StatusOr<Minimum> MinimiseByNewtonCg(LinearObjective& objective, std::vector<double> start, int64_t rows,
                                           const LinearFitOptions& options, MinimumWatch watch, Journal* journal) {
  Journal none;
  return NewtonCg(objective, rows, options, journal == nullptr ? none : *journal).Run(std::move(start), watch);
}

}  // namespace clientele::training
