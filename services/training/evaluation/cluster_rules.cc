#include "services/training/evaluation/cluster_rules.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/training/evaluation/cluster_names.h"
#include "services/training/evaluation/cluster_round_number.h"
#include "services/training/evaluation/cluster_rule_tree.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using model::v1::ClusterEvaluation;

constexpr int64_t kMostRows = 20000;
constexpr int kMostCuts = 254;  // Bins are bytes.

struct SampledRow {
  int shard;
  int64_t row;
  int cluster;
};

// At most kMostRows of the rows that count, evenly spread.
std::vector<SampledRow> SampleOf(const RowClusters& clusters) {
  int64_t n = 0;
  for (const auto& shard : clusters) n += std::count_if(shard.begin(), shard.end(), [](int c) { return c >= 0; });
  const int64_t sampled = std::min(n, kMostRows);
  std::vector<SampledRow> sample;
  int64_t at = 0;
  for (int s = 0; s < static_cast<int>(clusters.size()); ++s) {
    for (size_t i = 0; i < clusters[s].size(); ++i) {
      if (clusters[s][i] < 0) continue;
      if ((at + 1) * sampled / n != at * sampled / n) sample.push_back({s, static_cast<int64_t>(i), clusters[s][i]});
      ++at;
    }
  }
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
    return static_cast<int>(std::upper_bound(cuts.begin(), cuts.end(), double{value}) - cuts.begin());
  }
  int bins() const { return static_cast<int>(place.is_category ? categories.size() : cuts.size()) + 1; }
};

void CutNumbers(const Dataset& dataset, const std::vector<SampledRow>& sample, Feature& feature) {
  std::vector<float> values;
  for (const SampledRow& row : sample) {
    const float value = feature.Number(dataset, row.shard, row.row);
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

void CutCategories(const Dataset& dataset, const std::vector<SampledRow>& sample, Feature& feature) {
  std::vector<int64_t> counts(dataset.dictionaries[feature.place.index].size() + 1, 0);
  for (const SampledRow& row : sample) ++counts[feature.Category(dataset, row.shard, row.row)];
  for (uint32_t code = 0; code < counts.size(); ++code) {
    if (counts[code] > 0) feature.categories.push_back(code);
  }
  std::stable_sort(feature.categories.begin(), feature.categories.end(),
                   [&](uint32_t a, uint32_t b) { return counts[a] > counts[b]; });
  if (feature.categories.size() > kMostCuts) feature.categories.resize(kMostCuts);
}

std::vector<Feature> CutFeatures(const Dataset& dataset, absl::Span<const int> columns,
                                 const std::vector<SampledRow>& sample) {
  std::vector<Feature> features;
  for (const int column : columns) {
    Feature& feature = features.emplace_back();
    feature.definition = &dataset.header.columns(column).feature();
    feature.place = dataset.places[column];
    if (feature.place.is_category) {
      CutCategories(dataset, sample, feature);
    } else {
      CutNumbers(dataset, sample, feature);
    }
  }
  return features;
}

BinnedRows BinRows(const Dataset& dataset, const std::vector<Feature>& features,
                   const std::vector<SampledRow>& sample) {
  BinnedRows binned;
  for (const SampledRow& row : sample) binned.clusters.push_back(row.cluster);
  for (const Feature& feature : features) {
    auto& bins = binned.features.emplace_back(BinnedRows::Feature{feature.place.is_category, feature.bins(), {}}).bins;
    for (const SampledRow& row : sample) bins.push_back(static_cast<uint8_t>(feature.Bin(dataset, row.shard, row.row)));
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

// Counts what the rules are worth over all rows that count.
void JudgeRules(const Dataset& dataset, const std::vector<Feature>& features, const RowClusters& clusters,
                const std::vector<RulePath>& paths, std::vector<ClusterEvaluation::Rule>& rules) {
  const size_t k = paths.size();
  std::vector<int64_t> described(k, 0), right(k, 0), sizes(k, 0);
  std::vector<int> bins(features.size());
  for (int s = 0; s < static_cast<int>(clusters.size()); ++s) {
    for (size_t i = 0; i < clusters[s].size(); ++i) {
      if (clusters[s][i] < 0) continue;
      ++sizes[clusters[s][i]];
      for (size_t f = 0; f < features.size(); ++f) bins[f] = features[f].Bin(dataset, s, static_cast<int64_t>(i));
      for (size_t c = 0; c < k; ++c) {
        const bool holds = std::all_of(paths[c].begin(), paths[c].end(),
                                       [&](const BinRange& range) { return range.Holds(bins[range.feature]); });
        described[c] += holds;
        right[c] += holds && clusters[s][i] == static_cast<int>(c);
      }
    }
  }
  for (size_t c = 0; c < k; ++c) {
    rules[c].set_precision(described[c] == 0 ? 0 : static_cast<double>(right[c]) / static_cast<double>(described[c]));
    rules[c].set_recall(sizes[c] == 0 ? 0 : static_cast<double>(right[c]) / static_cast<double>(sizes[c]));
  }
}

}  // namespace

std::vector<ClusterEvaluation::Rule> DescribeClusters(const Dataset& dataset, absl::Span<const int> columns,
                                                      const RowClusters& clusters, int k) {
  const std::vector<SampledRow> sample = SampleOf(clusters);
  const std::vector<Feature> features = CutFeatures(dataset, columns, sample);
  const BinnedRows binned = BinRows(dataset, features, sample);
  std::vector<ClusterEvaluation::Rule> rules(k);
  std::vector<RulePath> paths(k);
  for (int c = 0; c < k; ++c) paths[c] = BestPath(binned, c);
  for (int c = 0; c < k; ++c) rules[c].set_text(RuleText(dataset, features, paths[c]));
  JudgeRules(dataset, features, clusters, paths, rules);
  return rules;
}

}  // namespace clientele::training
