#include "services/training/schedules/erasure_trigger.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/durations.h"
#include "common/base/timestamps.h"
#include "common/observability/log.h"
#include "services/training/schedules/firing.h"

namespace clientele::training {
namespace {

using observability::Log;
using observability::LogLevel;
using v1::RetrainSchedule;
using v1::ScheduleRun;

constexpr absl::Duration kAsking = absl::Seconds(10);

}  // namespace

void ErasureTrigger::Look(const std::atomic<bool>& stopped) {
  std::map<TenantId, std::vector<inference::v1::DueVersion>> of_tenant;
  for (const auto& [name, schedule] : book_.All()) {
    const absl::Duration lead = FromProto(schedule.erasure_lead());
    if (stopped || schedule.paused() || lead == absl::ZeroDuration()) continue;
    if (const auto [asked, is_new] = of_tenant.try_emplace(name.tenant); is_new) {
      auto versions = due_versions_.List(name.tenant, StopToken(absl::Now() + kAsking));
      if (versions.ok()) asked->second = *std::move(versions);
      if (!versions.ok()) {
        Log(LogLevel::kWarn, "cannot tell which versions are due",
            {{"tenant", name.tenant.value()}, {"error", versions.status().message()}});
      }
    }
    for (const inference::v1::DueVersion& due : of_tenant[name.tenant]) {
      const auto version = ParseVersionName("model_version", due.model_version());
      if (!version.ok() || version->model != schedule.spec().model()) continue;
      const absl::Time since = FromProto(due.due_time()) - lead;
      if (since <= clock_.Now() && !TrainFor(name, schedule, *version, since)) break;
    }
  }
}

bool ErasureTrigger::TrainFor(const RetrainScheduleName& name, const RetrainSchedule& schedule, const VersionName& due,
                              absl::Time since) {
  ScheduleRun run;
  run.set_due_version(FormatVersion(due.tenant, due.model, due.version));
  const auto runs = book_.ListRuns(name, storage::kKeptScheduleRuns);
  if (!runs.ok()) return false;
  const auto is_of_it = [&](const ScheduleRun& earlier) { return earlier.due_version() == run.due_version(); };
  if (std::any_of(runs->begin(), runs->end(), is_of_it)) return true;
  return runs_.Begin(name, JobOfDueVersion(schedule, name.schedule, due.version, since), std::move(run));
}

}  // namespace clientele::training
