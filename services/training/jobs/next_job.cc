#include "services/training/jobs/next_job.h"

#include <tuple>

namespace clientele::training {
namespace {

bool MayRun(const TenantLoad& load) {
  return load.share.may_begin && (load.share.max_running == 0 || load.running < load.share.max_running);
}

}  // namespace

NextJobs NextJob(absl::Span<const WaitingJob> waiting, const std::map<TenantId, TenantLoad>& loads,
                 const MemoryBudget& memory) {
  NextJobs jobs;
  std::optional<size_t> in_turn, patient;
  std::tuple<double, int64_t> least;
  for (size_t i = 0; i < waiting.size(); ++i) {
    const TenantLoad& load = loads.at(waiting[i].tenant);
    if (!MayRun(load)) continue;
    if (!patient.has_value() && waiting[i].overtaken >= kMostOvertakings) patient = i;
    if (!memory.Fits(waiting[i].memory)) {
      jobs.without_room.push_back(i);
      continue;
    }
    const std::tuple<double, int64_t> has = {static_cast<double>(load.running) / load.share.weight, load.last_start};
    if (in_turn.has_value() && has >= least) continue;
    in_turn = i;
    least = has;
  }
  if (patient.has_value()) in_turn = memory.Fits(waiting[*patient].memory) ? patient : std::nullopt;
  jobs.next = in_turn;
  for (const size_t i : jobs.without_room) {
    if (jobs.next.has_value() && i < *jobs.next) jobs.overtaken.push_back(i);
  }
  return jobs;
}

}  // namespace clientele::training
