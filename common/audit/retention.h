// How long a server keeps its audit log: what is older is cut off its chains, each time behind a signed checkpoint
// (checkpoint.h), so that what is left is still proven to be whole.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/audit/audit_log.h"
#include "common/base/clock.h"
#include "common/privacy/signing_key.h"
#include "common/storage/audit_store.h"

namespace clientele::audit {

// Of the signing key in a program's data directory, where nothing else is said; backups hold it.
inline constexpr char kSigningKeyFile[] = "audit_key.pem";

struct RetentionOptions {
  absl::Duration keep = absl::ZeroDuration();  // 0: for ever.
  std::string signing_key_file;
};

// Cuts off what of the chain is older than `before`, but not what a call that is under way began with; how many
// entries. The checkpoint is durable before anything goes. Idempotent, and goes on after a crash. DATA_LOSS: the chain
// does not hold; then nothing goes. Cost: all of the chain is read, some 3 us an entry.
absl::StatusOr<int64_t> CutChain(storage::AuditStore& store, AuditLog& log, const std::string& chain, absl::Time before,
                                 const privacy::SigningKey& key);

// Cuts all chains, on a thread of its own: as soon as a day's worth of a chain is too old, so that an entry stays for
// a day longer at most. Thread-safe.
class Retention {
 public:
  // Null where all is kept for ever. FAILED_PRECONDITION: the key. All must outlive it.
  static absl::StatusOr<std::unique_ptr<Retention>> Start(storage::AuditStore& store, AuditLog& log,
                                                          const RetentionOptions& options, const Clock& clock);
  ~Retention();
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

 private:
  Retention(storage::AuditStore& store, AuditLog& log, absl::Duration keep, privacy::SigningKey key,
            const Clock& clock);
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status CutAll();

  storage::AuditStore& store_;
  AuditLog& log_;
  const absl::Duration keep_;
  const privacy::SigningKey key_;
  const Clock& clock_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // The last: it uses all others.
};

}  // namespace clientele::audit
