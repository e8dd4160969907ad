#include "services/training/evaluation/cluster_matching.h"

#include <algorithm>
#include <limits>

namespace clientele::training {
namespace {

constexpr int kNone = -1;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Least-cost assignment of every row to a column, rows <= columns, one row a round. The last column, which is nobody's,
// is where a round begins. Prices make every cost(r, c) - price(r) - price(c) at least 0, and 0 on the pairs so far.
template <typename Cost>
class RowAssignment {
 public:
  RowAssignment(int rows, int columns, Cost cost)
      : columns_(columns),
        cost_(cost),
        row_price_(rows, 0.0),
        column_price_(columns + 1, 0.0),
        row_of_(columns + 1, kNone) {}

  std::vector<int> Run() {
    const int rows = static_cast<int>(row_price_.size());
    for (int row = 0; row < rows; ++row) Add(row);
    std::vector<int> column_of(rows, kNone);
    for (int c = 0; c < columns_; ++c) {
      if (row_of_[c] != kNone) column_of[row_of_[c]] = c;
    }
    return column_of;
  }

 private:
  // Takes the cheapest path from `row` to a free column, along which the rows before it move over.
  void Add(int row) {
    std::vector<double> distance(columns_, kInfinity);
    std::vector<int> from(columns_, columns_);
    std::vector<char> done(columns_ + 1, 0);
    int at = columns_;
    row_of_[at] = row;
    while (row_of_[at] != kNone) {
      done[at] = 1;
      const int next = Nearest(at, done, distance, from);
      Reprice(distance[next], done, distance);
      at = next;
    }
    for (; at != columns_; at = from[at]) row_of_[at] = row_of_[from[at]];
    row_of_[columns_] = kNone;
  }

  // The nearest column that is not done, now that the path may lead through column `at`.
  int Nearest(int at, const std::vector<char>& done, std::vector<double>& distance, std::vector<int>& from) const {
    const int row = row_of_[at];
    int nearest = kNone;
    for (int c = 0; c < columns_; ++c) {
      if (done[c]) continue;
      const double reduced = cost_(row, c) - row_price_[row] - column_price_[c];
      if (reduced < distance[c]) {
        distance[c] = reduced;
        from[c] = at;
      }
      if (nearest == kNone || distance[c] < distance[nearest]) nearest = c;
    }
    return nearest;
  }

  void Reprice(double step, const std::vector<char>& done, std::vector<double>& distance) {
    for (int c = 0; c <= columns_; ++c) {
      if (done[c]) {
        row_price_[row_of_[c]] += step;
        column_price_[c] -= step;
      } else {
        distance[c] -= step;
      }
    }
  }

  const int columns_;
  const Cost cost_;
  std::vector<double> row_price_;
  std::vector<double> column_price_;
  std::vector<int> row_of_;
};

template <typename Cost>
std::vector<int> AssignRowsToColumns(int rows, int columns, Cost cost) {
  return RowAssignment<Cost>(rows, columns, cost).Run();
}

}  // namespace

double Overlap::Jaccard(int old_cluster, int new_cluster) const {
  const int64_t both = Shared(old_cluster, new_cluster);
  const int64_t either = old_sizes[old_cluster] + new_sizes[new_cluster] - both;
  return either == 0 ? 0 : static_cast<double>(both) / static_cast<double>(either);
}

Overlap CountOverlap(const RowClusters& old_clusters, int num_old, const RowClusters& new_clusters, int num_new) {
  Overlap overlap{num_old, num_new, std::vector<int64_t>(static_cast<size_t>(num_old) * num_new, 0),
                  std::vector<int64_t>(num_old, 0), std::vector<int64_t>(num_new, 0)};
  for (size_t s = 0; s < old_clusters.size(); ++s) {
    for (size_t i = 0; i < old_clusters[s].size(); ++i) {
      const int a = old_clusters[s][i], b = new_clusters[s][i];
      if (a < 0 || b < 0) continue;
      ++overlap.shared[static_cast<size_t>(a) * num_new + b];
      ++overlap.old_sizes[a];
      ++overlap.new_sizes[b];
    }
  }
  return overlap;
}

std::vector<int> AssignByBenefit(absl::Span<const double> benefits, int rows, int columns) {
  if (rows <= columns) {
    return AssignRowsToColumns(rows, columns,
                               [&](int r, int c) { return -benefits[static_cast<size_t>(r) * columns + c]; });
  }
  const std::vector<int> row_of =
      AssignRowsToColumns(columns, rows, [&](int c, int r) { return -benefits[static_cast<size_t>(r) * columns + c]; });
  std::vector<int> column_of(rows, -1);
  for (int c = 0; c < columns; ++c) column_of[row_of[c]] = c;
  return column_of;
}

std::vector<int> MatchClusters(const Overlap& overlap) {
  std::vector<double> benefits;  // [new x old]
  for (int b = 0; b < overlap.new_clusters; ++b) {
    for (int a = 0; a < overlap.old_clusters; ++a) benefits.push_back(static_cast<double>(overlap.Shared(a, b)));
  }
  std::vector<int> matches = AssignByBenefit(benefits, overlap.new_clusters, overlap.old_clusters);
  for (int b = 0; b < overlap.new_clusters; ++b) {
    if (matches[b] >= 0 && overlap.Shared(matches[b], b) == 0) matches[b] = -1;
  }
  return matches;
}

}  // namespace clientele::training
