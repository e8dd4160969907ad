#include "services/training/evaluation/cluster_rules.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/count_not_above.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "common/dataset/spread_rows.h"
#include "services/training/evaluation/cluster_names.h"
#include "services/training/evaluation/cluster_round_number.h"
#include "services/training/evaluation/cluster_rule_tree.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using model::v1::ClusterEvaluation;

constexpr int64_t kMostRows = 20000;
constexpr int kMostCuts = 254;  // Bins are bytes.

// Rows of a dataset by themselves, in its first shard.
struct Sample {
  Dataset dataset;
  std::vector<int> clusters;

  int64_t size() const { return static_cast<int64_t>(clusters.size()); }
};

// At most kMostRows of the rows of all parts that count, evenly spread; the same on every part.
absl::StatusOr<Sample> SampleOf(const Dataset& dataset, const RowClusters& clusters, dataset::Parts& parts) {
  dataset::RowSelection counting;
  for (int s = 0; s < kShardCount; ++s) {
    for (const int cluster : clusters[s]) counting.shards[s].push_back(cluster >= 0 ? 1 : 0);
  }
  CLIENTELE_ASSIGN_OR_RETURN(const dataset::RowSelection rows, SpreadRows(std::move(counting), kMostRows, parts));
  Sample sample;
  sample.dataset.header = dataset.header;
  sample.dataset.places = dataset.places;
  sample.dataset.number_columns = dataset.number_columns;
  sample.dataset.category_columns = dataset.category_columns;
  sample.dataset.dictionaries = dataset.dictionaries;
  dataset::Shard& taken = sample.dataset.shards[0];
  const auto take = [](const auto& from, int64_t row, int width, auto& to) {
    to.insert(to.end(), from.begin() + row * width, from.begin() + (row + 1) * width);
  };
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t row = 0; row < dataset.shards[s].rows; ++row) {
      if (!rows.Has(s, row)) continue;
      take(dataset.shards[s].numbers, row, dataset.number_columns, taken.numbers);
      take(dataset.shards[s].categories, row, dataset.category_columns, taken.categories);
      sample.clusters.push_back(clusters[s][row]);
    }
  }
  CLIENTELE_ASSIGN_OR_RETURN(taken.numbers, dataset::AllGatherRows(std::move(taken.numbers), parts));
  CLIENTELE_ASSIGN_OR_RETURN(taken.categories, dataset::AllGatherRows(std::move(taken.categories), parts));
  CLIENTELE_ASSIGN_OR_RETURN(sample.clusters, dataset::AllGatherRows(std::move(sample.clusters), parts));
  taken.rows = sample.size();
  return sample;
}

// One feature as the tree sees it: numbers between cuts, the most frequent categories.
struct Feature {
  const common::v1::FeatureDefinition* definition = nullptr;
  dataset::ColumnPlace place;
  bool has_missing = false;
  std::vector<double> cuts;          // Numbers: bin b holds [cuts[b - 1], cuts[b]); missing ones are in the last bin.
  std::vector<uint32_t> categories;  // Categories: the code of each bin; all others are in the last bin.

  float Number(const Dataset& dataset, int s, int64_t row) const {
    return dataset.shards[s].numbers[row * dataset.number_columns + place.index];
  }
  uint32_t Category(const Dataset& dataset, int s, int64_t row) const {
    return dataset.shards[s].categories[row * dataset.category_columns + place.index];
  }
  int Bin(const Dataset& dataset, int s, int64_t row) const {
    if (place.is_category) {
      return static_cast<int>(std::find(categories.begin(), categories.end(), Category(dataset, s, row)) -
                              categories.begin());
    }
    const float value = Number(dataset, s, row);
    if (std::isnan(value)) return static_cast<int>(cuts.size());
    return static_cast<int>(CountNotAbove<double>(cuts, value));
  }
  int bins() const { return static_cast<int>(place.is_category ? categories.size() : cuts.size()) + 1; }
};

void CutNumbers(const Sample& sample, Feature& feature) {
  std::vector<float> values;
  for (int64_t row = 0; row < sample.size(); ++row) {
    const float value = feature.Number(sample.dataset, 0, row);
    if (std::isnan(value)) {
      feature.has_missing = true;
    } else {
      values.push_back(value);
    }
  }
  std::sort(values.begin(), values.end());
  for (int q = 1; q <= kMostCuts && !values.empty(); ++q) {
    // Just below the quantile's value, whichever row it is of.
    const auto value = std::lower_bound(values.begin(), values.end(), values[values.size() * q / (kMostCuts + 1)]);
    if (value != values.begin()) feature.cuts.push_back(RoundNumberBetween(*(value - 1), *value));
  }
  feature.cuts.erase(std::unique(feature.cuts.begin(), feature.cuts.end()), feature.cuts.end());
}

void CutCategories(const Sample& sample, Feature& feature) {
  std::vector<int64_t> counts(sample.dataset.dictionaries[feature.place.index].size() + 1, 0);
  for (int64_t row = 0; row < sample.size(); ++row) ++counts[feature.Category(sample.dataset, 0, row)];
  for (uint32_t code = 0; code < counts.size(); ++code) {
    if (counts[code] > 0) feature.categories.push_back(code);
  }
  std::stable_sort(feature.categories.begin(), feature.categories.end(),
                   [&](uint32_t a, uint32_t b) { return counts[a] > counts[b]; });
  if (feature.categories.size() > kMostCuts) feature.categories.resize(kMostCuts);
}

std::vector<Feature> CutFeatures(absl::Span<const int> columns, const Sample& sample) {
  std::vector<Feature> features;
  for (const int column : columns) {
    Feature& feature = features.emplace_back();
    feature.definition = &sample.dataset.header.columns(column).feature();
    feature.place = sample.dataset.places[column];
    if (feature.place.is_category) {
      CutCategories(sample, feature);
    } else {
      CutNumbers(sample, feature);
    }
  }
  return features;
}

BinnedRows BinRows(const std::vector<Feature>& features, const Sample& sample) {
  BinnedRows binned;
  binned.clusters = sample.clusters;
  for (const Feature& feature : features) {
    auto& bins = binned.features.emplace_back(BinnedRows::Feature{feature.place.is_category, feature.bins(), {}}).bins;
    for (int64_t row = 0; row < sample.size(); ++row) {
      bins.push_back(static_cast<uint8_t>(feature.Bin(sample.dataset, 0, row)));
    }
  }
  return binned;
}

// What a path through the tree says of one feature.
std::string ConditionText(const Dataset& dataset, const Feature& feature, const BinRange& range) {
  const std::string noun = NounOf(*feature.definition);
  if (feature.place.is_category) {
    const auto text = [&](int bin) {
      const uint32_t code = feature.categories[bin];
      return code == 0 ? std::string("unknown") : dataset.dictionaries[feature.place.index][code - 1];
    };
    if (range.only >= 0) return absl::StrCat(noun, " is ", text(range.only));
    std::vector<std::string> excluded;
    for (const int bin : range.without) excluded.push_back(text(bin));
    return absl::StrCat(noun, " is not ", absl::StrJoin(excluded, " or "));
  }
  const bool lower = range.first > 0, upper = range.last < feature.bins() - 1;
  if (lower && upper) {
    return absl::StrCat(noun, " from ", FormatRounded(feature.cuts[range.first - 1]), " to below ",
                        FormatRounded(feature.cuts[range.last]));
  }
  if (upper) return absl::StrCat(noun, " below ", FormatRounded(feature.cuts[range.last]));
  return absl::StrCat(noun, " at least ", FormatRounded(feature.cuts[range.first - 1]),
                      feature.has_missing ? " or unknown" : "");
}

std::string RuleText(const Dataset& dataset, const std::vector<Feature>& features, const RulePath& path) {
  std::vector<std::string> conditions;
  for (const BinRange& range : path) conditions.push_back(ConditionText(dataset, features[range.feature], range));
  if (conditions.empty()) return "Everybody";
  std::string text = absl::StrJoin(conditions, " and ");
  text[0] = absl::ascii_toupper(text[0]);
  return text;
}

// What a path asks of one feature, in the feature's own values.
class Condition {
 public:
  Condition(const Feature& feature, const BinRange& range)
      : feature_(feature),
        range_(range),
        from_(!feature.place.is_category && range.first > 0 ? feature.cuts[range.first - 1] : -kInfinity),
        unbounded_(range.last == feature.bins() - 1),
        below_(!feature.place.is_category && !unbounded_ ? feature.cuts[range.last] : kInfinity) {}

  bool Holds(const Dataset& dataset, int s, int64_t row) const {
    if (feature_.place.is_category) return range_.Holds(feature_.Bin(dataset, s, row));
    const double value = feature_.Number(dataset, s, row);
    return !(value < from_) && (unbounded_ || value < below_);  // A missing one is in the last bin.
  }

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  const Feature& feature_;
  const BinRange& range_;
  const double from_;
  const bool unbounded_;
  const double below_;
};

// Rows of a shard that count: of each cluster those its rule describes, those of them that are in it, and its size.
// [3 x k]
std::vector<int64_t> CountRuled(const Dataset& dataset, const RowClusters& clusters,
                                const std::vector<std::vector<Condition>>& rules, int s) {
  const size_t k = rules.size();
  std::vector<int64_t> counts(3 * k, 0);
  for (size_t i = 0; i < clusters[s].size(); ++i) {
    if (clusters[s][i] < 0) continue;
    ++counts[2 * k + clusters[s][i]];
    for (size_t c = 0; c < k; ++c) {
      const bool holds = std::all_of(rules[c].begin(), rules[c].end(), [&](const Condition& condition) {
        return condition.Holds(dataset, s, static_cast<int64_t>(i));
      });
      counts[c] += holds;
      counts[k + c] += holds && clusters[s][i] == static_cast<int>(c);
    }
  }
  return counts;
}

// Counts what the rules are worth over all rows that count.
absl::Status JudgeRules(const Dataset& dataset, const std::vector<Feature>& features, const RowClusters& clusters,
                        const std::vector<RulePath>& paths, int threads, dataset::Parts& parts,
                        std::vector<ClusterEvaluation::Rule>& rules) {
  const size_t k = paths.size();
  std::vector<std::vector<Condition>> conditions(k);
  for (size_t c = 0; c < k; ++c) {
    for (const BinRange& range : paths[c]) conditions[c].emplace_back(features[range.feature], range);
  }
  std::vector<std::vector<int64_t>> by_shard(kShardCount);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (int s = 0; s < kShardCount; ++s) by_shard[s] = CountRuled(dataset, clusters, conditions, s);
  std::vector<int64_t> counts(3 * k, 0);
  for (const auto& shard : by_shard) {
    for (size_t i = 0; i < counts.size(); ++i) counts[i] += shard[i];
  }
  CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(counts), parts));
  const auto share = [](int64_t part, int64_t all) {
    return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
  };
  for (size_t c = 0; c < k; ++c) {
    rules[c].set_precision(share(counts[k + c], counts[c]));
    rules[c].set_recall(share(counts[k + c], counts[2 * k + c]));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ClusterEvaluation::Rule>> DescribeClusters(const Dataset& dataset,
                                                                      absl::Span<const int> columns,
                                                                      const RowClusters& clusters, int k, int threads,
                                                                      dataset::Parts& parts) {
  CLIENTELE_ASSIGN_OR_RETURN(const Sample sample, SampleOf(dataset, clusters, parts));
  const std::vector<Feature> features = CutFeatures(columns, sample);
  const BinnedRows binned = BinRows(features, sample);
  std::vector<ClusterEvaluation::Rule> rules(k);
  std::vector<RulePath> paths(k);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (int c = 0; c < k; ++c) paths[c] = BestPath(binned, c);
  for (int c = 0; c < k; ++c) rules[c].set_text(RuleText(dataset, features, paths[c]));
  CLIENTELE_RETURN_IF_ERROR(JudgeRules(dataset, features, clusters, paths, threads, parts, rules));
  return rules;
}

}  // namespace clientele::training
