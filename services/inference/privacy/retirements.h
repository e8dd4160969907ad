// Which versions' time is over, and what stands in for them: pure functions.
//
// A version that had learnt from a customer who was erased may score until its due time, whether something has replaced
// it or not. Then it goes, whatever names it. Its aliases go to the newest version that is not due at all, else to the
// newest whose time is yet to come: what they stood for is served until the last moment, and by as few moves as can be.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/resource_name.h"
#include "common/storage/followed_erasures.h"
#include "services/inference/registry/catalogue.h"

namespace clientele::inference {

// Until when a version may score, and for the sake of which erasure, the first one's.
struct Deadline {
  absl::Time due;
  std::string erasure;  // Its name.
};
// Of one model, by version.
using Deadlines = std::map<int64_t, Deadline>;

// By tenant and model, what erasures ask of versions that are not gone. Cost: all erasures that are kept.
absl::StatusOr<std::map<TenantId, std::map<std::string, Deadlines>>> ReadDeadlines(
    const storage::FollowedErasures& followed);

struct Retirement {
  int64_t version = 0;
  std::vector<int64_t> successors;  // For its aliases, the best first; none where no alias stands for it.
  Deadline deadline;
};

// What is to be retired at `time`, by due time.
std::vector<Retirement> PlanRetirements(const Model& model, const Deadlines& deadlines, absl::Time time);

// When the next is; InfiniteFuture: none.
absl::Time NextDue(const Model& model, const Deadlines& deadlines);

}  // namespace clientele::inference
