// Files and directories that last: each function syncs what it writes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace clientele::backup {

// UNAVAILABLE or INTERNAL with STORAGE_FAILED: "cannot read data/CURRENT: Input/output error".
absl::Status FileError(absl::string_view doing, absl::string_view path, int error);

struct Digest {
  int64_t size = 0;
  std::string sha256;
};
// Of a file's bytes, in pieces; NOT_FOUND. With `sync`, the file is synced too.
absl::StatusOr<Digest> DigestFile(const std::string& path, bool sync);
// A new file with the bytes and the permissions of another; its digest.
absl::StatusOr<Digest> CopyFile(const std::string& from, const std::string& to);
absl::Status WriteFile(const std::string& path, absl::string_view bytes);
absl::StatusOr<std::string> ReadFile(const std::string& path);  // NOT_FOUND.

// The paths, below `directory`, of all regular files in it, sorted.
absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& directory);
absl::Status MakeDirectories(const std::string& path);
// A directory and all below it: names last once their directory is synced.
absl::Status SyncDirectories(const std::string& path);
// Then `to` lasts under that name.
absl::Status Rename(const std::string& from, const std::string& to);

}  // namespace clientele::backup
