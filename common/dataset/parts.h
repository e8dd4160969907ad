// A dataset whose rows lie with several processes, each of which holds the shards of its part: how they tell one
// another what their rows come to. What goes over all rows takes a Parts&; with OnlyPart all of them are here.
//
// Every process calls the same of these functions in the same order. Part order is shard order.
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/ids.h"

namespace clientele::dataset {

// Part r of `parts` holds shards [FirstShard(r, parts), FirstShard(r + 1, parts)).
inline int FirstShard(int part, int parts) { return static_cast<int>(int64_t{kShardCount} * part / parts); }

// Thread-compatible. Errors are of whatever connects the parts.
class Parts {
 public:
  virtual ~Parts() = default;
  virtual int rank() const = 0;  // Of this part, from 0.
  virtual int size() const = 0;

  // `values` go from part to part: each hands on what `add` made of what it was given, the first of its own; what the
  // last one made of them reaches every part. Over the network: `values` twice a part, whatever the parts add.
  virtual absl::Status FoldInRankOrder(absl::Span<double> values, absl::FunctionRef<void(absl::Span<double>)> add) = 0;
  // What every part gave, in part order, on every part.
  virtual absl::StatusOr<std::vector<std::string>> AllGather(const std::string& bytes) = 0;
  // The same on `root`; nothing elsewhere. For what one process alone has room for.
  virtual absl::StatusOr<std::vector<std::string>> Gather(int root, const std::string& bytes) = 0;
};

// All rows are with this process. Thread-safe: has no state.
Parts& OnlyPart();

}  // namespace clientele::dataset
