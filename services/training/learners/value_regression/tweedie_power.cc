#include "services/training/learners/value_regression/tweedie_power.h"

#include <array>
#include <cmath>
#include <utility>

#include "absl/functional/function_ref.h"
#include "common/base/status_macros.h"
#include "services/training/learners/linear/families.h"
#include "services/training/learners/value_regression/labels.h"
#include "services/training/learners/value_regression/row_fits.h"
#include "services/training/learners/value_regression/tweedie_density.h"

namespace clientele::training {
namespace {

constexpr int64_t kMostRows = 20'000;
constexpr double kPowerTolerance = 1e-3;
// Of the logarithm of the dispersion: how far from Pearson's it is looked for, and how closely.
constexpr double kDispersionReach = 2.5;
constexpr double kDispersionTolerance = 5e-3;

struct Maximum {
  double at = 0;
  double value = 0;
};

// Of a function with one peak in [lower, upper], to `tolerance`.
absl::StatusOr<Maximum> GoldenSection(double lower, double upper, double tolerance,
                                      absl::FunctionRef<absl::StatusOr<double>(double)> f) {
  constexpr double kGolden = 0.61803398874989484820;
  Maximum left{upper - kGolden * (upper - lower)}, right{lower + kGolden * (upper - lower)};
  CLIENTELE_ASSIGN_OR_RETURN(left.value, f(left.at));
  CLIENTELE_ASSIGN_OR_RETURN(right.value, f(right.at));
  while (upper - lower > tolerance) {
    if (left.value >= right.value) {
      upper = right.at;
      right = left;
      left.at = upper - kGolden * (upper - lower);
      CLIENTELE_ASSIGN_OR_RETURN(left.value, f(left.at));
    } else {
      lower = left.at;
      left = right;
      right.at = lower + kGolden * (upper - lower);
      CLIENTELE_ASSIGN_OR_RETURN(right.value, f(right.at));
    }
  }
  return left.value >= right.value ? left : right;
}

TrainingShard EveryKth(const TrainingMatrix& matrix, int s, int64_t first, int64_t k) {
  const int64_t p = matrix.num_dense(), c = static_cast<int64_t>(matrix.fields.size());
  const TrainingShard& shard = matrix.shards[s];
  RowReader reader(matrix);
  TrainingShard sample;
  for (int64_t i = first; i < shard.rows; i += k) {
    ++sample.rows;
    const RowReader::Rows row = reader.Read(s, i, 1);
    sample.values.insert(sample.values.end(), row.values, row.values + p);
    sample.categories.insert(sample.categories.end(), row.categories, row.categories + c);
    sample.labels.push_back(NotNegative(shard.labels[i]));
    if (!shard.weights.empty()) sample.weights.push_back(shard.weights[i]);
    if (!shard.offsets.empty()) sample.offsets.push_back(shard.offsets[i]);
  }
  return sample;
}

TrainingMatrix Sample(const TrainingMatrix& matrix, int64_t k) {
  TrainingMatrix sample;
  sample.columns = matrix.columns;
  sample.dense_columns = matrix.dense_columns;
  sample.fields = matrix.fields;
  for (int s = 0; s < kShardCount; ++s) sample.shards[s] = EveryKth(matrix, s, s % k, k);
  return sample;
}

class Profile {
 public:
  Profile(const ShardSums& sums, std::vector<double> start, const LinearFitOptions& options, int64_t rows)
      : sums_(sums), parameters_(std::move(start)), options_(options), rows_(rows) {}

  // The highest log-likelihood that the power allows.
  absl::StatusOr<double> LogLikelihood(double power) {
    const TweedieFamily family(power);
    CLIENTELE_ASSIGN_OR_RETURN(
        LinearFit fit, FitLinear(sums_, family, parameters_, rows_, options_, [](const LinearFit&) { return true; }));
    parameters_ = std::move(fit.parameters);  // The next power's optimum is near.
    CLIENTELE_RETURN_IF_ERROR(ComputeMeans());
    CLIENTELE_ASSIGN_OR_RETURN(const double pearson, PearsonDispersion(power));
    const double middle = std::log(pearson);
    CLIENTELE_ASSIGN_OR_RETURN(const Maximum best, GoldenSection(middle - kDispersionReach, middle + kDispersionReach,
                                                                 kDispersionTolerance, [&](double log_dispersion) {
                                                                   return SumLogs(power, std::exp(log_dispersion));
                                                                 }));
    return best.value;
  }

 private:
  struct Row {
    double value, mean, weight;
  };

  absl::Status ComputeMeans() {
    const RowFits fits(sums_.matrix(), parameters_);
    return sums_
        .Sum(1,
             [&](int s, absl::Span<double>) {
               means_[s].clear();
               fits.ForRows(s, [&](const FittedRow& row) {
                 if (row.weight > 0) means_[s].push_back({row.label, std::exp(row.fit), row.weight});
               });
             })
        .status();
  }

  absl::StatusOr<double> PearsonDispersion(double power) const {
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> totals, sums_.Sum(2, [&](int s, absl::Span<double> sum) {
      for (const Row& row : means_[s]) {
        sum[0] += row.weight * (row.value - row.mean) * (row.value - row.mean) / std::pow(row.mean, power);
        sum[1] += row.weight;
      }
    }));
    constexpr double kLeast = 1e-6;  // Values that are all as predicted.
    return std::max(totals[0] / totals[1], kLeast);
  }

  absl::StatusOr<double> SumLogs(double power, double dispersion) const {
    const TweedieDensity density(power, dispersion);
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> total, sums_.Sum(1, [&](int s, absl::Span<double> sum) {
      for (const Row& row : means_[s]) sum[0] += row.weight * density.Log(row.value, row.mean);
    }));
    return total[0];
  }

  const ShardSums& sums_;
  std::vector<double> parameters_;
  const LinearFitOptions& options_;
  const int64_t rows_;
  std::array<std::vector<Row>, kShardCount> means_;
};

}  // namespace

absl::StatusOr<double> FindTweediePower(const ShardSums& sums, std::vector<double> start, int64_t rows,
                                        const LinearFitOptions& options) {
  const int64_t k = (rows + kMostRows - 1) / kMostRows;
  const TrainingMatrix matrix = Sample(sums.matrix(), k);
  const ShardSums sample(matrix, sums.communicator(), sums.threads(), sums.stop());
  const int64_t sampled = (rows + k - 1) / k;
  LinearFitOptions sample_options = options;
  sample_options.l2 /= static_cast<double>(k);
  Profile profile(sample, std::move(start), sample_options, sampled);
  CLIENTELE_ASSIGN_OR_RETURN(const Maximum best,
                             GoldenSection(kLeastTweediePower, kMostTweediePower, kPowerTolerance,
                                           [&](double power) { return profile.LogLikelihood(power); }));
  return best.at;
}

}  // namespace clientele::training
