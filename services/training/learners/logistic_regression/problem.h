// The rows of a logistic regression and their fits: of all rows, or without those of a fold.
//
// A fold is a fixed hash of shard and row, so it is the same for any number of threads and ranks. Fitted without a
// fold, the penalties are scaled by the share of the weight that is left: they weigh as much a row as in the whole.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/model/v1/logistic_regression.pb.h"
#include "services/training/learners/class_weights.h"
#include "services/training/learners/linear/fit.h"
#include "services/training/learners/logistic_regression/scores.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

struct Penalties {
  double l1 = 0;
  double l2 = 0;
};

// Thread-compatible.
class LogisticProblem {
 public:
  static constexpr int kNoFold = -1;

  // Checks the rows and weights the classes. `sums` is of `matrix`; both must outlive it, and it alone changes the
  // weights in between. Errors: those of CheckRows; FAILED_PRECONDITION with DATA_NOT_READY where all labels are equal.
  static absl::StatusOr<LogisticProblem> Create(TrainingMatrix& matrix, const ShardSums& sums,
                                                const model::v1::LogisticRegressionParameters& parameters,
                                                const LearnerProgress& progress);

  // How many fits are to come: for the progress.
  void Expect(int fits) { expected_fits_ = fits; }

  // From here on fits are without the rows of `fold`. FAILED_PRECONDITION with DATA_NOT_READY: all others are alike.
  absl::Status LeaveOut(int fold);

  // Errors: those of FitLinear.
  absl::StatusOr<LinearFit> Fit(const Penalties& penalties, std::vector<double> start);
  absl::StatusOr<LinearFit> Fit(const Penalties& penalties, std::vector<double> start, int max_iterations,
                                LinearFitWatch watch);

  // Of the rows left out at `parameters`: sum of weighted losses, and of weights.
  struct Loss {
    double sum = 0;
    double weight = 0;
  };
  absl::StatusOr<Loss> LeftOutLoss(absl::Span<const double> parameters) const;

  // The log odds of each row by a fit without its fold.
  absl::StatusOr<RowValues> CrossFittedLogOdds(const Penalties& penalties, const std::vector<double>& start);

  // Of one shard of every `stride`: 1 is all rows.
  struct Misclassified {
    int64_t rows = 0;   // That count,
    int64_t wrong = 0;  // and lie on the wrong side of log odds 0, or on it. Without offsets.
  };
  absl::StatusOr<Misclassified> CountMisclassified(absl::Span<const double> parameters, int stride) const;

  int folds() const { return folds_; }
  int64_t rows() const { return totals_.all_rows(); }
  int num_parameters() const { return sums_->matrix().columns + 1; }
  const ShardSums& sums() const { return *sums_; }
  // As they came, without those of the classes.
  const RowValues& row_weights() const { return row_weights_; }

 private:
  LogisticProblem(TrainingMatrix& matrix, const ShardSums& sums, const LearnerProgress& progress)
      : matrix_(&matrix), sums_(&sums), progress_(progress) {}
  bool IsLeftOut(int shard, int64_t row) const;
  double WeightOf(int shard, int64_t row) const { return weights_[shard].empty() ? 1 : weights_[shard][row]; }

  TrainingMatrix* matrix_;
  const ShardSums* sums_;
  LearnerProgress progress_;
  ClassTotals totals_;
  RowValues row_weights_;  // None where all are 1.
  RowValues weights_;      // And those of the classes.
  double all_weight_ = 0;  // Their sum.
  int folds_ = 0;
  int left_out_ = kNoFold;
  double share_ = 1;  // Of the weight: what is not left out.
  int64_t fitted_rows_ = 0;
  int max_iterations_ = 100;
  double gradient_tolerance_ = 1e-9;
  int expected_fits_ = 1;
  int fits_ = 0;
};

}  // namespace clientele::training
