#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/model/artifact.h"
#include "common/model/category_counts.h"

namespace clientele::model {
namespace {

using dataset::Dataset;
using dataset::RowSelection;
using v1::FeatureHistogram;

constexpr size_t kBins = 20;
constexpr size_t kSample = 10'000;  // Enough values to place the edges by; the counts are of all rows.
constexpr size_t kMostCategories = 100;

std::vector<float> PresentNumbers(const Dataset& dataset, const RowSelection& selection, int index, int64_t& missing) {
  std::vector<float> values;
  for (int s = 0; s < kShardCount; ++s) {
    const dataset::Shard& shard = dataset.shards[s];
    for (int64_t row = 0; row < shard.rows; ++row) {
      if (!selection.Has(s, row)) continue;
      const float value = shard.numbers[row * dataset.number_columns + index];
      if (std::isnan(value)) {
        ++missing;
      } else {
        values.push_back(value);
      }
    }
  }
  return values;
}

// Rising. A few distinct values have a bin each; else the edges are quantiles, and a value that fills a whole bin gets
// one that ends at the next value.
std::vector<float> Edges(const std::vector<float>& values) {
  std::vector<float> sample;
  const size_t step = std::max<size_t>(1, values.size() / kSample);
  for (size_t i = 0; i < values.size(); i += step) sample.push_back(values[i]);
  std::sort(sample.begin(), sample.end());
  std::vector<float> edges;
  std::unique_copy(sample.begin(), sample.end(), std::back_inserter(edges));
  if (edges.size() <= kBins) {
    edges.push_back(std::nextafter(edges.back(), std::numeric_limits<float>::infinity()));
    return edges;
  }
  edges.clear();
  for (size_t i = 0; i <= kBins; ++i) {
    const float quantile = sample[(sample.size() - 1) * i / kBins];
    if (edges.empty() || quantile > edges.back()) {
      edges.push_back(quantile);
    } else if (quantile == edges.back()) {
      const auto next = std::upper_bound(sample.begin(), sample.end(), quantile);
      if (next != sample.end()) edges.push_back(*next);
    }
  }
  return edges;
}

void FillNumbers(const std::vector<float>& values, FeatureHistogram& histogram) {
  if (values.empty()) return;
  const std::vector<float> edges = Edges(values);
  std::vector<int64_t> counts(edges.size() - 1);
  for (const float value : values) {
    const auto above = std::upper_bound(edges.begin(), edges.end(), value) - edges.begin();
    ++counts[std::clamp<int64_t>(above - 1, 0, static_cast<int64_t>(counts.size()) - 1)];
  }
  histogram.mutable_edges()->Add(edges.begin(), edges.end());
  histogram.mutable_counts()->Add(counts.begin(), counts.end());
}

void FillCategories(CategoryCounts counts, FeatureHistogram& histogram) {
  histogram.set_missing(counts.missing);
  int64_t rest = 0;
  if (const auto empty = counts.by_text.find(""); empty != counts.by_text.end()) {
    rest = empty->second;
    counts.by_text.erase(empty);
  }
  std::vector<std::pair<absl::string_view, int64_t>> kept(counts.by_text.begin(), counts.by_text.end());
  std::stable_sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  for (size_t i = kMostCategories; i < kept.size(); ++i) rest += kept[i].second;
  if (kept.size() > kMostCategories) kept.resize(kMostCategories);
  std::sort(kept.begin(), kept.end());
  if (rest > 0) kept.emplace_back("", rest);
  for (const auto& [text, count] : kept) {
    histogram.add_categories(std::string(text));
    histogram.add_counts(count);
  }
}

}  // namespace

absl::StatusOr<std::vector<FeatureHistogram>> ComputeHistograms(const Dataset& dataset, const RowSelection& selection,
                                                                const Schema& schema, int threads) {
  std::vector<dataset::ColumnPlace> places;
  for (const v1::FeatureColumn& column : schema) {
    const int found = dataset.FindColumn(column.feature().name());
    if (found < 0) {
      return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kUnknownFeature,
                   absl::StrCat("the dataset has no column \"", column.feature().name(), "\""));
    }
    places.push_back(dataset.places[found]);
  }
  std::vector<FeatureHistogram> histograms(places.size());
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (size_t i = 0; i < places.size(); ++i) {
    FeatureHistogram& histogram = histograms[i];
    histogram.set_feature(schema[static_cast<int>(i)].feature().name());
    if (places[i].is_category) {
      FillCategories(CountCategories(dataset, selection, places[i].index), histogram);
    } else {
      int64_t missing = 0;
      FillNumbers(PresentNumbers(dataset, selection, places[i].index, missing), histogram);
      histogram.set_missing(missing);
    }
  }
  return histograms;
}

}  // namespace clientele::model
