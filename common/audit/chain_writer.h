// Appends to one chain, whoever comes first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/audit/chain.h"
#include "common/base/clock.h"
#include "common/storage/audit_store.h"

namespace clientele::audit {

// Thread-safe. Everything it is given must outlive it.
class ChainWriter {
 public:
  ChainWriter(storage::AuditStore& store, std::string chain, std::string program, const Clock& clock)
      : store_(store), chain_(std::move(chain)), program_(std::move(program)), clock_(clock) {}

  // Its number, once it is durable: with time, program and its place in the chain filled in, and its resources' names
  // as they may be kept. The store's error; then the chain is as it was.
  absl::StatusOr<int64_t> Append(Entry entry) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Status Load() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  storage::AuditStore& store_;
  const std::string chain_;
  const std::string program_;
  const Clock& clock_;
  absl::Mutex mutex_;
  std::optional<privacy::DigestKey> key_ ABSL_GUARDED_BY(mutex_);  // None: not read yet, as the next.
  std::optional<Head> head_ ABSL_GUARDED_BY(mutex_);
  absl::Time last_time_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace clientele::audit
