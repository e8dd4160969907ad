#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/dataset/columns.h"
#include "common/dataset/order_statistics.h"
#include "common/dataset/part_sums.h"
#include "common/model/category_counts.h"
#include "common/model/number_transform.h"
#include "common/model/preprocessing.h"
#include "common/model/quantile.h"

namespace clientele::model {
namespace {

using dataset::Dataset;
using dataset::Parts;
using dataset::RowSelection;
using v1::FeaturePreprocessing;
using v1::FittedCategory;
using v1::FittedFeature;
using v1::FittedNumber;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Moments {
  double count = 0;
  double mean = 0;
  double deviation = 0;  // Population.
  double lowest = kInfinity, highest = -kInfinity;

  bool constant() const { return count == 0 || lowest == highest; }
  void Take(const Moments& later) {
    if (later.lowest < lowest) lowest = later.lowest;
    if (later.highest > highest) highest = later.highest;
  }
};

// The number columns of some tasks: what this part has of their training rows.
struct Batch {
  const Dataset& dataset;
  const dataset::Columns columns;
  const int threads;
  Parts& parts;

  size_t size() const { return columns.values.size(); }
};

// The sum over all parts of f(c, value) over each column c that is not left out.
template <typename F>
absl::StatusOr<std::vector<double>> SumColumns(const Batch& batch, const std::vector<bool>& left_out, F f) {
  return dataset::SumOverShards(
      batch.dataset, static_cast<int64_t>(batch.size()), batch.threads, batch.parts,
      [&](int s, absl::Span<double> sums) {
        for (size_t c = 0; c < batch.size(); ++c) {
          if (left_out[c]) continue;
          const float* values = batch.columns.values[c].data();
          double sum = 0;
          for (int64_t i = batch.columns.starts[s]; i < batch.columns.starts[s + 1]; ++i) sum += f(c, values[i]);
          sums[c] += sum;
        }
      });
}

// Of value(c, number) over each column c that is not left out; NaN does not count. A constant's mean is the constant
// itself, to the bit.
template <typename Value>
absl::StatusOr<std::vector<Moments>> MomentsOf(const Batch& batch, std::vector<bool> left_out, Value value) {
  std::vector<Moments> moments(batch.size());
#pragma omp parallel for num_threads(batch.threads) schedule(dynamic)
  for (size_t c = 0; c < batch.size(); ++c) {
    if (left_out[c]) continue;
    Moments of_column;
    for (const float number : batch.columns.values[c]) {
      const double v = value(c, number);
      if (std::isnan(v)) continue;
      of_column.count += 1;
      of_column.Take({.lowest = v, .highest = v});
    }
    moments[c] = of_column;
  }
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<Moments> of_parts,
                             dataset::AllGatherRows(std::move(moments), batch.parts));
  moments.assign(batch.size(), {});
  for (size_t i = 0; i < of_parts.size(); ++i) {
    moments[i % batch.size()].Take(of_parts[i]);
    moments[i % batch.size()].count += of_parts[i].count;
  }
  for (size_t c = 0; c < batch.size(); ++c) {
    if (moments[c].count > 0 && moments[c].constant()) moments[c].mean = moments[c].lowest;
    left_out[c] = left_out[c] || moments[c].constant();
  }
  const auto or_zero = [](double v) { return std::isnan(v) ? 0.0 : v; };
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> sums, SumColumns(batch, left_out, [&](size_t c, float number) {
                               return or_zero(value(c, number));
                             }));
  for (size_t c = 0; c < batch.size(); ++c) {
    if (!left_out[c]) moments[c].mean = sums[c] / moments[c].count;
  }
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> squares,
                             SumColumns(batch, left_out, [&](size_t c, float number) {
                               const double apart = value(c, number) - moments[c].mean;
                               return or_zero(apart * apart);
                             }));
  for (size_t c = 0; c < batch.size(); ++c) {
    if (!left_out[c]) moments[c].deviation = std::sqrt(squares[c] / moments[c].count);
  }
  return moments;
}

// What a feature's settings ask of the order of its values.
struct Quantiles {
  std::vector<double> asked;   // The median, then those where values are cut.
  std::vector<double> values;  // The same many; none where no value is there.
};

absl::Status FindQuantiles(const Batch& batch, const std::vector<Moments>& own, std::vector<Quantiles>& quantiles) {
  std::vector<std::vector<int64_t>> ranks(batch.size());
  for (size_t c = 0; c < batch.size(); ++c) {
    for (const double q : quantiles[c].asked) {
      if (own[c].count == 0) continue;
      const QuantilePlace place(static_cast<size_t>(own[c].count), q);
      ranks[c].push_back(static_cast<int64_t>(place.index));
      ranks[c].push_back(static_cast<int64_t>(place.index) + (place.weight == 0 ? 0 : 1));
    }
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto found,
                             dataset::OrderStatistics(batch.columns.values, ranks, batch.threads, batch.parts));
  for (size_t c = 0; c < batch.size(); ++c) {
    for (size_t i = 0; i < found[c].size(); i += 2) {
      const QuantilePlace place(static_cast<size_t>(own[c].count), quantiles[c].asked[i / 2]);
      const double below = found[c][i], above = found[c][i + 1];
      quantiles[c].values.push_back(place.weight == 0 ? below : below + place.weight * (above - below));
    }
  }
  return absl::OkStatus();
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

// What is known before numbers are cut and scaled.
void Describe(const FeaturePreprocessing& settings, const Moments& own, const Quantiles& quantiles, double rows,
              FittedNumber& fitted) {
  fitted.set_training_mean(own.mean);
  fitted.set_training_deviation(own.deviation);
  fitted.set_missing_share((rows - own.count) / rows);
  if (settings.imputation() == FeaturePreprocessing::IMPUTATION_CONSTANT) {
    fitted.set_imputed_value(settings.constant());
  } else if (own.count > 0) {
    const bool by_mean = settings.imputation() == FeaturePreprocessing::IMPUTATION_MEAN;
    fitted.set_imputed_value(by_mean ? own.mean : quantiles.values[0]);
  }
  if (settings.winsorise_quantile() > 0 && own.count > 0) {
    fitted.set_lower(quantiles.values[1]);
    fitted.set_upper(std::max(quantiles.values[1], quantiles.values[2]));
  }
  fitted.set_log1p(settings.log1p());
  // Where every row is missing, or none, the indicator would say nothing.
  fitted.set_missing_indicator(settings.missing_indicator() && own.count < rows && own.count > 0);
}

// From a number, or NaN, to what is scaled.
struct Transform {
  double imputed, lower, upper;
  bool log1p;

  double operator()(double value) const { return CutAndLog(std::isnan(value) ? imputed : value, lower, upper, log1p); }
};

// `tasks` are few enough to be read at once.
absl::Status FitBatch(const Dataset& dataset, const RowSelection& training, absl::Span<const Task> tasks, double rows,
                      int threads, Parts& parts) {
  std::vector<int> indices;
  std::vector<Quantiles> quantiles;
  for (const Task& task : tasks) {
    indices.push_back(task.index);
    const double cut = task.settings.winsorise_quantile();
    quantiles.push_back({cut > 0 ? std::vector{0.5, cut, 1 - cut} : std::vector{0.5}, {}});
  }
  const Batch batch = {dataset, dataset::ReadColumns(dataset, training, indices, threads), threads, parts};
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<Moments> own,
                             MomentsOf(batch, std::vector<bool>(batch.size()), [](size_t, double v) { return v; }));
  CLIENTELE_RETURN_IF_ERROR(FindQuantiles(batch, own, quantiles));
  std::vector<bool> as_they_are(batch.size());
  std::vector<Transform> transforms;
  for (size_t c = 0; c < batch.size(); ++c) {
    FittedNumber& fitted = *tasks[c].fitted->mutable_number();
    Describe(tasks[c].settings, own[c], quantiles[c], rows, fitted);
    as_they_are[c] = own[c].count == rows && !fitted.has_lower() && !fitted.log1p();
    transforms.push_back({fitted.imputed_value(), fitted.has_lower() ? fitted.lower() : -kInfinity,
                          fitted.has_upper() ? fitted.upper() : kInfinity, fitted.log1p()});
  }
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<Moments> transformed,
                             MomentsOf(batch, as_they_are, [&](size_t c, double v) { return transforms[c](v); }));
  for (size_t c = 0; c < batch.size(); ++c) {
    const Moments& moments = as_they_are[c] ? own[c] : transformed[c];
    const bool scaled = tasks[c].settings.scaling() == FeaturePreprocessing::SCALING_STANDARDISE;
    FittedNumber& fitted = *tasks[c].fitted->mutable_number();
    fitted.set_mean(scaled ? moments.mean : 0);
    fitted.set_scale(scaled && !moments.constant() ? 1 / moments.deviation : 1);
    fitted.set_encoded_mean(scaled ? 0 : moments.mean);
  }
  return absl::OkStatus();
}

absl::Status FitNumbers(const Dataset& dataset, const RowSelection& training, absl::Span<const Task> tasks,
                        int64_t rows, int threads, Parts& parts) {
  const size_t at_once = dataset::BatchOfAllRows(dataset, threads);
  for (size_t first = 0; first < tasks.size(); first += at_once) {
    CLIENTELE_RETURN_IF_ERROR(FitBatch(dataset, training, tasks.subspan(first, at_once), static_cast<double>(rows),
                                       threads, parts));
  }
  return absl::OkStatus();
}

absl::Status FitCategories(const Dataset& dataset, const RowSelection& training, absl::Span<const Task> tasks,
                           Parts& parts) {
  for (const Task& task : tasks) {
    CLIENTELE_ASSIGN_OR_RETURN(const CategoryCounts counts, CountCategories(dataset, training, task.index, parts));
    *task.fitted->mutable_category() = FitCategory(task.settings, counts);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Preprocessing> FitPreprocessing(const Dataset& dataset, const RowSelection& training,
                                                   const v1::PreprocessingSpec& spec, int threads, Parts& parts) {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t rows, dataset::SumCount(training.count(), parts));
  if (rows == 0) {
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
  CLIENTELE_RETURN_IF_ERROR(FitNumbers(dataset, training, numbers, rows, threads, parts));
  CLIENTELE_RETURN_IF_ERROR(FitCategories(dataset, training, categories, parts));
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
