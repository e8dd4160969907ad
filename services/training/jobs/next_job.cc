#include "services/training/jobs/next_job.h"

#include <tuple>

namespace clientele::training {
namespace {

bool MayRun(const TenantLoad& load) {
  return load.share.may_begin && (load.share.max_running == 0 || load.running < load.share.max_running);
}

// Which job each tenant waits for before it begins another: the first that its own passed by often enough.
std::map<TenantId, size_t> Awaited(absl::Span<const WaitingJob> waiting) {
  std::map<TenantId, size_t> awaited;
  for (size_t i = 0; i < waiting.size(); ++i) {
    if (waiting[i].overtaken_by_own >= kMostOvertakings) awaited.try_emplace(waiting[i].tenant, i);
  }
  return awaited;
}

// Of `passed`, those before `next`, and of its tenant where they are to be.
std::vector<size_t> Overtaken(absl::Span<const WaitingJob> waiting, const std::vector<size_t>& passed,
                              std::optional<size_t> next, bool by_own) {
  std::vector<size_t> overtaken;
  for (const size_t i : passed) {
    if (!next.has_value() || i > *next || (by_own && waiting[i].tenant != waiting[*next].tenant)) continue;
    overtaken.push_back(i);
  }
  return overtaken;
}

}  // namespace

NextJobs NextJob(absl::Span<const WaitingJob> waiting, const std::map<TenantId, TenantLoad>& loads,
                 const MemoryBudget& memory) {
  NextJobs jobs;
  std::optional<size_t> in_turn, patient;
  std::tuple<double, int64_t> least;
  const std::map<TenantId, size_t> awaited = Awaited(waiting);
  for (size_t i = 0; i < waiting.size(); ++i) {
    const TenantLoad& load = loads.at(waiting[i].tenant);
    if (!MayRun(load)) continue;
    const auto awaits = awaited.find(waiting[i].tenant);
    if (awaits != awaited.end() && awaits->second != i) continue;
    if (!memory.FitsTenant(waiting[i].memory, load)) {
      jobs.without_share.push_back(i);
      continue;
    }
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
  jobs.overtaken = Overtaken(waiting, jobs.without_room, jobs.next, /*by_own=*/false);
  jobs.overtaken_by_own = Overtaken(waiting, jobs.without_share, jobs.next, /*by_own=*/true);
  return jobs;
}

}  // namespace clientele::training
