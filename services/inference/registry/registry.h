// The models that are served. Readers take the catalogue as it is at that instant; a change is written to the store
// first, then replaces the catalogue in one step. Which versions are in memory follows from what the catalogue says:
// see residency.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/base/clock.h"
#include "common/base/resource_name.h"
#include "common/base/snapshot.h"
#include "common/base/stop_token.h"
#include "common/quota/meter.h"
#include "common/storage/version_store.h"
#include "services/inference/registry/catalogue.h"
#include "services/inference/registry/lifecycle_metrics.h"
#include "services/inference/registry/loader.h"
#include "services/inference/registry/plan.h"
#include "services/inference/registry/reaper.h"
#include "services/inference/registry/upload.h"

namespace clientele::inference {

// Thread-safe. Changes are serial, reads never wait for one.
class Registry {
 public:
  // Reads what is stored, and begins to load what is wanted of it, what aliases and arms name first; scores can be
  // asked for at once. A version that cannot be loaded is FAILED with its reason and does not keep the others from
  // serving; one that the store could not read is read again at times. Errors are the store's. All given outlives it.
  static absl::StatusOr<std::unique_ptr<Registry>> Open(storage::VersionStore& store, const Clock& clock,
                                                        LifecycleMetrics* metrics = nullptr);
  ~Registry();

  // Holds who publishes to its tenant's quota. Before the first Publish; `meter` outlives it.
  void HoldTo(quota::Meter& meter) { meter_ = &meter; }

  // Wait until what is named, or all that is wanted, is loaded or has failed.
  void AwaitNamed() { loader_.AwaitUrgent(); }
  void AwaitLoaded() { loader_.AwaitAll(); }

  // Cost: a pointer copy under a reader lock.
  std::shared_ptr<const Catalogue> Get() const { return catalogue_.Get(); }
  int64_t Count(v1::ModelVersion::State state) const;
  const Clock& clock() const { return clock_; }

  // Also of a version that was deleted. NOT_FOUND; the store's.
  absl::StatusOr<v1::ModelVersion> Describe(const VersionName& name) const;
  // A version's bytes as they were published. NOT_FOUND; DATA_LOSS: they no longer have their digest; the store's.
  struct Artifact {
    std::shared_ptr<const Version> version;
    std::unique_ptr<storage::ArtifactBytes> bytes;
  };
  absl::StatusOr<Artifact> ReadArtifact(const ModelReference& reference) const;

  absl::StatusOr<std::unique_ptr<Upload>> BeginUpload(const PublishOrder& order);
  // Checks digest, schema and golden rows, stores and shows the version, and points the order's aliases at it. Where
  // the model has this artifact already, it is that version; a request id that was used before gets its answer again.
  // INVALID_ARGUMENT (ARTIFACT_INVALID), ALREADY_EXISTS (REQUEST_ID_REUSED), RESOURCE_EXHAUSTED (QUOTA_EXCEEDED): it
  // would be one model or version too many; FAILED_PRECONDITION (VERSION_RETIRED): the version that it is was retired;
  // the store's. Blocks: loads and syncs.
  absl::StatusOr<v1::ModelVersion> Publish(const PublishOrder& order, Upload& upload, absl::string_view actor)
      ABSL_LOCKS_EXCLUDED(mutex_);

  struct AliasMove {
    std::string etag = {};  // Empty: whatever it is now.
    std::string actor;
    std::string reason = {};
  };
  // See plan.h for the errors, and the error of `stop`. Block until the change is durable; a version that is not loaded
  // is loaded first.
  absl::StatusOr<v1::ModelAlias> SetAlias(const AliasName& name, int64_t version, const AliasMove& move,
                                          const StopToken& stop = {}) ABSL_LOCKS_EXCLUDED(mutex_);
  // `revision` 0: to the version before; else to where that revision pointed.
  absl::StatusOr<v1::ModelAlias> RollbackAlias(const AliasName& name, int64_t revision, const AliasMove& move,
                                               const StopToken& stop = {}) ABSL_LOCKS_EXCLUDED(mutex_);

  // See PlanTraffic. As SetAlias.
  absl::StatusOr<v1::ModelTraffic> UpdateTraffic(const ModelName& name, const v1::ModelTraffic& wanted,
                                                 absl::string_view actor, const StopToken& stop = {})
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<v1::ModelTraffic> GetTraffic(const ModelName& name) const;

  // See PlanSettings. Blocks until the change is durable; versions come and go after it.
  absl::StatusOr<v1::Model> Update(const ModelName& name, const v1::UpdateModelRequest& request)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // See PlanDelete. Blocks until the change is durable. Of a version that is deleted already: its tombstone.
  absl::StatusOr<v1::ModelVersion> Delete(const VersionName& name, absl::string_view reason, absl::string_view actor)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Retires a version: from one instant on it scores by none of its names, for ever, and its aliases stand for the
  // first of `successors` that could be loaded, all in one durable step. Where none could, they stay with it and those
  // who ask are told so. OK, too, where it is retired already or is not there. The error of `stop` while one is loaded;
  // the store's.
  absl::Status RetireVersion(const VersionName& name, absl::Span<const int64_t> successors, const AliasMove& move,
                             const StopToken& stop = {}) ABSL_LOCKS_EXCLUDED(mutex_);

  // The alias now, or as it was at `as_of`. NOT_FOUND: no such alias, or not yet.
  absl::StatusOr<v1::ModelAlias> GetAlias(const AliasName& name, std::optional<absl::Time> as_of) const;
  // From its first revision on. NOT_FOUND: no such alias.
  absl::StatusOr<std::vector<storage::AliasRevision>> ReadAliasJournal(const AliasName& name) const;

  // The tenant's changes after `sequence`, at most 100, in order; waits for the next where there is none. UNAVAILABLE:
  // `drain` has stopped; the error of `stop`; the store's.
  absl::StatusOr<std::vector<storage::PastChange>> AwaitChanges(const TenantId& tenant, int64_t sequence,
                                                                const StopToken& stop, const StopToken& drain) const
      ABSL_LOCKS_EXCLUDED(watch_mutex_);

 private:
  // Versions of a model that somebody waits for, and so stay loaded while this lives.
  class Hold {
   public:
    Hold(Registry& registry, const ModelName& name, std::vector<int64_t> versions);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    // Until each is loaded, has failed or is not there.
    absl::Status Await(const StopToken& stop) const;

   private:
    Registry& registry_;
    const ModelName name_;
    const std::vector<int64_t> versions_;
  };
  // A model as it is from now on.
  struct Shown {
    TenantId tenant;
    std::string id;
    std::shared_ptr<Model> model;
  };

  Registry(storage::VersionStore& store, const Clock& clock, LifecycleMetrics* metrics);

  // The version a used request id stands for, as it is told now; none where the id is new.
  absl::StatusOr<std::optional<v1::ModelVersion>> FindRequested(const PublishOrder& order) const;
  absl::StatusOr<v1::ModelVersion> Commit(const PublishOrder& order, Upload& upload, const PublishPlan& plan,
                                          std::shared_ptr<const ScoringModel> loaded, const Author& author)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<v1::ModelAlias> Move(const AliasName& name, const Model& model, const storage::AliasRevision& revision)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CommitRetirement(const VersionName& name, const Model& model, int64_t successor, const AliasMove& move)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of the next change of the tenant.
  int64_t NextSequence(const TenantId& tenant) const { return Get()->SequenceOf(tenant) + 1; }

  // A durable change.
  void Show(const TenantId& tenant, const std::string& id, std::shared_ptr<Model> model)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Where the store is shared: shows what other programs have committed, until `stop`. See follow.cc.
  void Follow(std::stop_token stop) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status CatchUp() ABSL_LOCKS_EXCLUDED(mutex_);
  // Changes that last only as long as this process: which versions are loaded. Begins what must follow.
  void ShowStates(std::vector<Shown> shown) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Replace(std::shared_ptr<Catalogue> next, std::vector<Shown> shown) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::set<int64_t> HeldVersions(const TenantId& tenant, const std::string& model) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Sets the states that PlanResidency says, and appends what is to be loaded.
  void Settle(Shown& shown, std::vector<Loader::Job>& jobs) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What `after` no longer has of `before` dies; counts.
  void Retire(const Shown& after, const Model* before) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Plans anew, after what is awaited has changed.
  void Reconsider(const ModelName& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnLoaded(std::vector<Loader::Result> results) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnFreed(const ModelName& name, int64_t version) ABSL_LOCKS_EXCLUDED(mutex_);

  storage::VersionStore& store_;
  const Clock& clock_;
  LifecycleMetrics* const metrics_;
  quota::Meter* meter_ = nullptr;  // Null: nobody is held to a quota.
  Snapshot<Catalogue> catalogue_;
  absl::Mutex mutex_;  // Held by the one that changes.
  // By tenant and model: versions that somebody waits for.
  std::map<std::pair<TenantId, std::string>, std::multiset<int64_t>> held_ ABSL_GUARDED_BY(mutex_);
  std::map<v1::ModelVersion::State, int64_t> counts_ ABSL_GUARDED_BY(mutex_);
  mutable absl::Mutex watch_mutex_;  // Only for waiting.
  mutable absl::CondVar changed_;    // Signalled after a catalogue was replaced.
  // Old catalogues, and versions that are not served any more.
  Reaper reaper_;
  Loader loader_;
  std::jthread follower_;  // Where the store is shared.
};

}  // namespace clientele::inference
