// A small decision tree over binned features that tells one cluster from all others, and its most telling path.
#pragma once

#include <cstdint>
#include <vector>

namespace clientele::training {

inline constexpr int kRuleDepth = 3;

// m rows. Ordered features split between bins; others split one bin from the rest. The last bin of a feature holds what
// is unknown or rare: it is never split off by itself, and goes with the upper side.
struct BinnedRows {
  struct Feature {
    bool is_category = false;
    int num_bins = 0;
    std::vector<uint8_t> bins;  // m
  };
  std::vector<Feature> features;
  std::vector<int> clusters;  // m
};

// What a path demands of one feature: a bin in [first, last]; `only` that one; or none of `without`.
struct BinRange {
  int feature = 0;
  int first = 0;
  int last = 0;
  int only = -1;
  std::vector<int> without;

  bool Holds(int bin) const;
};
using RulePath = std::vector<BinRange>;

// The path to the node with the largest F1 for rows of `cluster` (the first of equals, breadth first) of a tree of
// depth kRuleDepth, grown greedily by Gini impurity; one range a feature, in the order of the splits. Empty: the root
// is best.
RulePath BestPath(const BinnedRows& rows, int cluster);

}  // namespace clientele::training
