#include "services/inference/rescoring/decisions.h"

#include <algorithm>

#include "common/base/ids.h"
#include "common/base/resource_name.h"
#include "common/base/timestamps.h"
#include "common/storage/rescore_store.h"

namespace clientele::inference {
namespace {

using v1::RescoreJob;
using v1::RescoreSchedule;

constexpr int64_t kCustomersAtOnce = 20'000;
constexpr int kMostShardsAtOnce = 32;

void End(RescoreJob::State state, absl::string_view why, absl::Time now, RescoreJob& job) {
  job.set_state(state);
  job.set_message(std::string(why));
  *job.mutable_end_time() = ToProto(now);
}

}  // namespace

Firing DecideFiring(const RescoreSchedule& schedule, absl::string_view schedule_id, const schedule::DueTime& due,
                    absl::Span<const RescoreJob> jobs, absl::Time now) {
  Firing firing;
  firing.job_id = schedule::FiringId(schedule_id, due.scheduled);
  RescoreJob& job = firing.job;
  *job.mutable_models() = schedule.models();
  job.set_rescore_schedule(schedule.name());
  *job.mutable_scheduled_time() = ToProto(due.scheduled);
  *job.mutable_feature_time() = ToProto(now);
  job.set_missed_before(due.missed_before);
  job.set_state(RescoreJob::STATE_QUEUED);
  if (due.too_late) {
    End(RescoreJob::STATE_MISSED, "it could not be begun until its starting deadline", now, job);
    return firing;
  }
  // Its own, where the time was not settled, is not in its way.
  const auto before = std::find_if(jobs.begin(), jobs.end(), [&](const RescoreJob& other) {
    return other.rescore_schedule() == schedule.name() && !storage::HasEnded(other) &&
           FromProto(other.scheduled_time()) != due.scheduled;
  });
  if (before == jobs.end()) return firing;
  if (schedule.overlap() == RescoreSchedule::OVERLAP_REPLACE) {
    firing.replaces = before->name();
    job.set_replaced_job(before->name());
  } else {
    End(RescoreJob::STATE_SKIPPED, "the job before has not ended", now, job);
  }
  return firing;
}

const RescoreJob* ChooseJob(absl::Span<const RescoreJob> open, absl::string_view last, const Worker& worker,
                            absl::Time now) {
  const RescoreJob* first = nullptr;  // By name.
  const RescoreJob* next = nullptr;   // The first after `last`.
  for (const RescoreJob& job : open) {
    const bool is_free =
        job.worker().empty() || job.worker() == worker.id || worker.is_alone || FromProto(job.lease_end_time()) <= now;
    if (!is_free) continue;
    if (first == nullptr || job.name() < first->name()) first = &job;
    if (job.name() > last && (next == nullptr || job.name() < next->name())) next = &job;
  }
  return next != nullptr ? next : first;
}

int ShardsAtOnce(const RescoreJob& job) {
  const int left = kShardCount - job.shards_done();
  if (job.shards_done() == 0) return std::min(left, 1);
  const int64_t of_shard = job.counts().customers() / job.shards_done();
  const int64_t wanted = of_shard == 0 ? kMostShardsAtOnce : kCustomersAtOnce / of_shard;
  return std::min(left, static_cast<int>(std::clamp<int64_t>(wanted, 1, kMostShardsAtOnce)));
}

}  // namespace clientele::inference
