#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/category_counts.h"
#include "common/model/number_transform.h"
#include "common/model/preprocessing.h"
#include "common/model/quantile.h"

namespace clientele::model {
namespace {

using dataset::Dataset;
using dataset::RowSelection;
using v1::FeaturePreprocessing;
using v1::FittedCategory;
using v1::FittedFeature;
using v1::FittedNumber;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// As many float32 as a cache line holds: a batch of columns is gathered in one pass over the rows.
constexpr int kBatchColumns = 16;

// Where each shard's training rows begin in a gathered column, and the end after the last.
using ShardStarts = std::array<int64_t, kShardCount + 1>;

ShardStarts StartsOf(const RowSelection& training) {
  ShardStarts starts{};
  for (int s = 0; s < kShardCount; ++s) starts[s + 1] = starts[s] + training.count(s);
  return starts;
}

// sum of f(value) over the column: inside each shard in row order, then over the shards in order.
template <typename T, typename F>
double SumByShards(const std::vector<T>& column, const ShardStarts& starts, F f) {
  double total = 0;
  for (int s = 0; s < kShardCount; ++s) {
    double sum = 0;
    for (int64_t i = starts[s]; i < starts[s + 1]; ++i) sum += f(column[i]);
    total += sum;
  }
  return total;
}

struct Moments {
  double mean = 0;
  double deviation = 0;  // Population.
  bool constant = true;
};

// Of the values that are not NaN, `count` of them. A constant's mean is the constant itself, to the bit.
template <typename T>
Moments MomentsOf(const std::vector<T>& column, const ShardStarts& starts, int64_t count) {
  if (count == 0) return {};
  double lowest = kInfinity, highest = -kInfinity;
  for (const double value : column) {
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  if (lowest == highest) return {.mean = lowest};
  const auto n = static_cast<double>(count);
  const double mean = SumByShards(column, starts, [](double v) { return std::isnan(v) ? 0.0 : v; }) / n;
  const double squares = SumByShards(column, starts, [mean](double v) {
    return std::isnan(v) ? 0.0 : (v - mean) * (v - mean);
  });
  return {.mean = mean, .deviation = std::sqrt(squares / n), .constant = false};
}

double ImputedValue(const FeaturePreprocessing& settings, std::vector<float>& present, double mean) {
  if (settings.imputation() == FeaturePreprocessing::IMPUTATION_CONSTANT) return settings.constant();
  if (present.empty()) return 0;
  return settings.imputation() == FeaturePreprocessing::IMPUTATION_MEAN ? mean : Quantile(present, 0.5);
}

FittedNumber FitNumber(const FeaturePreprocessing& settings, const std::vector<float>& column,
                       const ShardStarts& starts) {
  std::vector<float> present;
  present.reserve(column.size());
  std::copy_if(column.begin(), column.end(), std::back_inserter(present), [](float v) { return !std::isnan(v); });
  const auto rows = static_cast<int64_t>(column.size());
  const auto missing = rows - static_cast<int64_t>(present.size());

  FittedNumber fitted;
  const Moments own = MomentsOf(column, starts, rows - missing);
  fitted.set_training_mean(own.mean);
  fitted.set_training_deviation(own.deviation);
  fitted.set_missing_share(static_cast<double>(missing) / static_cast<double>(rows));
  fitted.set_imputed_value(ImputedValue(settings, present, own.mean));
  double lower = -kInfinity, upper = kInfinity;
  if (settings.winsorise_quantile() > 0 && !present.empty()) {
    lower = Quantile(present, settings.winsorise_quantile());
    upper = std::max(lower, Quantile(present, 1 - settings.winsorise_quantile()));
    fitted.set_lower(lower);
    fitted.set_upper(upper);
  }
  fitted.set_log1p(settings.log1p());
  // Where every row is missing, or none, the indicator would say nothing.
  fitted.set_missing_indicator(settings.missing_indicator() && missing > 0 && missing < rows);

  std::vector<double> transformed(column.size());
  for (size_t i = 0; i < column.size(); ++i) {
    const double value = std::isnan(column[i]) ? fitted.imputed_value() : static_cast<double>(column[i]);
    transformed[i] = CutAndLog(value, lower, upper, settings.log1p());
  }
  const Moments moments = MomentsOf(transformed, starts, rows);
  const bool scaled = settings.scaling() == FeaturePreprocessing::SCALING_STANDARDISE;
  fitted.set_mean(scaled ? moments.mean : 0);
  fitted.set_scale(scaled && !moments.constant ? 1 / moments.deviation : 1);
  fitted.set_encoded_mean(scaled ? 0 : moments.mean);
  return fitted;
}

FittedCategory FitCategory(const FeaturePreprocessing& settings, const CategoryCounts& counts) {
  std::vector<std::pair<absl::string_view, int64_t>> kept(counts.by_text.begin(), counts.by_text.end());
  int64_t other = 0;
  const auto most = static_cast<size_t>(settings.max_categories());
  FittedCategory fitted;
  fitted.set_has_other(kept.size() > most);
  if (fitted.has_other()) {
    // Stable: of equally frequent ones the first in byte order stay.
    std::stable_sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    for (size_t i = most; i < kept.size(); ++i) other += kept[i].second;
    kept.resize(most);
    std::sort(kept.begin(), kept.end());
  }
  const auto share = [&](int64_t count) { return static_cast<double>(count) / static_cast<double>(counts.rows); };
  for (const auto& [text, count] : kept) {
    fitted.add_categories(std::string(text));
    fitted.add_shares(share(count));
  }
  if (fitted.has_other()) fitted.add_shares(share(other));
  fitted.set_has_missing(counts.missing > 0);
  if (fitted.has_missing()) fitted.add_shares(share(counts.missing));
  fitted.set_drop_first(settings.drop_first_category() && !kept.empty());
  return fitted;
}

int WidthOf(const FittedFeature& feature) {
  if (feature.has_number()) return feature.number().missing_indicator() ? 2 : 1;
  const FittedCategory& category = feature.category();
  return category.categories_size() - (category.drop_first() ? 1 : 0) + (category.has_other() ? 1 : 0) +
         (category.has_missing() ? 1 : 0);
}

// A feature that is to be fitted: its place in the result and its column in the dataset.
struct Task {
  FittedFeature* fitted;
  FeaturePreprocessing settings;
  int index;
};

// The number columns of `tasks` over the training rows, in one pass.
std::vector<std::vector<float>> GatherNumbers(const Dataset& dataset, const RowSelection& training,
                                              const ShardStarts& starts, absl::Span<const Task> tasks, int threads) {
  std::vector<std::vector<float>> columns(tasks.size(), std::vector<float>(starts[kShardCount]));
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (int s = 0; s < kShardCount; ++s) {
    const dataset::Shard& shard = dataset.shards[s];
    int64_t to = starts[s];
    for (int64_t row = 0; row < shard.rows; ++row) {
      if (!training.Has(s, row)) continue;
      const float* numbers = shard.numbers.data() + row * dataset.number_columns;
      for (size_t t = 0; t < tasks.size(); ++t) columns[t][to] = numbers[tasks[t].index];
      ++to;
    }
  }
  return columns;
}

void FitNumbers(const Dataset& dataset, const RowSelection& training, absl::Span<const Task> tasks, int threads) {
  const ShardStarts starts = StartsOf(training);
  for (size_t first = 0; first < tasks.size(); first += kBatchColumns) {
    const absl::Span<const Task> batch = tasks.subspan(first, kBatchColumns);
    const auto columns = GatherNumbers(dataset, training, starts, batch, threads);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (size_t t = 0; t < batch.size(); ++t) {
      *batch[t].fitted->mutable_number() = FitNumber(batch[t].settings, columns[t], starts);
    }
  }
}

void FitCategories(const Dataset& dataset, const RowSelection& training, absl::Span<const Task> tasks, int threads) {
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (size_t t = 0; t < tasks.size(); ++t) {
    const Task& task = tasks[t];
    *task.fitted->mutable_category() = FitCategory(task.settings, CountCategories(dataset, training, task.index));
  }
}

}  // namespace

absl::StatusOr<v1::Preprocessing> FitPreprocessing(const Dataset& dataset, const RowSelection& training,
                                                   const v1::PreprocessingSpec& spec, int threads) {
  if (training.count() == 0) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kDataNotReady, "there is no row to train on");
  }
  v1::Preprocessing result;
  const std::vector<int> inputs = InputColumns(dataset);
  for (size_t i = 0; i < inputs.size(); ++i) result.add_features();
  std::vector<Task> numbers, categories;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string& name = dataset.header.columns(inputs[i]).feature().name();
    result.mutable_features(static_cast<int>(i))->set_feature(name);
    const dataset::ColumnPlace& place = dataset.places[inputs[i]];
    Task task = {result.mutable_features(static_cast<int>(i)), ResolvePreprocessing(spec, name), place.index};
    (place.is_category ? categories : numbers).push_back(std::move(task));
  }
  FitNumbers(dataset, training, numbers, threads);
  FitCategories(dataset, training, categories, threads);
  int columns = 0;
  for (const FittedFeature& feature : result.features()) columns += WidthOf(feature);
  if (columns == 0) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kDataNotReady,
                 "the features give no column to learn from: every category is the same for all customers");
  }
  result.set_num_columns(columns);
  return result;
}

}  // namespace clientele::model
