// What a learner reads: the preprocessed rows of the shards this rank holds.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/ids.h"

namespace clientele::training {

// n rows of one shard.
struct TrainingShard {
  int64_t rows = 0;
  std::vector<float> values;   // [n x d], row-major; finite.
  std::vector<double> labels;  // n, or empty where the learner wants none.
};

// A shard that another rank holds is empty here. Ranks hold different shards: see FirstShard.
struct TrainingMatrix {
  int columns = 0;  // d
  std::array<TrainingShard, kShardCount> shards;
};

// Rank r of `ranks` holds shards [FirstShard(r, ranks), FirstShard(r + 1, ranks)): so rank order is shard order.
inline int FirstShard(int rank, int ranks) { return static_cast<int>(int64_t{kShardCount} * rank / ranks); }

// Told from the calling thread as a learner iterates: how much of its work is done, 0 to 1, and what it sees. May be
// empty.
using LearnerProgress = std::function<void(double fraction, absl::string_view message)>;

inline void Tell(const LearnerProgress& progress, double fraction, absl::string_view message) {
  if (progress) progress(fraction, message);
}

}  // namespace clientele::training
