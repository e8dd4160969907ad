// Which of the waiting jobs runs next: tenants take turns, however many jobs each has sent.
//
// Of the tenants that have a job waiting, may begin one and have fewer running than they may, the one with the fewest
// running for its weight is next; of equals, the one whose last job began the longest ago; of its jobs, the oldest.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "absl/types/span.h"
#include "common/base/ids.h"

namespace clientele::training {

// What a tenant may have of the service.
struct TenantShare {
  double weight = 1;        // > 0
  int64_t max_running = 0;  // 0: as many as there are places.
  bool may_begin = true;    // Else its jobs wait, whatever runs.
};

// What it has now.
struct TenantLoad {
  TenantShare share;
  int64_t running = 0;
  int64_t last_start = 0;  // Number of its last job among all that were started; 0: none yet.
};

// The place in `waiting`, the tenants of the waiting jobs from the oldest on; none where nobody may run another. Every
// tenant of `waiting` is in `loads`.
std::optional<size_t> NextJob(absl::Span<const TenantId> waiting, const std::map<TenantId, TenantLoad>& loads);

}  // namespace clientele::training
