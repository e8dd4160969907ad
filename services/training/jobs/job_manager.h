// Owns the training jobs: queues them, runs a few at a time through a WorkerLauncher, tenants by turns (next_job.h),
// and tells whoever watches.
//
// Jobs share a budget of memory, and those of one tenant its part of it. What a job will take is asked for once there
// is a place for it, by threads of their own, so that an answer that is slow to come holds back that tenant's jobs
// alone; and it is set aside before the job starts. One for which there is no room waits (its progress says so), but is
// not passed by for ever; one that can never fit fails. A worker that takes more than was set aside gets more where
// there is some; else it is ended, and its job waits for twice as much, until that is all there is: then it has failed.
//
// Several managers on one store are replicas: one leads and runs the jobs, the others answer from the store and write
// down what they are asked for; the leader finds it when it looks (Refresh). Who loses the lead ends its workers and
// writes nothing more.
//
// Durable are the states; progress lives in memory. A job that was running when the service went down, in whatever way,
// is queued when it comes back, before all younger ones.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/resource_name.h"
#include "common/base/stop_token.h"
#include "common/storage/job_store.h"
#include "services/training/jobs/job_memory.h"
#include "services/training/jobs/job_state.h"
#include "services/training/jobs/next_job.h"
#include "services/training/jobs/worker_launcher.h"

namespace clientele::training {

struct JobManagerOptions {
  bool leads = true;    // From the start; else once Lead is called.
  int max_running = 1;  // Jobs, and so threads of the manager and worker processes; a few more ask for memory.
  int max_queued = 100;
  // Of a tenant; asked for before each job, so that it may change. Must be quick. None: all tenants have the same
  // share.
  std::function<TenantShare(const TenantId&)> share_of = nullptr;
  // Whether a tenant, of which so many jobs wait, may create another: its error is the creation's. None: it may.
  std::function<absl::Status(const TenantId&, int64_t waiting)> admit = nullptr;
  // Called with the CPU time of each worker that has ended, however it did.
  std::function<void(const TenantId&, absl::Duration)> on_worker_end = nullptr;
  int64_t memory_budget = 0;      // Bytes; 0: jobs may take what they like.
  int64_t memory_per_tenant = 0;  // Bytes of the jobs of one tenant; 0: no bound of their own.
  JobMemory* memory = nullptr;    // Outlives the manager. Null: no budget either.
  // Called at every change of state, with the state before (UNSPECIFIED for a new job). Must be quick; not called
  // concurrently.
  std::function<void(const v1::TrainingJob&, v1::TrainingJob::State before)> on_change;
};

// A job that is to be.
struct NewJob {
  std::string job_id;      // Empty: the manager chooses.
  std::string request_id;  // Empty: none.
  v1::TrainingJob job;     // Its spec, valid, and threads.
};

// A job as somebody saw it. `revision` rises with every change.
struct JobView {
  v1::TrainingJob job;
  int64_t revision = 0;
};

struct JobPage {
  std::vector<v1::TrainingJob> jobs;
  std::string next_position;  // Empty: no more.
};

// Thread-safe. Errors beside those named are the store's.
class JobManager {
 public:
  // Where it leads, reads what is open from the store and starts. `store`, `launcher` and `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<JobManager>> Start(storage::JobStore& store, WorkerLauncher& launcher,
                                                           const Clock& clock, JobManagerOptions options);
  ~JobManager();  // Stop().
  JobManager(const JobManager&) = delete;
  JobManager& operator=(const JobManager&) = delete;

  // Durable and queued when it returns. The same request id with the same request: the job it made. ALREADY_EXISTS with
  // REQUEST_ID_REUSED or TRAINING_JOB_EXISTS; RESOURCE_EXHAUSTED with TOO_MANY_JOBS; the error of
  // options.admit; UNAVAILABLE once stopped.
  absl::StatusOr<v1::TrainingJob> Create(const TenantId& tenant, NewJob request) ABSL_LOCKS_EXCLUDED(mutex_);

  // NOT_FOUND.
  absl::StatusOr<v1::TrainingJob> Get(const TrainingJobName& name) ABSL_LOCKS_EXCLUDED(mutex_);

  // Newest first, at most `limit`, after `position` of the page before ("": from the newest).
  absl::StatusOr<JobPage> List(const TenantId& tenant, absl::string_view position, int limit)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns when the job has ended, which a worker may delay by the launcher's grace; or, with its request in force,
  // when `stop` says so. A job whose result came first ends as it would have. NOT_FOUND, FAILED_PRECONDITION with
  // TRAINING_JOB_ENDED.
  absl::StatusOr<v1::TrainingJob> Cancel(const TrainingJobName& name, const StopToken& stop)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Blocks until the job has another revision than `seen` (-1: returns at once) or has ended. NOT_FOUND; what `stop`
  // says, at most a quarter of a second later; UNAVAILABLE once stopped or `drain` has been.
  absl::StatusOr<JobView> Await(const TrainingJobName& name, int64_t seen, const StopToken& stop,
                                const StopToken& drain = StopToken()) ABSL_LOCKS_EXCLUDED(mutex_);

  // Runs what is open in the store from now on; what was running, whoever ran it, first. Not while it leads.
  absl::Status Lead() ABSL_LOCKS_EXCLUDED(mutex_);
  // Another leads from now on: ends the workers, joins, and writes nothing; who waits is told UNAVAILABLE. Idempotent.
  void Follow() ABSL_LOCKS_EXCLUDED(mutex_);
  // As leader: takes over what other replicas have written down since the last time. Cheap where that is nothing.
  absl::Status Refresh() ABSL_LOCKS_EXCLUDED(mutex_);

  // Stops the workers, puts their jobs back to queued, wakes who waits, joins. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // A job that is queued or running, and what watches it.
  struct Entry {
    explicit Entry(TrainingJobName job_name) : name(std::move(job_name)) {}
    const TrainingJobName name;
    v1::TrainingJob job;
    int64_t revision = 0;
    bool cancelled = false;    // Somebody asked for it.
    Worker* worker = nullptr;  // While it runs.
    std::optional<MemoryNeed> need = std::nullopt;  // None: not estimated yet.
    int64_t set_aside = 0;     // Bytes; of a job that waits, what will be.
    int overtaken = 0, overtaken_by_own = 0;  // See WaitingJob.
    WorkerMemory took;         // Of the worker that has ended.
    absl::CondVar changed;
  };
  using Key = std::pair<TenantId, std::string>;
  static Key KeyOf(const TrainingJobName& name) { return {name.tenant, name.job}; }

  JobManager(storage::JobStore& store, WorkerLauncher& launcher, const Clock& clock, JobManagerOptions options);

  // In replicas.cc.
  absl::Status Recover() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status TakeOver() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CancelWhatWasAsked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // All that wait, and those of the tenant.
  struct Waiting {
    int64_t all = 0, tenants = 0;
  };
  absl::StatusOr<Waiting> CountWaiting(const TenantId& tenant) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of a job that another replica runs, by looking at the store again and again.
  absl::StatusOr<JobView> AwaitElsewhere(const TrainingJobName& name, int64_t seen, const StopToken& stop,
                                         const StopToken& drain) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<v1::TrainingJob> CancelElsewhere(const TrainingJobName& name, const StopToken& stop)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Wakes the threads and ends the workers, then joins.
  void Halt(bool leads, bool stopped) ABSL_LOCKS_EXCLUDED(mutex_);
  // Ends it, or asks its worker to. FAILED_PRECONDITION: it has ended.
  absl::Status BeginCancel(const std::shared_ptr<Entry>& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Open(const std::shared_ptr<Entry>& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::StatusOr<std::string> FindByRequest(const TenantId& tenant, const NewJob& request, absl::string_view digest)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string ChooseId(const TenantId& tenant, const v1::TrainingJob& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // In run_jobs.cc.
  void RunJobs() ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<Entry> TakeNext() ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits for work, as one of those that have no job.
  void AwaitWork() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasEstimate(const Entry& entry) const { return options_.memory == nullptr || entry.need.has_value(); }
  void FailWhatNeverFits() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Taken out of the queue; null: no tenant may run another, or there is no room.
  std::shared_ptr<Entry> TakeFairly() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::map<TenantId, TenantLoad> Loads() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Says to those of `waiting` that wait for memory that they do and for whose, and to nobody else.
  void TellWaiting(const std::vector<std::shared_ptr<Entry>>& waiting, const NextJobs& jobs, const MemoryBudget& memory,
                   const std::map<TenantId, TenantLoad>& loads) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  MemoryBudget Memory() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What the job may hold, and what is set aside for it, if no other begins.
  int64_t RoomFor(const Entry& entry) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t MostOfOne() const;  // What one job may be given at all; 0: as much as it likes.
  void TellReserved() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t MostOf(int64_t bytes) const;
  MemoryAllowance AllowanceOf(const std::shared_ptr<Entry>& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<v1::WorkerResult> RunOne(const std::shared_ptr<Entry>& entry) ABSL_LOCKS_EXCLUDED(mutex_);
  void Finish(const std::shared_ptr<Entry>& entry, absl::StatusOr<v1::WorkerResult> outcome)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether its worker was ended for want of memory that there may be when others have ended.
  bool MayHaveMore(const Entry& entry) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void QueueForMore(const std::shared_ptr<Entry>& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // In estimate_jobs.cc.
  void EstimateJobs() ABSL_LOCKS_EXCLUDED(mutex_);
  // The next job to ask for, once a place waits for it; null: the threads are to end.
  std::shared_ptr<Entry> AwaitUnknown() ABSL_LOCKS_EXCLUDED(mutex_);

  absl::StatusOr<v1::TrainingJob> GetLocked(const TrainingJobName& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<Entry> FindEntry(const TrainingJobName& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status AwaitChange(Entry& entry, int64_t seen, const StopToken& stop, const StopToken& drain)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Moves the entry on, stores it, tells watchers and forgets it once it has ended.
  absl::Status Change(Entry& entry, JobEvent event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  storage::JobStore& store_;
  WorkerLauncher& launcher_;
  const Clock& clock_;
  const JobManagerOptions options_;

  absl::Mutex mutex_;
  absl::CondVar work_;       // Something was queued or has ended, or the threads are to end.
  absl::CondVar unknown_;    // There may be something to ask for, or the threads are to end.
  int idle_ ABSL_GUARDED_BY(mutex_) = 0;                  // Threads without a job.
  std::set<TenantId> asked_for_ ABSL_GUARDED_BY(mutex_);  // One at a time of each.
  absl::CondVar elsewhere_;  // What another replica had may be here, or stopped_.
  std::map<Key, std::shared_ptr<Entry>> open_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<Entry>> queue_ ABSL_GUARDED_BY(mutex_);  // All of them in open_ and QUEUED.
  std::map<TenantId, int64_t> last_starts_ ABSL_GUARDED_BY(mutex_);   // Of tenants in open_: see TenantLoad.
  int64_t starts_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t seen_changes_ ABSL_GUARDED_BY(mutex_) = -1;  // Of the store.
  bool leads_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;  // For good.
  absl::Mutex switching_;                         // One Lead, Follow or Stop at a time.
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(switching_);  // While it leads: they run jobs and estimate them.
};

}  // namespace clientele::training
