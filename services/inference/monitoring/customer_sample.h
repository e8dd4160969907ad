// As much of the log as a report can hold: all of it, or all entries of a part of the customers.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "services/inference/monitoring/pseudonym.h"

namespace clientele::inference {

// Thread-compatible. Entry has a pseudonym.
template <typename Entry>
class CustomerSample {
 public:
  explicit CustomerSample(size_t most) : most_(most) {}

  void Add(const Entry& entry) {
    if (PlaceOf(entry.pseudonym) >= share_) return;
    entries_.push_back(entry);
    if (entries_.size() <= most_) return;
    share_ /= 2;
    const auto is_out = [this](const Entry& one) { return PlaceOf(one.pseudonym) >= share_; };
    entries_.erase(std::remove_if(entries_.begin(), entries_.end(), is_out), entries_.end());
  }
  // In the order they were added.
  std::vector<Entry> Take() { return std::move(entries_); }

 private:
  const size_t most_;
  double share_ = 1;  // Of the customers.
  std::vector<Entry> entries_;
};

}  // namespace clientele::inference
