// Which of the waiting jobs runs next: tenants take turns, however many jobs each has sent, and what runs fits into
// memory together.
//
// Of the tenants that have a job waiting, may begin one and have fewer running than they may, the one with the fewest
// running for its weight is next; of equals, the one whose last job began the longest ago; of its jobs, the oldest. A
// job that does not fit beside those that run lets others go first, but not for ever: once kMostOvertakings younger
// ones have begun while it did not fit, it is next, whoever's turn it is, and until it fits nothing else begins.
//
// A job that does not fit beside those of its own tenant waits for them alone: others are not counted as passing it by
// and are never kept waiting for it. Only among its tenant's jobs it is not passed by for ever, by the same rule. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "common/base/ids.h"

namespace clientele::training {

inline constexpr int kMostOvertakings = 4;

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
  int64_t memory = 0;      // Bytes set aside for those that run.
};

struct WaitingJob {
  TenantId tenant;
  int64_t memory = 0;        // Bytes that it would take, at most the budget and a tenant's part of it.
  int overtaken = 0;         // How often it was passed by, as NextJob said.
  int overtaken_by_own = 0;  // By jobs of its tenant, while it did not fit beside others of them.
};

// In bytes.
struct MemoryBudget {
  int64_t total = 0;       // 0: no budget, everything fits.
  int64_t used = 0;        // Set aside for what runs.
  int64_t per_tenant = 0;  // What one tenant may have of it; 0: all.

  // Where nothing runs, everything does: it would wait for ever.
  bool Fits(int64_t bytes) const { return FitsInto(total, used, bytes); }
  // Beside what else runs of its tenant.
  bool FitsTenant(int64_t bytes, const TenantLoad& load) const { return FitsInto(per_tenant, load.memory, bytes); }

 private:
  static bool FitsInto(int64_t most, int64_t used, int64_t bytes) {
    return most == 0 || used == 0 || bytes <= most - used;
  }
};

struct NextJobs {
  std::optional<size_t> next;            // Whose turn it is; none where nobody may run another.
  std::vector<size_t> without_share;     // Those that may run and do not fit beside their tenant's, in their order.
  std::vector<size_t> without_room;      // Those that fit there, and not beside all that run.
  std::vector<size_t> overtaken;         // Of these, those that `next` passes by.
  std::vector<size_t> overtaken_by_own;  // Of `without_share`, those that it passes by and is of the same tenant.
};

// Places in `waiting`, the waiting jobs from the oldest on. Every tenant of `waiting` is in `loads`.
NextJobs NextJob(absl::Span<const WaitingJob> waiting, const std::map<TenantId, TenantLoad>& loads,
                 const MemoryBudget& memory);

}  // namespace clientele::training
