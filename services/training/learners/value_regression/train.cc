#include "services/training/learners/value_regression/train.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/portable_math.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/column_moments.h"
#include "services/training/learners/gram.h"
#include "services/training/learners/shard_sums.h"
#include "services/training/learners/symmetric_system.h"

namespace clientele::training {
namespace {

using model::v1::ValueRegressionModel;
using model::v1::ValueRegressionParameters;

class Ridge {
 public:
  Ridge(const ShardSums& sums, bool log1p, double l2)
      : sums_(sums), d_(sums.matrix().columns), log1p_(log1p), l2_(l2) {}

  absl::StatusOr<ValueRegressionModel> Train(bool smear, const LearnerProgress& progress) {
    CLIENTELE_ASSIGN_OR_RETURN(rows_, CheckRows(sums_, Labels::kNumber));
    if (rows_ < 2) return NotReady("a single row cannot train a regression");
    if (l2_ == 0 && rows_ <= d_ + 1) {
      return NotReady(absl::StrCat(rows_, " rows cannot determine ", d_ + 1,
                                   " parameters without a penalty; set l2_penalty above 0 or give more rows"));
    }
    Tell(progress, 0.1, "means");
    CLIENTELE_RETURN_IF_ERROR(ComputeMeans());
    Tell(progress, 0.3, "products of columns");
    CLIENTELE_RETURN_IF_ERROR(Solve());
    Tell(progress, 0.7, "residuals");
    return Finish(smear);
  }

 private:
  const TrainingMatrix& matrix() const { return sums_.matrix(); }
  double Target(double label) const { return log1p_ ? model::Log1p(std::max(label, 0.0)) : label; }

  absl::Status ComputeMeans() {
    CLIENTELE_ASSIGN_OR_RETURN(means_, ComputeColumnMoments(sums_, rows_));
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> target, sums_.Sum(1, [&](int s, absl::Span<double> result) {
      for (const double label : matrix().shards[s].labels) result[0] += Target(label);
    }));
    target_mean_ = target[0] / static_cast<double>(rows_);
    return absl::OkStatus();
  }

  // The normal equations of centred columns and target.
  absl::Status Solve() {
    const int width = d_ + 1;
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> packed,
                               sums_.Sum(PackedSize(width), [&](int s, absl::Span<double> result) { AddShard(s, result); }));
    std::vector<double> products(int64_t{width} * width);
    Unpack(packed.data(), width, products.data());
    gram_.resize(int64_t{d_} * d_);
    std::vector<double> right(d_);
    for (int i = 0; i < d_; ++i) {
      for (int j = 0; j < d_; ++j) gram_[int64_t{i} * d_ + j] = products[int64_t{i} * width + j];
      right[i] = products[int64_t{i} * width + d_];
      // A constant column has no effect, whatever rounding makes of it.
      if (means_.deviations[i] > 0) continue;
      right[i] = 0;
      for (int j = 0; j < d_; ++j) gram_[int64_t{i} * d_ + j] = gram_[int64_t{j} * d_ + i] = 0;
    }
    std::vector<double> penalised = gram_;
    for (int i = 0; i < d_; ++i) penalised[int64_t{i} * d_ + i] += l2_;
    const SymmetricSystem system(penalised, d_);
    coefficients_ = system.Solve(right);
    inverse_ = system.Inverse();
    intercept_ = target_mean_;
    for (int j = 0; j < d_; ++j) intercept_ -= coefficients_[j] * means_.means[j];
    return absl::OkStatus();
  }

  void AddShard(int s, absl::Span<double> result) const {
    const TrainingShard& shard = matrix().shards[s];
    const int width = d_ + 1;
    std::vector<double> block(static_cast<size_t>(kGramRows) * width, 0.0);
    for (int64_t first = 0; first < shard.rows; first += kGramRows) {
      double weights[kGramRows] = {};
      const int count = static_cast<int>(std::min<int64_t>(kGramRows, shard.rows - first));
      for (int r = 0; r < count; ++r) {
        weights[r] = 1;
        const float* row = shard.values.data() + (first + r) * d_;
        double* centred = block.data() + static_cast<size_t>(r) * width;
        for (int j = 0; j < d_; ++j) centred[j] = row[j] - means_.means[j];
        centred[d_] = Target(shard.labels[first + r]) - target_mean_;
      }
      AddGram(block.data(), weights, width, result.data());
    }
  }

  absl::StatusOr<ValueRegressionModel> Finish(bool smear) const {
    // Squared residuals, and their exponentials.
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> residuals, sums_.Sum(2, [&](int s, absl::Span<double> result) {
      const TrainingShard& shard = matrix().shards[s];
      for (int64_t i = 0; i < shard.rows; ++i) {
        double fit = intercept_;
        for (int j = 0; j < d_; ++j) fit += coefficients_[j] * shard.values[i * d_ + j];
        const double residual = Target(shard.labels[i]) - fit;
        result[0] += residual * residual;
        if (log1p_) result[1] += model::Exp(residual);
      }
    }));
    ValueRegressionModel model;
    model.set_target(log1p_ ? ValueRegressionParameters::TARGET_LOG1P : ValueRegressionParameters::TARGET_PLAIN);
    model.set_intercept(intercept_);
    model.set_smearing(log1p_ && smear ? residuals[1] / static_cast<double>(rows_) : 1);
    const int64_t freedom = rows_ > d_ + 1 ? rows_ - d_ - 1 : rows_;
    const double variance = residuals[0] / static_cast<double>(freedom);
    model.set_residual_deviation(std::sqrt(variance));
    double penalty = 0;
    for (const double coefficient : coefficients_) {
      model.add_coefficients(coefficient);
      penalty += coefficient * coefficient;
    }
    model.set_objective(residuals[0] + l2_ * penalty);
    for (int j = 0; j < d_; ++j) model.add_standard_errors(std::sqrt(variance * SandwichAt(j)));
    return model;
  }

  // Entry (j, j) of A^-1 X'X A^-1 with A = X'X + l2 I: the variance of a ridge coefficient, by that of the residuals.
  double SandwichAt(int j) const {
    const double* row = inverse_.data() + int64_t{j} * d_;
    double sum = 0;
    for (int a = 0; a < d_; ++a) {
      double inner = 0;
      for (int b = 0; b < d_; ++b) inner += gram_[int64_t{a} * d_ + b] * row[b];
      sum += row[a] * inner;
    }
    return std::max(sum, 0.0);
  }

  const ShardSums& sums_;
  const int d_;
  const bool log1p_;
  const double l2_;
  int64_t rows_ = 0;
  ColumnMoments means_;
  double target_mean_ = 0;
  std::vector<double> gram_;     // [d x d]
  std::vector<double> inverse_;  // [d x d], of the penalised one.
  std::vector<double> coefficients_;
  double intercept_ = 0;
};

}  // namespace

absl::Status ValidateValueRegression(const ValueRegressionParameters& parameters, absl::string_view field) {
  if (!ValueRegressionParameters::Target_IsValid(parameters.target())) {
    return InvalidField(absl::StrCat(field, ".target"),
                        absl::StrCat(static_cast<int>(parameters.target()), " is not TARGET_LOG1P or TARGET_PLAIN"));
  }
  if (parameters.has_l2_penalty() && !(parameters.l2_penalty() >= 0 && std::isfinite(parameters.l2_penalty()))) {
    return InvalidField(absl::StrCat(field, ".l2_penalty"),
                        absl::StrCat(parameters.l2_penalty(), " is not a finite number, 0 or more"));
  }
  if (parameters.no_smearing() && parameters.target() == ValueRegressionParameters::TARGET_PLAIN) {
    return InvalidField(absl::StrCat(field, ".no_smearing"), "goes with TARGET_LOG1P; TARGET_PLAIN has no smearing");
  }
  return absl::OkStatus();
}

absl::StatusOr<ValueRegressionModel> TrainValueRegression(const TrainingMatrix& matrix,
                                                          const ValueRegressionParameters& parameters, uint64_t,
                                                          Communicator& communicator, int threads, const StopToken& stop,
                                                          const LearnerProgress& progress) {
  const ShardSums sums(matrix, communicator, threads, stop);
  const bool log1p = parameters.target() != ValueRegressionParameters::TARGET_PLAIN;
  Ridge ridge(sums, log1p, parameters.has_l2_penalty() ? parameters.l2_penalty() : 10.0);
  absl::StatusOr<ValueRegressionModel> model = ridge.Train(!parameters.no_smearing(), progress);
  if (!model.ok()) {
    communicator.Abort(model.status());
    return model;
  }
  model->set_allow_negative(parameters.allow_negative());
  return model;
}

}  // namespace clientele::training
