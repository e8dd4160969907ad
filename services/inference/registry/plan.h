// What a request changes: pure functions from a model as it is to the change to be written. The registry writes and
// shows what they say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/storage/version_store.h"
#include "services/inference/registry/catalogue.h"
#include "services/inference/traffic/traffic.h"

namespace clientele::inference {

// Who moves an alias, when, and why: for the journal.
struct Author {
  std::string actor;
  absl::Time time;
  std::string reason = {};
};

// `alias` after `revision`. A set and a restore put a version on top; a rollback takes the top one off.
Alias Apply(Alias alias, const storage::AliasRevision& revision);

// The alias as it was at `time`, from its journal; revision 0 where there was none yet.
Alias AliasAt(absl::Span<const storage::AliasRevision> journal, absl::Time time);

// The revision that points `alias_id` at `version`; none where it points there already. `etag` empty: whatever it is
// now. NOT_FOUND: no such version. FAILED_PRECONDITION (VERSION_NOT_AVAILABLE). ABORTED (ETAG_MISMATCH).
absl::StatusOr<std::optional<storage::AliasRevision>> PlanSet(const Model& model, const std::string& alias_id,
                                                              int64_t version, absl::string_view etag,
                                                              const Author& author);

// The revision that points `alias_id` back. NOT_FOUND: no such alias. FAILED_PRECONDITION: NO_PREVIOUS_VERSION, or
// VERSION_NOT_AVAILABLE. ABORTED (ETAG_MISMATCH).
absl::StatusOr<storage::AliasRevision> PlanRollback(const Model& model, const std::string& alias_id,
                                                    absl::string_view etag, const Author& author);

// The revision that points `alias_id` at where it stood after the journal's revision `restored`. INVALID_ARGUMENT: the
// journal has no such revision. Else as PlanSet; none where it points there already.
absl::StatusOr<std::optional<storage::AliasRevision>> PlanRestore(const Model& model, const std::string& alias_id,
                                                                  absl::Span<const storage::AliasRevision> journal,
                                                                  int64_t restored, absl::string_view etag,
                                                                  const Author& author);

// The model's traffic after an update, told with its revision, etag and author. NOT_FOUND: a target that is not there.
// FAILED_PRECONDITION (VERSION_NOT_AVAILABLE): one that cannot score. ABORTED (ETAG_MISMATCH). Else of ParseTraffic.
absl::StatusOr<Traffic> PlanTraffic(const Model& model, const ModelName& name, const v1::ModelTraffic& wanted,
                                    const Author& author);
// What is told of a model whose traffic was never set.
v1::ModelTraffic NoTraffic(const ModelName& name);

struct PublishPlan {
  int64_t version = 0;
  bool is_new = false;     // Else the model has this artifact already.
  bool must_load = false;  // It is new, or not loaded.
  std::vector<storage::AliasRevision> revisions;
};

// What is kept of the version once it is deleted: all that is told of it, but not its artifact. None where it is
// already. NOT_FOUND. FAILED_PRECONDITION (VERSION_IN_USE): an alias, an arm, the shadow or the version policy names
// it.
absl::StatusOr<std::optional<storage::StoredVersion>> PlanDelete(const Model& model, const VersionName& name);

// What is kept of a version that never scores again, and where its aliases go: to `successor`, or, of 0, nowhere. None
// where it is retired already, or is not there.
struct RetirePlan {
  storage::StoredVersion version;
  std::vector<storage::AliasRevision> revisions;
};
std::optional<RetirePlan> PlanRetire(const Model& model, int64_t version, int64_t successor, const Author& author);

// What publishing an artifact of this digest, with these aliases on it, changes. `model` null: its first version.
PublishPlan PlanPublish(const Model* model, absl::string_view sha256, const std::vector<std::string>& alias_ids,
                        const Author& author);

}  // namespace clientele::inference
