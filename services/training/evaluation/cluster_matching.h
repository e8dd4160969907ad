// Which new cluster is which old one, by the rows they share.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "services/training/evaluation/cluster_profiles.h"

namespace clientele::training {

// How many rows are in old cluster a and new cluster b.
struct Overlap {
  int old_clusters = 0;
  int new_clusters = 0;
  std::vector<int64_t> shared;     // [old x new]
  std::vector<int64_t> old_sizes;  // Rows that count in both, by old cluster.
  std::vector<int64_t> new_sizes;

  int64_t Shared(int old_cluster, int new_cluster) const {
    return shared[static_cast<size_t>(old_cluster) * new_clusters + new_cluster];
  }
  // Shared rows over rows in either, 0 to 1.
  double Jaccard(int old_cluster, int new_cluster) const;
};

// Rows that count (>= 0) in both.
Overlap CountOverlap(const RowClusters& old_clusters, int num_old, const RowClusters& new_clusters, int num_new);

// The assignment of rows to columns, each at most once, with the largest sum of benefits: for each of the `rows` its
// column, or -1 where there are more rows than columns. `benefits` [rows x columns], row-major, finite. The Hungarian
// method with potentials (Kuhn 1955; Jonker and Volgenant 1987). Cost: O(min^2 max).
std::vector<int> AssignByBenefit(absl::Span<const double> benefits, int rows, int columns);

// For each new cluster the old one it continues: the assignment that keeps the most rows together. -1: none.
std::vector<int> MatchClusters(const Overlap& overlap);

}  // namespace clientele::training
