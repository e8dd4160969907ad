#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/dataset/columns.h"
#include "common/dataset/part_sums.h"
#include "common/model/artifact.h"
#include "common/model/bin_counts.h"
#include "common/model/category_counts.h"

namespace clientele::model {
namespace {

using dataset::Dataset;
using dataset::Parts;
using dataset::RowSelection;
using v1::FeatureHistogram;

constexpr size_t kBins = 20;
constexpr int64_t kSample = 10'000;  // Enough values to place the edges by; the counts are of all rows.
constexpr size_t kMostCategories = 100;

// Rising. A few distinct values have a bin each; else the edges are quantiles, and a value that fills a whole bin gets
// one that ends at the next value.
std::vector<float> Edges(std::vector<float> sample) {
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

// Of a number column, so many values of all parts before this part's and in all.
struct Places {
  int64_t before = 0, all = 0;
};

// Every so manieth of the values of all parts, in row order; the same on every part. `values` are this part's.
absl::StatusOr<std::vector<float>> SampleOf(const std::vector<float>& values, const Places& places, Parts& parts) {
  const int64_t step = std::max<int64_t>(1, places.all / kSample);
  std::vector<float> sample;
  for (size_t i = static_cast<size_t>((step - places.before % step) % step); i < values.size(); i += step) {
    sample.push_back(values[i]);
  }
  return dataset::AllGatherRows(std::move(sample), parts);
}

// [columns] of values without missing ones.
absl::StatusOr<std::vector<Places>> PlacesOf(const std::vector<std::vector<float>>& columns, Parts& parts) {
  std::vector<int64_t> mine;
  for (const auto& values : columns) mine.push_back(static_cast<int64_t>(values.size()));
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<int64_t> counts, dataset::AllGatherRows(std::move(mine), parts));
  std::vector<Places> places(columns.size());
  for (size_t i = 0; i < counts.size(); ++i) {
    Places& column = places[i % columns.size()];
    if (i / columns.size() < static_cast<size_t>(parts.rank())) column.before += counts[i];
    column.all += counts[i];
  }
  return places;
}

// `columns` of all selected rows of this part, `rows` in all parts; one histogram each.
absl::Status FillNumbers(std::vector<std::vector<float>> columns, int64_t rows, int threads, Parts& parts,
                         absl::Span<FeatureHistogram* const> histograms) {
  for (auto& values : columns) std::erase_if(values, [](float value) { return std::isnan(value); });
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<Places> places, PlacesOf(columns, parts));
  std::vector<std::vector<float>> edges(columns.size());
  for (size_t c = 0; c < columns.size(); ++c) {
    CLIENTELE_ASSIGN_OR_RETURN(edges[c], SampleOf(columns[c], places[c], parts));
  }
  std::vector<std::vector<int64_t>> counts(columns.size());
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (size_t c = 0; c < columns.size(); ++c) {
    if (edges[c].empty()) continue;
    edges[c] = Edges(std::move(edges[c]));
    counts[c] = CountInBins(columns[c], edges[c]);
  }
  for (size_t c = 0; c < columns.size(); ++c) {
    CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(counts[c]), parts));
    histograms[c]->set_missing(rows - places[c].all);
    histograms[c]->mutable_edges()->Add(edges[c].begin(), edges[c].end());
    histograms[c]->mutable_counts()->Add(counts[c].begin(), counts[c].end());
  }
  return absl::OkStatus();
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
                                                                const Schema& schema, int threads, Parts& parts) {
  std::vector<FeatureHistogram> histograms(schema.size());
  std::vector<int> numbers;  // Columns, and whose histograms they fill.
  std::vector<FeatureHistogram*> filled;
  for (int i = 0; i < schema.size(); ++i) {
    histograms[i].set_feature(schema[i].feature().name());
    const int found = dataset.FindColumn(schema[i].feature().name());
    if (found < 0) {
      return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kUnknownFeature,
                   absl::StrCat("the dataset has no column \"", schema[i].feature().name(), "\""));
    }
    const dataset::ColumnPlace& place = dataset.places[found];
    if (place.is_category) {
      CLIENTELE_ASSIGN_OR_RETURN(CategoryCounts counts, CountCategories(dataset, selection, place.index, parts));
      FillCategories(std::move(counts), histograms[i]);
    } else {
      numbers.push_back(place.index);
      filled.push_back(&histograms[i]);
    }
  }
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t rows, dataset::SumCount(selection.count(), parts));
  const size_t at_once = dataset::BatchOfAllRows(dataset, threads);
  for (size_t first = 0; first < numbers.size(); first += at_once) {
    const auto batch = absl::MakeConstSpan(numbers).subspan(first, at_once);
    CLIENTELE_RETURN_IF_ERROR(
        FillNumbers(std::move(dataset::ReadColumns(dataset, selection, batch, threads).values), rows, threads, parts,
                    absl::MakeConstSpan(filled).subspan(first, batch.size())));
  }
  return histograms;
}

}  // namespace clientele::model
