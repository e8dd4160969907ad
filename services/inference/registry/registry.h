// The models that are served. Readers take the catalogue as it is at that instant; publishing and moving aliases write
// to the store first, then replace the catalogue in one step.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
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
#include "common/storage/version_store.h"
#include "services/inference/registry/catalogue.h"
#include "services/inference/registry/plan.h"
#include "services/inference/registry/upload.h"

namespace clientele::inference {

// How many versions there are.
struct VersionCounts {
  int64_t available = 0;
  int64_t failed = 0;
};

// Thread-safe. Changes are serial, reads never wait for one.
class Registry {
 public:
  // Loads every stored version; one that cannot be loaded is FAILED with its reason and does not keep the others from
  // serving. When it returns, whatever can serve is loaded. Errors are the store's. `store` and `clock` outlive it.
  static absl::StatusOr<std::unique_ptr<Registry>> Open(storage::VersionStore& store, const Clock& clock);

  // Cost: a pointer copy under a reader lock.
  std::shared_ptr<const Catalogue> Get() const { return catalogue_.Get(); }
  VersionCounts Count() const;

  // A version's bytes as they were published. NOT_FOUND; DATA_LOSS: they no longer have their digest; the store's.
  struct Artifact {
    std::shared_ptr<const Version> version;
    std::unique_ptr<storage::ArtifactBytes> bytes;
  };
  absl::StatusOr<Artifact> ReadArtifact(const ModelReference& reference) const;

  absl::StatusOr<std::unique_ptr<Upload>> BeginUpload(const PublishOrder& order);
  // Checks digest, schema and golden rows, stores and shows the version, and points the order's aliases at it. Where
  // the model has this artifact already, it is that version; a request id that was used before gets its answer again.
  // INVALID_ARGUMENT (ARTIFACT_INVALID), ALREADY_EXISTS (REQUEST_ID_REUSED); the store's. Blocks: loads and syncs.
  absl::StatusOr<v1::ModelVersion> Publish(const PublishOrder& order, Upload& upload, absl::string_view actor)
      ABSL_LOCKS_EXCLUDED(mutex_);

  struct AliasMove {
    std::string etag = {};  // Empty: whatever it is now.
    std::string actor;
    std::string reason = {};
  };
  // See plan.h for the errors. Block until the change is durable.
  absl::StatusOr<v1::ModelAlias> SetAlias(const AliasName& name, int64_t version, const AliasMove& move)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // `revision` 0: to the version before; else to where that revision pointed.
  absl::StatusOr<v1::ModelAlias> RollbackAlias(const AliasName& name, int64_t revision, const AliasMove& move)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // See PlanTraffic. Blocks until the change is durable.
  absl::StatusOr<v1::ModelTraffic> UpdateTraffic(const ModelName& name, const v1::ModelTraffic& wanted,
                                                 absl::string_view actor) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<v1::ModelTraffic> GetTraffic(const ModelName& name) const;

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
  Registry(storage::VersionStore& store, const Clock& clock)
      : store_(store), clock_(clock), catalogue_(std::make_shared<Catalogue>()) {}
  absl::Status LoadAll() ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<const Version> LoadStored(const TenantId& tenant, const std::string& model,
                                            storage::StoredVersion stored) const;
  // The version a used request id stands for, as the catalogue has it; null where the id is new.
  absl::StatusOr<std::shared_ptr<const Version>> FindRequested(const PublishOrder& order) const;
  absl::StatusOr<v1::ModelVersion> Commit(const PublishOrder& order, Upload& upload,
                                          std::shared_ptr<const ScoringModel> model, absl::string_view actor)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<v1::ModelAlias> Move(const AliasName& name, const Model& model,
                                      const storage::AliasRevision& revision) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of the next change of the tenant.
  int64_t NextSequence(const TenantId& tenant) const { return Get()->SequenceOf(tenant) + 1; }
  void Show(const TenantId& tenant, const std::string& id, std::shared_ptr<const Model> model)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  storage::VersionStore& store_;
  const Clock& clock_;
  Snapshot<Catalogue> catalogue_;
  absl::Mutex mutex_;  // Held by the one that changes.
  // Catalogues that were replaced while somebody read them: they die here, not on the thread that lets go last.
  std::vector<std::shared_ptr<const Catalogue>> retired_ ABSL_GUARDED_BY(mutex_);
  mutable absl::Mutex watch_mutex_;  // Only for waiting.
  mutable absl::CondVar changed_;    // Signalled after a catalogue was replaced.
};

}  // namespace clientele::inference
