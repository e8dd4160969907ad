// Clusters in the features' own units and in words: what a sales manager reads.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"

namespace clientele::training {

// The cluster of each row of this part of a dataset, by shard and row; -1 for a row that does not count.
using RowClusters = std::vector<std::vector<int>>;

// One profile a cluster. `columns` are the header columns to describe (the model's inputs); missing values do not count
// towards means, but are a category of their own. Deviations are population; z is 0 where a feature is constant.
// `differs_by` are the up to four features with the largest |z| of at least 0.25, as "Spend 812.4 (average 301.2)".
// Names are made of them (see cluster_names.h) and are unique. Of the rows of all parts, each of which gets the same;
// `threads` changes the speed alone. Cost: O(n f), and O(f k) over the network.
absl::StatusOr<std::vector<model::v1::ClusterEvaluation::Profile>> ProfileClusters(
    const dataset::Dataset& dataset, absl::Span<const int> columns, const RowClusters& clusters, int k, int threads = 1,
    dataset::Parts& parts = dataset::OnlyPart());

}  // namespace clientele::training
