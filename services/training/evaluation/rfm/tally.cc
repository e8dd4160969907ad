#include "services/training/evaluation/rfm/tally.h"

namespace clientele::training {
namespace {

void AddCounts(const std::vector<RfmCount>& from, std::vector<RfmCount>& to) {
  for (size_t i = 0; i < to.size(); ++i) {
    to[i].customers += from[i].customers;
    to[i].value += from[i].value;
  }
}

}  // namespace

void RfmTally::Add(const RfmTally& other) {
  for (size_t i = 0; i < segments.size(); ++i) {
    RfmSegmentTally& to = segments[i];
    const RfmSegmentTally& from = other.segments[i];
    to.customers += from.customers;
    to.value += from.value;
    to.recency += from.recency;
    to.frequency += from.frequency;
    to.label += from.label;
    to.previous_customers += from.previous_customers;
    to.previous_value += from.previous_value;
  }
  AddCounts(other.cells, cells);
  AddCounts(other.moves, moves);
}

}  // namespace clientele::training
