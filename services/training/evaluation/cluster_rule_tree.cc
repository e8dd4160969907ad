#include "services/training/evaluation/cluster_rule_tree.h"

#include <algorithm>
#include <array>

namespace clientele::training {
namespace {

// Rows of a node, and those of them that are in the cluster.
struct Tally {
  int64_t rows = 0;
  int64_t inside = 0;

  Tally operator-(const Tally& other) const { return {rows - other.rows, inside - other.inside}; }
  void Add(const Tally& other) {
    rows += other.rows;
    inside += other.inside;
  }
  // Gini impurity, times rows / 2.
  double Impurity() const {
    return rows == 0 ? 0 : static_cast<double>(inside) * static_cast<double>(rows - inside) / static_cast<double>(rows);
  }
};

struct Split {
  int feature = -1;
  int bin = 0;  // Ordered: the last bin of the lower side. Else: the bin that is split off.
  double impurity = 0;
};

struct Node {
  std::vector<int> rows;
  RulePath path;
  Tally tally;
};

Split BestSplit(const BinnedRows& rows, const Node& node, int cluster) {
  Split best{-1, 0, node.tally.Impurity() * (1 - 1e-9)};
  for (int f = 0; f < static_cast<int>(rows.features.size()); ++f) {
    const BinnedRows::Feature& feature = rows.features[f];
    std::array<Tally, 256> bins{};
    for (const int row : node.rows) bins[feature.bins[row]].Add({1, rows.clusters[row] == cluster});
    Tally lower;
    for (int bin = 0; bin + 1 < feature.num_bins; ++bin) {
      if (feature.is_category) lower = {};
      lower.Add(bins[bin]);
      const Tally upper = node.tally - lower;
      const double impurity = lower.Impurity() + upper.Impurity();
      if (lower.rows > 0 && upper.rows > 0 && impurity < best.impurity) best = {f, bin, impurity};
    }
  }
  return best;
}

BinRange& RangeOf(RulePath& path, int feature, int num_bins) {
  for (BinRange& range : path) {
    if (range.feature == feature) return range;
  }
  return path.emplace_back(BinRange{feature, 0, num_bins - 1, -1, {}});
}

// One side of a node.
Node Child(const BinnedRows& rows, const Node& node, const Split& split, bool lower, int cluster) {
  const BinnedRows::Feature& feature = rows.features[split.feature];
  Node child;
  child.path = node.path;
  BinRange& range = RangeOf(child.path, split.feature, feature.num_bins);
  if (feature.is_category) {
    if (lower) range.only = split.bin;
    if (!lower) range.without.push_back(split.bin);
  } else {
    if (lower) range.last = std::min(range.last, split.bin);
    if (!lower) range.first = std::max(range.first, split.bin + 1);
  }
  for (const int row : node.rows) {
    const int bin = feature.bins[row];
    if ((feature.is_category ? bin == split.bin : bin <= split.bin) != lower) continue;
    child.rows.push_back(row);
    child.tally.Add({1, rows.clusters[row] == cluster});
  }
  return child;
}

}  // namespace

bool BinRange::Holds(int bin) const {
  if (only >= 0) return bin == only;
  return bin >= first && bin <= last && std::find(without.begin(), without.end(), bin) == without.end();
}

RulePath BestPath(const BinnedRows& rows, int cluster) {
  Node root;
  for (size_t i = 0; i < rows.clusters.size(); ++i) {
    root.rows.push_back(static_cast<int>(i));
    root.tally.Add({1, rows.clusters[i] == cluster});
  }
  const int64_t in_cluster = root.tally.inside;
  const auto f1 = [&](const Tally& tally) {
    return 2 * static_cast<double>(tally.inside) / static_cast<double>(std::max<int64_t>(1, tally.rows + in_cluster));
  };
  RulePath best;
  double best_f1 = f1(root.tally);
  std::vector<Node> level = {std::move(root)};
  for (int depth = 0; depth < kRuleDepth; ++depth) {
    std::vector<Node> next;
    for (const Node& node : level) {
      const Split split = BestSplit(rows, node, cluster);
      if (split.feature < 0) continue;
      for (const bool lower : {true, false}) {
        Node child = Child(rows, node, split, lower, cluster);
        if (f1(child.tally) > best_f1) {
          best_f1 = f1(child.tally);
          best = child.path;
        }
        next.push_back(std::move(child));
      }
    }
    level = std::move(next);
  }
  return best;
}

}  // namespace clientele::training
