// Who did what to which resource of this server, when, and with which result: written by common/rpc for every call that
// a method's option or its handler wants kept, so that no handler can forget it.
//
// What a crash means. A call that is kept has an entry before its handler begins, and another when it has ended, before
// its caller knows; both are durable. So no change is without an entry, and who got an answer is in the log with it.
// Where the process dies in between, the first entry alone is there: at the next start a second one says that the call
// was interrupted, and that whether it took effect is not known. Where the disk takes the first entry and not the
// second, the call has happened and its caller is answered; the second is written as soon as the disk is well.
//
// Refused calls are written within moments by a thread of the log's own, at most so many (see refusal_limit.h): nobody
// waits for them, and those of the last moments before a crash may be lost.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/audit/audit_reader.h"
#include "common/audit/chain.h"
#include "common/audit/chain_writer.h"
#include "common/audit/refusal_limit.h"
#include "common/base/clock.h"
#include "common/observability/metrics.h"
#include "common/storage/audit_store.h"

namespace clientele::audit {

// Thread-safe. Entries come with everything that a call says of itself: principal, method, resources as the request
// named them, result; see ChainWriter::Append for the rest.
class AuditLog {
 public:
  // Says of calls that were interrupted that they were. What is given must outlive the log.
  static absl::StatusOr<std::unique_ptr<AuditLog>> Open(storage::AuditStore& store, std::string program,
                                                        const Clock& clock, observability::Metrics& metrics);
  ~AuditLog();  // Writes what waits.
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // The call may take effect from here on. The number of its entry, for End; UNAVAILABLE with STORAGE_FAILED: it must
  // not be made.
  absl::StatusOr<int64_t> Begin(const std::string& chain, Entry call);
  // It has, with call.code(); call.begun_number() is what Begin said.
  void End(const std::string& chain, Entry call);
  // Its answer shows personal values in full. UNAVAILABLE with STORAGE_FAILED: it must not be given.
  absl::Status Show(const std::string& chain, Entry call);
  // It was refused. Never blocks.
  void Refuse(const std::string& chain, Entry call) ABSL_LOCKS_EXCLUDED(mutex_);

  const AuditReader& reader() const { return reader_; }

 private:
  struct Waiting {
    std::string chain;
    Entry entry;
  };

  AuditLog(storage::AuditStore& store, std::string program, const Clock& clock, observability::Metrics& metrics);
  absl::Status EndInterrupted();
  absl::StatusOr<int64_t> Append(const std::string& chain, const Entry& entry) ABSL_LOCKS_EXCLUDED(mutex_);
  ChainWriter& WriterOf(const std::string& chain) ABSL_LOCKS_EXCLUDED(mutex_);
  void SettleLimits() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteWaiting() ABSL_LOCKS_EXCLUDED(mutex_);  // The thread.
  void WriteBatch(std::deque<Waiting>& batch);

  storage::AuditStore& store_;
  const std::string program_;
  const AuditReader reader_;
  const Clock& clock_;
  observability::Metrics& metrics_;
  prometheus::Counter& left_out_;
  prometheus::Counter& failures_;
  absl::Mutex mutex_;
  std::map<std::string, std::unique_ptr<ChainWriter>> writers_ ABSL_GUARDED_BY(mutex_);  // By chain, as the next.
  std::map<std::string, RefusalLimit> limits_ ABSL_GUARDED_BY(mutex_);
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace clientele::audit
