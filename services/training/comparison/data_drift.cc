#include "services/training/comparison/data_drift.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>

#include "absl/types/span.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "common/model/category_counts.h"
#include "common/statistics/divergence.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using dataset::RowSelection;
using model::v1::FeatureHistogram;
using model::v1::FeatureShift;

// The champion's rows and the new ones in the same bins: missing values, then the histogram's. [b + 1 each]
struct Counts {
  std::vector<int64_t> champion, now;
};

Counts Start(const FeatureHistogram& histogram, int bins) {
  Counts counts;
  counts.champion.push_back(histogram.missing());
  counts.champion.insert(counts.champion.end(), histogram.counts().begin(), histogram.counts().end());
  counts.champion.resize(bins + 1);
  counts.now.resize(bins + 1);
  return counts;
}

// As the histogram was made: the first and last bin take what lies outside. Without bins, all were missing.
absl::StatusOr<Counts> CountNumbers(const FeatureHistogram& histogram, const Dataset& dataset, const RowSelection& rows,
                                    int index, dataset::Parts& parts) {
  const int bins = std::max(1, histogram.counts_size());
  Counts counts = Start(histogram, bins);
  const std::vector<float> edges(histogram.edges().begin(), histogram.edges().end());
  for (int s = 0; s < kShardCount; ++s) {
    const dataset::Shard& shard = dataset.shards[s];
    for (int64_t row = 0; row < shard.rows; ++row) {
      if (!rows.Has(s, row)) continue;
      const float value = shard.numbers[row * dataset.number_columns + index];
      const auto above = std::upper_bound(edges.begin(), edges.end(), value) - edges.begin();
      ++counts.now[std::isnan(value) ? 0 : 1 + std::clamp(static_cast<int>(above) - 1, 0, bins - 1)];
    }
  }
  CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(counts.now), parts));
  return counts;
}

// What the histogram did not name is with its rest, under "", which it may not have had.
absl::StatusOr<Counts> CountCategories(const FeatureHistogram& histogram, const Dataset& dataset,
                                       const RowSelection& rows, int index, dataset::Parts& parts) {
  const auto& names = histogram.categories();
  const bool has_rest = std::find(names.begin(), names.end(), "") != names.end();
  Counts counts = Start(histogram, names.size() + (has_rest ? 0 : 1));
  CLIENTELE_ASSIGN_OR_RETURN(const model::CategoryCounts now, model::CountCategories(dataset, rows, index, parts));
  counts.now[0] = now.missing;
  for (const auto& [text, count] : now.by_text) {
    auto bin = std::find(names.begin(), names.end(), text);
    if (bin == names.end() && has_rest) bin = std::find(names.begin(), names.end(), "");
    counts.now[1 + (bin - names.begin())] += count;
  }
  return counts;
}

double FirstShare(absl::Span<const int64_t> counts) {
  const int64_t all = std::accumulate(counts.begin(), counts.end(), int64_t{0});
  return all == 0 ? 0 : static_cast<double>(counts[0]) / static_cast<double>(all);
}

}  // namespace

absl::StatusOr<std::vector<FeatureShift>> DataDrift(const model::v1::ModelArtifact& champion, const Dataset& dataset,
                                                    const RowSelection& rows, dataset::Parts& parts) {
  std::vector<FeatureShift> shifts;
  for (const FeatureHistogram& histogram : champion.histograms()) {
    const int column = dataset.FindColumn(histogram.feature());
    if (column < 0) continue;
    const dataset::ColumnPlace& place = dataset.places[column];
    // It may have changed its type since.
    if (histogram.categories().empty() == place.is_category && histogram.counts_size() > 0) continue;
    CLIENTELE_ASSIGN_OR_RETURN(const Counts counts,
                               place.is_category ? CountCategories(histogram, dataset, rows, place.index, parts)
                                                 : CountNumbers(histogram, dataset, rows, place.index, parts));
    FeatureShift& shift = shifts.emplace_back();
    shift.set_feature(histogram.feature());
    shift.set_population_stability_index(statistics::PopulationStabilityIndex(counts.champion, counts.now));
    shift.set_missing_share(FirstShare(counts.now));
    shift.set_champion_missing_share(FirstShare(counts.champion));
  }
  std::stable_sort(shifts.begin(), shifts.end(), [](const FeatureShift& a, const FeatureShift& b) {
    return a.population_stability_index() > b.population_stability_index();
  });
  return shifts;
}

}  // namespace clientele::training
