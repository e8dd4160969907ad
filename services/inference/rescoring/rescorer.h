// Makes the jobs of rescoring's schedules when their times have come, and does the open jobs, step by step.
//
// Each time is decided once: its job is made first, under an id that is always the same for it, then the time is
// settled; whoever stops between the two, or decides at once with another, finds the job that was made. A job is held
// by one worker at a time, through a lease that it renews, and every step of it may be done twice: so a worker that is
// gone is replaced by the next, which goes on after the last shard that was written down.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/resource_name.h"
#include "common/observability/metrics.h"
#include "common/storage/rescore_store.h"
#include "services/inference/registry/registry.h"
#include "services/inference/rescoring/current_scores.h"
#include "services/inference/rescoring/decisions.h"
#include "services/inference/rescoring/rescore_book.h"
#include "services/inference/rescoring/rescore_pass.h"

namespace clientele::inference {

// Of this program: the machine's name and the process.
std::string WorkerId();

// Thread-compatible; has two threads of its own from Start to Stop, of low priority.
class Rescorer {
 public:
  // All must outlive it.
  struct Parts {
    storage::RescoreStore& store;
    RescoreBook& book;
    RescorePass& pass;
    CurrentScores& scores;
    const Registry& registry;
    const Clock& clock;
    observability::Metrics& metrics;
  };
  // `share`: of one core's time, above 0, at most 1.
  Rescorer(const Parts& parts, Worker worker, double share);
  ~Rescorer() { Stop(); }

  void Start();
  void Stop();  // Idempotent.

  // Decides what is due; what Start does for ever.
  void StepSchedules();
  // One step of one job. False: there is none, or none that can go on for now.
  bool StepJobs();

 private:
  absl::Status Fire(const TenantId& tenant, absl::string_view id, const v1::RescoreSchedule& schedule);
  absl::Status Advance(v1::RescoreJob job);
  // Makes it this worker's. ABORTED: it has changed meanwhile, as for the rest.
  absl::Status Claim(const RescoreJobName& name, v1::RescoreJob& job);
  absl::Status ScoreSome(const RescoreJobName& name, v1::RescoreJob& job);
  absl::Status Finish(const RescoreJobName& name, v1::RescoreJob& job);
  // Writes it down, with a lease from now on.
  absl::Status Keep(const RescoreJobName& name, v1::RescoreJob& job);
  void End(v1::RescoreJob::State state, v1::RescoreJob& job) const;
  void CountEnd(const v1::RescoreJob& job);
  void CountScores(const v1::RescoreJob::Counts& counts);
  // Calls `step`, which says how long to wait before the next, until Stop.
  template <typename Step>
  std::thread Repeat(Step step);
  // Waits so long, or until Stop: then false.
  bool Pause(absl::Duration duration) ABSL_LOCKS_EXCLUDED(mutex_);

  const Parts parts_;
  const Worker worker_;
  const double share_;
  prometheus::Gauge& open_jobs_;
  std::string last_;                                      // The job that was worked on last.
  absl::flat_hash_map<std::string, absl::Time> waiting_;  // Jobs that could not go on: until when they wait.
  const std::shared_ptr<std::atomic<bool>> stopped_ = std::make_shared<std::atomic<bool>>(false);
  absl::Mutex mutex_;
  absl::CondVar stopping_;
  std::thread scheduler_, runner_;
};

}  // namespace clientele::inference
