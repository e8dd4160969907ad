// The penalised loss of a linear model over all rows, and its derivatives.
//
// Notation: n rows, d columns, H heads, D = d + 1 parameters a head in the engine's order (row_tile.h).
//
// Everything is told in centred columns: parameters are those of columns x - centre, so that the intercept is the fit of
// a row at the centre and the Hessian is well conditioned wherever the data lie. The coefficients are the same either way.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/training/learners/linear/family.h"
#include "services/training/learners/linear/row_tile.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

// One thread of a rank uses it.
class LinearObjective {
 public:
  // What an evaluation computes beside the loss: the gradient too; and the Hessian's diagonal, keeping every row's curvatures
  // for Multiply; or the whole Hessian. Cost: O(n H d), kHessian O(n (H d)^2).
  enum class Part { kLoss, kGradient, kDiagonal, kHessian };

  struct Value {
    double loss = 0;                 // Sum of weighted losses.
    double pearson = 0;              // Sum of weighted Pearson's; with a gradient, of a dispersed family.
    double value = 0;                // And l2 / 2 |coefficients|^2.
    std::vector<double> gradient;    // [H D], of value.
    std::vector<double> diagonal;    // [H D], of the Hessian.
    std::vector<double> hessian;     // [H D x H D]
  };

  // Adds up one shard of every `stride` alone: 1 is all rows. `sums` and `family` must outlive it. With `exact` the
  // Hessian is summed in float64 throughout; else in float32 inside a tile. Errors: those of `sums`.
  static absl::StatusOr<LinearObjective> Create(const ShardSums& sums, const Family& family, double l2, int stride,
                                                bool exact);

  // INVALID_ARGUMENT with UnfitValues; it looks when it first computes more than the loss.
  absl::StatusOr<Value> Evaluate(absl::Span<const double> parameters, Part part);
  // The Hessian where a diagonal was last evaluated, times `direction` [H D]. Memory: 8 H (H + 1) / 2 bytes a row.
  absl::StatusOr<std::vector<double>> Multiply(absl::Span<const double> direction) const;

  // The same parameters of columns as they are, and back.
  std::vector<double> Uncentred(std::vector<double> parameters) const;
  std::vector<double> Centred(std::vector<double> parameters) const;

  // [D], 0 for fields and the intercept.
  std::vector<double> CentreInModelOrder() const;

  const ParameterOrder& order() const { return order_; }
  int heads() const { return heads_; }
  int size() const { return heads_ * order_.size(); }  // H D
  double Penalty(absl::Span<const double> parameters) const;  // l2 / 2 |coefficients|^2
  bool IsIntercept(int parameter) const { return (parameter + 1) % order_.size() == 0; }
  double l2() const { return l2_; }
  const Family& family() const { return *family_; }
  bool exact() const { return exact_; }
  void set_exact() { exact_ = true; }
  const ShardSums& sums() const { return *sums_; }

 private:
  struct Scratch;

  LinearObjective(const ShardSums& sums, const Family& family, double l2, int stride, bool exact);
  absl::Status FindCentre();

  const TrainingMatrix& matrix() const { return sums_->matrix(); }
  int pairs() const { return heads_ * (heads_ + 1) / 2; }
  int64_t Width(Part part) const;
  void EvaluateShard(const std::vector<double>& raw, Part part, int s, Scratch& scratch, absl::Span<double> result);
  void MultiplyShard(const std::vector<double>& raw, int s, absl::Span<double> result) const;
  // From the gradient of columns as they are to that of centred ones.
  void CentreGradient(std::vector<double>& gradient) const;
  void FillFits(const RowTile& tile, const TrainingShard& shard, const std::vector<double>& raw, Scratch& scratch) const;
  void EvaluateTile(const RowTile& tile, const TrainingShard& shard, const std::vector<double>& raw, bool loss_alone,
                    Scratch& scratch) const;
  void AddDiagonal(const RowTile& tile, const Scratch& scratch, double* result) const;
  Value Assemble(absl::Span<const double> parameters, Part part, absl::Span<const double> totals) const;

  const ShardSums* sums_;
  const Family* family_;
  ParameterOrder order_;
  int heads_;
  int dense_;  // p
  double l2_;
  int stride_;
  bool exact_;
  bool checked_ = false;  // All values are fit to learn from.
  std::vector<float> centre_;                     // [p]
  std::vector<std::vector<double>> curvatures_;   // By shard: [pairs x rows], tile by tile.
};

}  // namespace clientele::training
