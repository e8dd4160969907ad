// How many refused calls of one chain have an entry: a flood of them must not fill the disk.
//
// The first 20 at once, then one every ten seconds (8,640 a day, some 4 MB); those in between are counted, and the next
// entry says how many they were. A pure function of the times it is told.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "common/quota/token_bucket.h"

namespace clientele::audit {

// For one thread, or under a lock.
class RefusalLimit {
 public:
  explicit RefusalLimit(absl::Time now);

  // A call was refused. How many were left out since the last that has an entry, where this one may have one; none: it
  // is left out.
  std::optional<int64_t> Admit(absl::Time now);
  // It is left out, whatever the limit says.
  void LeaveOut() { ++left_out_; }
  // How many were left out, where an entry may tell of them now; none: it may not, or there are none.
  std::optional<int64_t> Settle(absl::Time now);
  // How many were left out, whatever the limit says; none: none were.
  std::optional<int64_t> SettleAll();

 private:
  quota::TokenBucket bucket_;
  int64_t left_out_ = 0;
};

}  // namespace clientele::audit
