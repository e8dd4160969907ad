#include "services/training/jobs/next_job.h"

#include <tuple>

namespace clientele::training {

std::optional<size_t> NextJob(absl::Span<const TenantId> waiting, const std::map<TenantId, TenantLoad>& loads) {
  std::optional<size_t> next;
  std::tuple<double, int64_t> least;
  for (size_t i = 0; i < waiting.size(); ++i) {
    const TenantLoad& load = loads.at(waiting[i]);
    if (!load.share.may_begin) continue;
    if (load.share.max_running > 0 && load.running >= load.share.max_running) continue;
    const std::tuple<double, int64_t> has = {static_cast<double>(load.running) / load.share.weight, load.last_start};
    if (next.has_value() && has >= least) continue;
    next = i;
    least = has;
  }
  return next;
}

}  // namespace clientele::training
