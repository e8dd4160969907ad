#include "services/training/evaluation/cluster_profiles.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/training/evaluation/cluster_names.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using model::v1::ClusterEvaluation;

constexpr double kLeastZ = 0.25;
constexpr size_t kMostTraits = 4;

// Calls visit(shard, row, cluster) for every row that counts, in order.
template <typename Visit>
void ForEachRow(const Dataset& dataset, const RowClusters& clusters, Visit visit) {
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t i = 0; i < dataset.shards[s].rows; ++i) {
      if (clusters[s][i] >= 0) visit(dataset.shards[s], i, clusters[s][i]);
    }
  }
}

// One feature's mean in every cluster, and over all.
std::vector<ClusterEvaluation::Mean> NumberMeans(const Dataset& dataset, int index, const RowClusters& clusters, int k) {
  std::vector<double> sums(k, 0.0);
  std::vector<int64_t> counts(k, 0);
  ForEachRow(dataset, clusters, [&](const dataset::Shard& shard, int64_t i, int cluster) {
    const float value = shard.numbers[i * dataset.number_columns + index];
    if (std::isnan(value)) return;
    sums[cluster] += value;
    ++counts[cluster];
  });
  const double count = static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  const double overall = count == 0 ? 0 : std::accumulate(sums.begin(), sums.end(), 0.0) / count;
  double squares = 0;
  ForEachRow(dataset, clusters, [&](const dataset::Shard& shard, int64_t i, int) {
    const float value = shard.numbers[i * dataset.number_columns + index];
    if (!std::isnan(value)) squares += (value - overall) * (value - overall);
  });
  const double deviation = count == 0 ? 0 : std::sqrt(squares / count);
  std::vector<ClusterEvaluation::Mean> means(k);
  for (int c = 0; c < k; ++c) {
    means[c].set_mean(counts[c] == 0 ? overall : sums[c] / static_cast<double>(counts[c]));
    means[c].set_overall_mean(overall);
    const bool constant = deviation <= 1e-12 * std::abs(overall);
    means[c].set_z(constant ? 0 : (means[c].mean() - overall) / deviation);
  }
  return means;
}

// The share of a category feature's most frequent value in every cluster (ties go to the first in byte order).
std::vector<ClusterEvaluation::Mean> CategoryMeans(const Dataset& dataset, int index, const RowClusters& clusters, int k) {
  const std::vector<std::string>& dictionary = dataset.dictionaries[index];
  const size_t codes = dictionary.size() + 1;
  const auto text = [&](size_t code) { return code == 0 ? std::string("(missing)") : dictionary[code - 1]; };
  std::vector<int64_t> counts(codes * k, 0);
  ForEachRow(dataset, clusters, [&](const dataset::Shard& shard, int64_t i, int cluster) {
    ++counts[cluster * codes + shard.categories[i * dataset.category_columns + index]];
  });
  std::vector<int64_t> overall(codes, 0);
  for (size_t at = 0; at < counts.size(); ++at) overall[at % codes] += counts[at];
  const double n = static_cast<double>(std::max<int64_t>(1, std::accumulate(overall.begin(), overall.end(), int64_t{0})));
  std::vector<ClusterEvaluation::Mean> means(k);
  for (int c = 0; c < k; ++c) {
    const int64_t* own = counts.data() + c * codes;
    size_t mode = 0;
    for (size_t code = 1; code < codes; ++code) {
      if (own[code] > own[mode] || (own[code] == own[mode] && text(code) < text(mode))) mode = code;
    }
    const double size = static_cast<double>(std::max<int64_t>(1, std::accumulate(own, own + codes, int64_t{0})));
    const double share = static_cast<double>(own[mode]) / size;
    const double overall_share = static_cast<double>(overall[mode]) / n;
    const double deviation = std::sqrt(overall_share * (1 - overall_share));
    means[c].set_category(text(mode));
    means[c].set_mean(share);
    means[c].set_overall_mean(overall_share);
    means[c].set_z(deviation == 0 ? 0 : (share - overall_share) / deviation);
  }
  return means;
}

std::string Difference(const common::v1::FeatureDefinition& feature, const ClusterEvaluation::Mean& mean) {
  const std::string name = feature.display_name().empty() ? feature.name() : feature.display_name();
  if (!mean.category().empty()) {
    return absl::StrFormat("%s: %s %.0f%% (average %.0f%%)", name, mean.category(), 100 * mean.mean(),
                           100 * mean.overall_mean());
  }
  return absl::StrFormat("%s %.4g (average %.4g)", name, mean.mean(), mean.overall_mean());
}

// The columns in which a cluster stands out, strongest first.
std::vector<int> StandsOutBy(const ClusterEvaluation::Profile& profile) {
  std::vector<int> order(profile.means_size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return std::abs(profile.means(a).z()) > std::abs(profile.means(b).z());
  });
  if (order.size() > kMostTraits) order.resize(kMostTraits);
  while (!order.empty() && std::abs(profile.means(order.back()).z()) < kLeastZ) order.pop_back();
  return order;
}

}  // namespace

std::vector<ClusterEvaluation::Profile> ProfileClusters(const Dataset& dataset, absl::Span<const int> columns,
                                                        const RowClusters& clusters, int k) {
  std::vector<ClusterEvaluation::Profile> profiles(k);
  int64_t rows = 0;
  ForEachRow(dataset, clusters, [&](const dataset::Shard&, int64_t, int cluster) {
    profiles[cluster].set_size(profiles[cluster].size() + 1);
    ++rows;
  });
  for (const int column : columns) {
    const dataset::ColumnPlace place = dataset.places[column];
    const auto means = place.is_category ? CategoryMeans(dataset, place.index, clusters, k)
                                         : NumberMeans(dataset, place.index, clusters, k);
    for (int c = 0; c < k; ++c) {
      ClusterEvaluation::Mean& mean = *profiles[c].add_means();
      mean = means[c];
      mean.set_feature(dataset.header.columns(column).feature().name());
    }
  }
  std::vector<std::vector<Trait>> traits(k);
  for (int c = 0; c < k; ++c) {
    profiles[c].set_share(rows == 0 ? 0 : static_cast<double>(profiles[c].size()) / static_cast<double>(rows));
    for (const int at : StandsOutBy(profiles[c])) {
      const auto& feature = dataset.header.columns(columns[at]).feature();
      const ClusterEvaluation::Mean& mean = profiles[c].means(at);
      profiles[c].add_differs_by(Difference(feature, mean));
      // That a category is rarer here than elsewhere, though the most frequent, names nobody.
      if (mean.category().empty() || mean.z() > 0) traits[c].push_back({&feature, mean.z(), mean.category()});
    }
  }
  const std::vector<std::string> names = NameClusters(traits);
  for (int c = 0; c < k; ++c) profiles[c].set_name(names[c]);
  return profiles;
}

}  // namespace clientele::training
