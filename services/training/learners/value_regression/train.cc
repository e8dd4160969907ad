#include "services/training/learners/value_regression/train.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/value_regression/family.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/shard_sums.h"
#include "services/training/learners/value_regression/labels.h"
#include "services/training/learners/value_regression/least_squares.h"
#include "services/training/learners/value_regression/log_link.h"
#include "services/training/learners/value_regression/two_part.h"

namespace clientele::training {
namespace {

using model::v1::ValueRegressionModel;
using model::v1::ValueRegressionParameters;

absl::StatusOr<ValueRegressionModel> Train(const ShardSums& sums, const ValueRegressionParameters& parameters,
                                           const LearnerProgress& progress) {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t rows, CheckRows(sums, Labels::kNumber));
  if (rows < 2) return NotReady("a single row cannot train a regression");
  Tell(progress, 0.05, "values");
  CLIENTELE_ASSIGN_OR_RETURN(const ValueLabels labels, DescribeLabels(sums, model::HasOccurrence(parameters.family())));
  CLIENTELE_RETURN_IF_ERROR(CheckLabels(labels, parameters.family()));
  // Amounts are learnt from the rows that have any.
  const int64_t amounts = model::HasOccurrence(parameters.family()) ? labels.positive() : labels.rows;
  const int needed = sums.matrix().columns + 1;
  if (FitOptionsOf(parameters, 1).l2 == 0 && amounts <= needed) {
    return NotReady(absl::StrCat(amounts, " rows cannot determine ", needed,
                                 " parameters without a penalty; set l2_penalty above 0 or give more rows"));
  }
  if (!model::HasLogLink(parameters.family())) return TrainLeastSquares(sums, parameters, labels, progress);
  if (model::HasOccurrence(parameters.family())) return TrainTwoPart(sums, parameters, labels, progress);
  return TrainLogLink(sums, parameters, labels, progress);
}

}  // namespace

absl::StatusOr<ValueRegressionModel> TrainValueRegression(const TrainingMatrix& matrix,
                                                          const ValueRegressionParameters& parameters,
                                                          Communicator& communicator, int threads,
                                                          const StopToken& stop, const LearnerProgress& progress,
                                                          Journal* journal) {
  const ShardSums sums(matrix, communicator, threads, stop, journal);
  absl::StatusOr<ValueRegressionModel> model = Train(sums, parameters, progress);
  if (!model.ok()) communicator.Abort(model.status());
  return model;
}

}  // namespace clientele::training
