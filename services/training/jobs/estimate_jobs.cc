// The job manager's threads that ask how much memory jobs will take.
#include <algorithm>
#include <utility>

#include "services/training/jobs/job_manager.h"

namespace clientele::training {

void JobManager::EstimateJobs() {
  while (const std::shared_ptr<Entry> entry = AwaitUnknown()) {
    v1::TrainingJob job;
    {
      absl::MutexLock lock(&mutex_);
      job = entry->job;
    }
    MemoryNeed need = options_.memory->Of(job);  // May take long: not under the lock.
    absl::MutexLock lock(&mutex_);
    asked_for_.erase(entry->name.tenant);
    entry->set_aside = MostOf(need.bytes);
    entry->need = std::move(need);
    work_.Signal();
  }
}

// Only once there is a place: what is known by then is newer, such as what its model's last job took.
std::shared_ptr<JobManager::Entry> JobManager::AwaitUnknown() {
  absl::MutexLock lock(&mutex_);
  while (leads_ && !stopped_) {
    const auto unknown = std::find_if(queue_.begin(), queue_.end(),
                                      [&](const std::shared_ptr<Entry>& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
                                        return !entry->need.has_value() && !asked_for_.contains(entry->name.tenant);
                                      });
    if (idle_ > 0 && unknown != queue_.end()) {
      asked_for_.insert((*unknown)->name.tenant);
      return *unknown;
    }
    unknown_.Wait(&mutex_);
  }
  return nullptr;
}

}  // namespace clientele::training
