// Reads versions into memory, on threads of its own: those that score never load.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/storage/version_store.h"
#include "services/inference/scoring/scoring_model.h"

namespace clientele::inference {

// The model of `bytes`, once its schema and its golden rows hold. INVALID_ARGUMENT with ARTIFACT_INVALID.
absl::StatusOr<std::shared_ptr<const ScoringModel>> LoadModel(const storage::ArtifactBytes& bytes);

// Thread-safe.
class Loader {
 public:
  struct Job {
    TenantId tenant;
    std::string model;
    int64_t version = 0;
    std::string sha256;  // Of the stored artifact.
    int64_t size_bytes = 0;
    bool urgent = false;  // Before all that are not.
    int failures = 0;     // How often it could not be read so far.
  };
  struct Result {
    Job job;
    absl::StatusOr<std::shared_ptr<const ScoringModel>> model;
    absl::Duration duration;
  };
  // Gets what was loaded, on the loader's threads; several at once where they are small, so that showing them costs
  // less.
  using Deliver = std::function<void(std::vector<Result>)>;

  // `store` outlives it. Threads: 1 or more, the most that load at once.
  Loader(const storage::VersionStore& store, int threads, Deliver deliver);
  ~Loader() { Stop(); }

  // In their order. Once stopped, they are forgotten.
  void Add(std::vector<Job> jobs) ABSL_LOCKS_EXCLUDED(mutex_);

  // One that could not be read, once a while has passed: a second, then twice as long each time, at most five minutes.
  // Nobody waits for it.
  void AddAgain(Job job) ABSL_LOCKS_EXCLUDED(mutex_);

  // Wait until what was added, or what of it is urgent, is delivered; or until it is stopped.
  void AwaitAll() ABSL_LOCKS_EXCLUDED(mutex_);
  void AwaitUrgent() ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends what is being loaded, and delivers it; forgets the rest; joins. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  // Those whose time has come join the rest.
  void TakeDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Waits for one; none once it is stopped.
  std::optional<Job> Next() ABSL_LOCKS_EXCLUDED(mutex_);
  // One that is as urgent, and so small that what was loaded before may wait for it; none where the next is not like
  // that.
  std::optional<Job> NextSmall(bool urgent) ABSL_LOCKS_EXCLUDED(mutex_);
  Result Load(Job job) const;
  void Hand(std::vector<Result> results) ABSL_LOCKS_EXCLUDED(mutex_);

  const storage::VersionStore& store_;
  const Deliver deliver_;
  absl::Mutex mutex_;
  absl::CondVar added_, delivered_;
  std::deque<Job> urgent_ ABSL_GUARDED_BY(mutex_);
  std::deque<Job> rest_ ABSL_GUARDED_BY(mutex_);
  std::multimap<absl::Time, Job> again_ ABSL_GUARDED_BY(mutex_);  // By when.
  int64_t urgent_pending_ ABSL_GUARDED_BY(mutex_) = 0;            // Not delivered yet.
  int64_t pending_ ABSL_GUARDED_BY(mutex_) = 0;                   // The same, of all.
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // Last: they use the rest.
};

}  // namespace clientele::inference
