// The seam between inference and whatever keeps its model versions. One folder a backend; tests/contract runs one suite
// on each.
//
// It keeps the artifacts' bytes, what is told about every version, the journal of every alias, each model's settings
// and the ids of publishing requests. Only Commit writes, and what one Commit writes becomes visible at once or not at
// all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "common/base/ids.h"

namespace clientele::storage {

// The bytes of an artifact, for as long as this lives.
class ArtifactBytes {
 public:
  virtual ~ArtifactBytes() = default;
  virtual absl::string_view view() const = 0;
};

// An artifact on its way in: it is nobody's until it is committed, and nothing of it stays if it never is.
// Thread-compatible.
class StagedArtifact {
 public:
  virtual ~StagedArtifact() = default;
  // UNAVAILABLE or INTERNAL with STORAGE_FAILED.
  virtual absl::Status Append(absl::string_view bytes) = 0;
  // What was appended so far.
  virtual absl::StatusOr<std::unique_ptr<ArtifactBytes>> Read() const = 0;
};

// A version as it is kept: everything that is told about it without loading it.
struct StoredVersion {
  int64_t number = 0;  // From 1 on, within its model.
  // Without aliases and state_reason, which are found out; with a state only where it is DELETED or RETIRED, the
  // latter with its reason.
  inference::v1::ModelVersion metadata;
};

enum class AliasChange : uint8_t { kSet = 1, kRollback = 2, kRestore = 3 };

// One entry of an alias's journal: who moved it, when, from where to where, and why.
struct AliasRevision {
  std::string alias;
  int64_t revision = 0;  // 1 at first, then without gaps.
  AliasChange change = AliasChange::kSet;
  int64_t from_version = 0;  // 0: the alias did not exist.
  int64_t to_version = 0;
  std::string actor;
  absl::Time time;
  std::string reason;
  int64_t restored_revision = 0;  // kRestore: the revision it went back to.
};

// What a request id stood for.
struct PublishRequest {
  std::string request_id;
  std::string fingerprint;  // Of the request, so that another one under the same id is noticed.
  std::string model;
  int64_t version = 0;
};

// What is kept of a model beside its versions and aliases; only the last revision.
struct StoredDocument {
  int64_t revision = 0;  // 1 at first, then without gaps.
  std::string bytes;
};

// A change of one model.
struct ModelChange {
  int64_t sequence = 0;  // Its place among the tenant's changes: 1, then without gaps.
  std::string model;
  std::optional<StoredVersion> version;
  std::vector<AliasRevision> revisions;
  std::optional<PublishRequest> request;
  std::optional<StoredDocument> traffic;   // An inference.v1.ModelTraffic: how requests are shared out.
  std::optional<StoredDocument> settings;  // An inference.v1.Model: its display name and version policy.
};

// What a change was, for those who follow: the version that it published or deleted, if any, and the aliases that it
// moved.
struct PastChange {
  int64_t sequence = 0;
  std::string model;
  int64_t version = 0;  // 0: none.
  struct Move {
    std::string alias;
    int64_t revision = 0;
  };
  std::vector<Move> moves;
  bool deleted = false;   // The version was not published but deleted.
  bool traffic = false;   // How requests are shared out.
  bool settings = false;  // Its display name or version policy.
};

// Thread-safe. Errors of every call: UNAVAILABLE or INTERNAL with STORAGE_FAILED.
class VersionStore {
 public:
  virtual ~VersionStore() = default;

  // Begins an artifact of this tenant.
  virtual absl::StatusOr<std::unique_ptr<StagedArtifact>> StageArtifact(const TenantId& tenant) = 0;

  // Writes `change`, and `artifact` (from StageArtifact, or null) as the bytes that change.version's sha256 names: all
  // in one atomic, durable step. The same version with the same digest may be written again, unless it was deleted:
  // that is for ever. A deleted version's bytes go where no other version of the tenant has them. ABORTED where the
  // version's number has another digest or was deleted, a revision is not the next of its alias, the traffic or the
  // settings, or the sequence not the tenant's next: somebody else was faster. On an error nothing has changed.
  virtual absl::Status Commit(const TenantId& tenant, const ModelChange& change,
                              std::unique_ptr<StagedArtifact> artifact) = 0;

  // The bytes of a committed artifact of the tenant. NOT_FOUND where there are none.
  virtual absl::StatusOr<std::unique_ptr<ArtifactBytes>> ReadArtifact(const TenantId& tenant,
                                                                      absl::string_view sha256) const = 0;

  // NOT_FOUND where the tenant has not used the id.
  virtual absl::StatusOr<PublishRequest> FindRequest(const TenantId& tenant, absl::string_view request_id) const = 0;

  // Also of a version that was deleted. NOT_FOUND.
  virtual absl::StatusOr<StoredVersion> ReadVersion(const TenantId& tenant, const std::string& model,
                                                    int64_t number) const = 0;

  // The journal of one alias, from its first revision on; empty where there is no such alias.
  virtual absl::StatusOr<std::vector<AliasRevision>> ReadAliasJournal(const TenantId& tenant, const std::string& model,
                                                                      const std::string& alias) const = 0;

  // Every model's traffic, or settings, that were ever set, in order of tenant, model. For starting up.
  using VisitDocument = absl::FunctionRef<void(const TenantId&, const std::string& model, StoredDocument document)>;
  virtual absl::Status ForEachTraffic(VisitDocument visit) const = 0;
  virtual absl::Status ForEachSettings(VisitDocument visit) const = 0;

  // At most `most` changes of the tenant after the sequence number `after`, in order.
  virtual absl::StatusOr<std::vector<PastChange>> ReadChanges(const TenantId& tenant, int64_t after,
                                                              int most) const = 0;

  // Whether other programs may commit, too: whoever shows what is kept looks again whenever AwaitCommit has returned.
  virtual bool IsShared() const { return false; }
  // Waits until somebody has committed, or for `timeout`; may return sooner. For one thread.
  virtual void AwaitCommit(absl::Duration /*timeout*/) {}

  // The last sequence number of every tenant that has one. For starting up.
  virtual absl::Status ForEachSequence(absl::FunctionRef<void(const TenantId&, int64_t last)> visit) const = 0;
  // Every version of every tenant and model, in order of tenant, model, number. For starting up.
  virtual absl::Status ForEachVersion(
      absl::FunctionRef<void(const TenantId&, const std::string& model, StoredVersion version)> visit) const = 0;
  // Every journal entry, in order of tenant, model, alias, revision. For starting up.
  virtual absl::Status ForEachAliasRevision(
      absl::FunctionRef<void(const TenantId&, const std::string& model, AliasRevision revision)> visit) const = 0;
};

}  // namespace clientele::storage
