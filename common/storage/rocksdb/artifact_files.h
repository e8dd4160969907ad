// Artifacts as files, one each, under their digest: DIRECTORY/tenants/TENANT/SHA256, and DIRECTORY/staging/N on the way
// in.
//
// Files, not values of the database: an artifact may have a gigabyte and never changes, so that a log-structured store
// would only write it several times over; a file is written once and can be mapped instead of read. A file counts for
// nothing until the database names it, so that the database's write alone decides.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"
#include "common/storage/version_store.h"

namespace clientele::storage {

// Maps the file of an artifact that was kept in `directory`. NOT_FOUND.
absl::StatusOr<std::unique_ptr<ArtifactBytes>> ReadArtifactFile(const std::string& directory, const TenantId& tenant,
                                                                absl::string_view sha256);

// Thread-safe. One process a directory (the database beside it holds the lock). Errors carry STORAGE_FAILED.
class ArtifactFiles {
 public:
  // Creates the directory where it is missing, and empties its staging area.
  static absl::StatusOr<std::unique_ptr<ArtifactFiles>> Open(std::string directory);

  absl::StatusOr<std::unique_ptr<StagedArtifact>> Stage();
  // Makes a staged artifact, one of this object's, durable under its digest; replaces what was there.
  absl::Status Keep(StagedArtifact& artifact, const TenantId& tenant, absl::string_view sha256);
  absl::StatusOr<std::unique_ptr<ArtifactBytes>> Read(const TenantId& tenant, absl::string_view sha256) const {
    return ReadArtifactFile(directory_, tenant, sha256);
  }

  using Name = std::pair<std::string, std::string>;  // Tenant, digest.
  // Who has mapped it keeps its bytes. That it is not there, or cannot be removed, is no error.
  void Remove(const Name& name);
  // Removes every file that is not in `wanted`: what a crash left between file and database.
  void RemoveAllBut(const std::set<Name>& wanted);

 private:
  explicit ArtifactFiles(std::string directory) : directory_(std::move(directory)) {}

  const std::string directory_;
  std::atomic<int64_t> next_staged_ = 1;
};

}  // namespace clientele::storage
