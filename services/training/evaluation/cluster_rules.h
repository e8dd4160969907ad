// Who is in a cluster, in words: the path through a small decision tree that describes it best.
//
// Notation: n rows that count, f features, k clusters.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "services/training/evaluation/cluster_profiles.h"

namespace clientele::training {

// One rule a cluster. For each cluster a tree of depth 3 tells its rows from all others (CART, Breiman et al. 1984:
// Gini impurity, thresholds between quantiles, in the features' own units), grown on at most 20,000 rows; its node of
// the largest F1 is the rule. Precision and recall are of all rows that count, with thresholds as they are printed. A
// row where a number is missing goes with those that are at least the threshold, and the text says so. `columns` are
// the header columns to speak of. Rows are those of all parts, each of which gets the same; `threads` changes the speed
// alone. Cost: O(k f min(n, 20,000) + n k); over the network the sampled rows.
absl::StatusOr<std::vector<model::v1::ClusterEvaluation::Rule>> DescribeClusters(
    const dataset::Dataset& dataset, absl::Span<const int> columns, const RowClusters& clusters, int k, int threads = 1,
    dataset::Parts& parts = dataset::OnlyPart());

}  // namespace clientele::training
