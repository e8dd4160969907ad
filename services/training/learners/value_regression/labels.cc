#include "services/training/learners/value_regression/labels.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/value_regression/label_sums.h"

namespace clientele::training {
namespace {

using Parameters = model::v1::ValueRegressionParameters;

// Less is what rounding makes of equal values.
constexpr double kLeastLogDeviation = 1e-9;

double WeightOf(const TrainingShard& shard, int64_t row) { return shard.weights.empty() ? 1 : shard.weights[row]; }

double SumExposures(const TrainingShard& shard) {
  double sum = 0;
  for (int64_t i = 0; i < shard.rows; ++i) {
    if (WeightOf(shard, i) > 0) sum += WeightOf(shard, i) * std::exp(shard.offsets[i]);
  }
  return sum;
}

// Mean and deviation, over the values above 0.
absl::Status DescribeLogarithms(const ShardSums& sums, ValueLabels& labels) {
  const auto mean_of = [&](auto measure) -> absl::StatusOr<double> {
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> total, sums.Sum(1, [&](int s, absl::Span<double> sum) {
      const TrainingShard& shard = sums.matrix().shards[s];
      for (int64_t i = 0; i < shard.rows; ++i) {
        const double label = shard.labels[i], weight = WeightOf(shard, i);
        if (label > 0 && weight > 0) sum[0] += weight * measure(std::log(label));
      }
    }));
    return total[0] / labels.positive_weight;
  };
  CLIENTELE_ASSIGN_OR_RETURN(labels.log_mean, mean_of([](double log) { return log; }));
  CLIENTELE_ASSIGN_OR_RETURN(const double variance, mean_of([&](double log) {
    return (log - labels.log_mean) * (log - labels.log_mean);
  }));
  labels.log_deviation = std::sqrt(variance);
  return absl::OkStatus();
}

std::string FamilyName(model::ValueFamily family) { return Parameters::Family_Name(family); }

}  // namespace

absl::StatusOr<ValueLabels> DescribeLabels(const ShardSums& sums, bool logarithms) {
  enum { kRows, kNegative, kZero, kBelow, kAbove, kWeight, kTotal, kSize, kExposure, kPositiveWeight, kCount };
  const TrainingMatrix& matrix = sums.matrix();
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> totals, sums.Sum(kCount, [&](int s, absl::Span<double> sum) {
    const TrainingShard& shard = matrix.shards[s];
    const LabelSums of =
        SumLabels(shard.labels.data(), shard.weights.empty() ? nullptr : shard.weights.data(), shard.rows);
    sum[kRows] = of.rows;
    sum[kNegative] = of.negative;
    sum[kZero] = of.zero;
    sum[kBelow] = of.below;
    sum[kAbove] = of.above;
    sum[kWeight] = of.weight;
    sum[kTotal] = of.total;
    sum[kSize] = of.size;
    sum[kPositiveWeight] = of.positive_weight;
    sum[kExposure] = shard.offsets.empty() ? of.weight : SumExposures(shard);
  }));
  ValueLabels labels;
  labels.rows = static_cast<int64_t>(totals[kRows]);
  labels.negative = static_cast<int64_t>(totals[kNegative]);
  labels.zero = static_cast<int64_t>(totals[kZero]);
  if (totals[kAbove] > 0) labels.negative_share = totals[kBelow] / totals[kAbove];
  labels.weight = totals[kWeight];
  labels.positive_weight = totals[kPositiveWeight];
  if (labels.weight > 0) {
    labels.mean = totals[kTotal] / totals[kWeight];
    labels.mean_size = totals[kSize] / totals[kWeight];
  }
  if (totals[kExposure] > 0) labels.rate = totals[kTotal] / totals[kExposure];
  if (logarithms && labels.positive_weight > 0) CLIENTELE_RETURN_IF_ERROR(DescribeLogarithms(sums, labels));
  return labels;
}

absl::Status CheckLabels(const ValueLabels& labels, model::ValueFamily family) {
  if (labels.weight == 0) return NotReady("all weights are 0");
  if (!model::HasLogLink(family)) return absl::OkStatus();
  const std::string name = FamilyName(family);
  if (family == Parameters::FAMILY_GAMMA && labels.positive() < labels.rows) {
    return NotReady(absl::StrCat(labels.rows - labels.positive(), " of ", labels.rows, " values are 0 or less, and ",
                                 name, " takes values above 0; use FAMILY_TWEEDIE or FAMILY_HURDLE_GAMMA"));
  }
  if (labels.positive() == 0) return NotReady("no value is above 0: there is nothing to learn");
  if (family != Parameters::FAMILY_GAUSSIAN && labels.negative_share > kMostNegativeShare) {
    return NotReady(absl::StrCat(labels.negative, " of ", labels.rows, " values are below 0 (returns), by more than ",
                                 100 * kMostNegativeShare, " % of all value, and ", name,
                                 " takes 0 or more; use FAMILY_LEAST_SQUARES or FAMILY_GAUSSIAN"));
  }
  if (!(labels.rate > 0)) {
    return NotReady(absl::StrCat("the mean value is ", labels.mean, ", and a logarithm wants one above 0; use ",
                                 "FAMILY_LEAST_SQUARES with TARGET_PLAIN"));
  }
  if (!model::HasOccurrence(family)) return absl::OkStatus();
  if (labels.positive() == labels.rows) {
    return NotReady(absl::StrCat("no value is 0, and ", name, " learns whether there is any; use FAMILY_GAMMA"));
  }
  if (model::HasSpread(family) && labels.log_deviation < kLeastLogDeviation) {
    return NotReady(
        absl::StrCat("all values above 0 are equal, and ", name, " learns how they differ; use FAMILY_HURDLE_GAMMA"));
  }
  return absl::OkStatus();
}

}  // namespace clientele::training
