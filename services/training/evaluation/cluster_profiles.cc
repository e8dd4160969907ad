#include "services/training/evaluation/cluster_profiles.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "services/training/evaluation/cluster_names.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using model::v1::ClusterEvaluation;

constexpr double kLeastZ = 0.25;
constexpr size_t kMostTraits = 4;

// Rows that count, and how to go over them.
struct Clustered {
  const Dataset& dataset;
  const RowClusters& clusters;
  const int k;
  const int threads;
  dataset::Parts& parts;

  // Calls visit(row, cluster) for every row of the shard that counts, in order.
  template <typename Visit>
  void ForEachRow(int s, Visit visit) const {
    for (int64_t i = 0; i < dataset.shards[s].rows; ++i) {
      if (clusters[s][i] >= 0) visit(i, clusters[s][i]);
    }
  }
};

// Every number feature's mean in every cluster, and over all: [features][k].
absl::StatusOr<std::vector<std::vector<ClusterEvaluation::Mean>>> NumberMeans(const Clustered& rows,
                                                                              const std::vector<int>& features) {
  const Dataset& dataset = rows.dataset;
  const int64_t f = static_cast<int64_t>(features.size()), k = rows.k;
  const auto number = [&](int s, int64_t i, int64_t j) {
    return dataset.shards[s].numbers[i * dataset.number_columns + features[j]];
  };
  // Of each feature and cluster the sum, then how many.
  CLIENTELE_ASSIGN_OR_RETURN(
      const std::vector<double> sums,
      dataset::SumOverShards(dataset, 2 * f * k, rows.threads, rows.parts, [&](int s, absl::Span<double> result) {
        rows.ForEachRow(s, [&](int64_t i, int cluster) {
          for (int64_t j = 0; j < f; ++j) {
            const float value = number(s, i, j);
            if (std::isnan(value)) continue;
            result[2 * (j * k + cluster)] += value;
            result[2 * (j * k + cluster) + 1] += 1;
          }
        });
      }));
  std::vector<double> counts(f, 0.0), overall(f, 0.0);
  for (int64_t j = 0; j < f; ++j) {
    for (int64_t c = 0; c < k; ++c) {
      overall[j] += sums[2 * (j * k + c)];
      counts[j] += sums[2 * (j * k + c) + 1];
    }
    overall[j] = counts[j] == 0 ? 0 : overall[j] / counts[j];
  }
  CLIENTELE_ASSIGN_OR_RETURN(
      const std::vector<double> squares,
      dataset::SumOverShards(dataset, f, rows.threads, rows.parts, [&](int s, absl::Span<double> result) {
        rows.ForEachRow(s, [&](int64_t i, int) {
          for (int64_t j = 0; j < f; ++j) {
            const float value = number(s, i, j);
            if (!std::isnan(value)) result[j] += (value - overall[j]) * (value - overall[j]);
          }
        });
      }));
  std::vector<std::vector<ClusterEvaluation::Mean>> means(f, std::vector<ClusterEvaluation::Mean>(k));
  for (int64_t j = 0; j < f; ++j) {
    const double deviation = counts[j] == 0 ? 0 : std::sqrt(squares[j] / counts[j]);
    const bool constant = deviation <= 1e-12 * std::abs(overall[j]);
    for (int64_t c = 0; c < k; ++c) {
      const double sum = sums[2 * (j * k + c)], count = sums[2 * (j * k + c) + 1];
      ClusterEvaluation::Mean& mean = means[j][c];
      mean.set_mean(count == 0 ? overall[j] : sum / count);
      mean.set_overall_mean(overall[j]);
      mean.set_z(constant ? 0 : (mean.mean() - overall[j]) / deviation);
    }
  }
  return means;
}

// The share of a category feature's most frequent value in every cluster (ties go to the first in byte order).
absl::StatusOr<std::vector<ClusterEvaluation::Mean>> CategoryMeans(const Clustered& rows, int index) {
  const Dataset& dataset = rows.dataset;
  const int k = rows.k;
  const std::vector<std::string>& dictionary = dataset.dictionaries[index];
  const size_t codes = dictionary.size() + 1;
  const auto text = [&](size_t code) { return code == 0 ? std::string("(missing)") : dictionary[code - 1]; };
  std::vector<int64_t> counts(codes * k, 0);
  for (int s = 0; s < kShardCount; ++s) {
    rows.ForEachRow(s, [&](int64_t i, int cluster) {
      ++counts[cluster * codes + dataset.shards[s].categories[i * dataset.category_columns + index]];
    });
  }
  CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(counts), rows.parts));
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

// [columns][k]
absl::StatusOr<std::vector<std::vector<ClusterEvaluation::Mean>>> MeansOf(const Clustered& rows,
                                                                          absl::Span<const int> columns) {
  std::vector<int> numbers;
  for (const int column : columns) {
    const dataset::ColumnPlace place = rows.dataset.places[column];
    if (!place.is_category) numbers.push_back(place.index);
  }
  CLIENTELE_ASSIGN_OR_RETURN(auto of_numbers, NumberMeans(rows, numbers));
  std::vector<std::vector<ClusterEvaluation::Mean>> means;
  auto number = of_numbers.begin();
  for (const int column : columns) {
    const dataset::ColumnPlace place = rows.dataset.places[column];
    if (place.is_category) {
      CLIENTELE_ASSIGN_OR_RETURN(means.emplace_back(), CategoryMeans(rows, place.index));
    } else {
      means.push_back(std::move(*number++));
    }
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

absl::StatusOr<std::vector<ClusterEvaluation::Profile>> ProfileClusters(const Dataset& dataset,
                                                                        absl::Span<const int> columns,
                                                                        const RowClusters& clusters, int k, int threads,
                                                                        dataset::Parts& parts) {
  const Clustered counted = {dataset, clusters, k, threads, parts};
  std::vector<int64_t> sizes(k, 0);
  for (int s = 0; s < kShardCount; ++s) counted.ForEachRow(s, [&](int64_t, int cluster) { ++sizes[cluster]; });
  CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(sizes), parts));
  const int64_t rows = std::accumulate(sizes.begin(), sizes.end(), int64_t{0});
  std::vector<ClusterEvaluation::Profile> profiles(k);
  for (int c = 0; c < k; ++c) profiles[c].set_size(sizes[c]);
  CLIENTELE_ASSIGN_OR_RETURN(const auto means, MeansOf(counted, columns));
  for (size_t at = 0; at < columns.size(); ++at) {
    for (int c = 0; c < k; ++c) {
      ClusterEvaluation::Mean& mean = *profiles[c].add_means();
      mean = means[at][c];
      mean.set_feature(dataset.header.columns(columns[at]).feature().name());
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
