// The copy of the keys that lies beside the backups: always of now, never of before. A backup of the records holds no
// key; whoever brings one back on another machine needs this copy, and the master key, which no copy holds.
//
//   <directory>/newest    a backup (common/backup) of the store of keys
//
// There is one copy, and each takes the place of the one before, so that a key that is destroyed is gone here, too. It
// is made anew with every backup of the records, after it, so that it opens all of them but for customers who were
// erased; with every erasure, before that is done; and when master keys change. Between two renames it is
// <directory>/next for an instant.
#pragma once

#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/base/clock.h"

namespace clientele::ingestion {

inline constexpr char kKeyCopiesProgram[] = "clientele-ingestion-keys";

// Thread-safe.
class KeyCopies {
 public:
  // Copies the store of keys into a directory that is there and empty.
  using Copy = std::function<absl::Status(const std::string& target)>;

  // `directory` empty: nowhere, and nothing is done. `clock` must outlive it.
  KeyCopies(std::string directory, Copy copy, const Clock& clock)
      : directory_(std::move(directory)), copy_(std::move(copy)), clock_(clock) {}

  // Makes the copy, or makes it anew. STORAGE_FAILED: then the one before stays.
  absl::Status Make() ABSL_LOCKS_EXCLUDED(mutex_);
  // Makes it anew where there is one.
  absl::Status Renew() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Status MakeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string directory_;
  const Copy copy_;
  const Clock& clock_;
  absl::Mutex mutex_;  // One at a time.
};

}  // namespace clientele::ingestion
