// What the audit log is told of a call: that it begins, before its handler does anything, and how it ended, before its
// caller knows.
//
// Of a method whose option says AUDIT_EVERY_CALL each call that gets as far as its handler; of the others those that
// are refused, and those whose handler says that the answer shows personal values. All else costs a look at two fields.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/rpc/call.h"
#include "google/protobuf/message.h"

namespace clientele::admin::v1 {
class AuditEntry;
}
namespace clientele::audit {
class AuditLog;
}

namespace clientele::rpc {

class CallContext;

// One of each call, in its context. OnRequest is called as messages arrive, Begin and End by whoever runs the call.
class Auditing {
 public:
  // Null: nothing is kept. `log` must outlive this.
  explicit Auditing(audit::AuditLog* log) : log_(log) {}

  bool on() const { return log_ != nullptr; }
  // The method's option says so. Before the first message.
  void KeepEveryCall() { every_call_ = true; }
  bool every_call() const { return every_call_; }

  // What the first says is what the call is about. `stays`: the message lives as long as the call.
  void OnRequest(const google::protobuf::Message& request, bool stays) ABSL_LOCKS_EXCLUDED(mutex_);

  bool begun() const { return begun_ != 0; }
  // Durable when it returns. UNAVAILABLE with STORAGE_FAILED: the log takes no entries, so the call must not be made.
  absl::Status Begin(const CallContext& context, const Call& call);
  // What the caller is answered: `outcome`, or UNAVAILABLE where the answer would show what no entry tells of.
  absl::Status End(const CallContext& context, const Call& call, absl::Status outcome);

 private:
  std::vector<std::string> Resources() const ABSL_LOCKS_EXCLUDED(mutex_);
  std::string ChainOf(const CallContext& context, bool refused) const;
  admin::v1::AuditEntry EntryOf(const CallContext& context, const Call& call) const;

  audit::AuditLog* const log_;
  bool every_call_ = false;
  const google::protobuf::Message* request_ = nullptr;          // Null: none has come, or it does not stay, and
  mutable absl::Mutex mutex_;                                   // (a stream may end while a message of it arrives)
  std::vector<std::string> resources_ ABSL_GUARDED_BY(mutex_);  // these are what it named.
  std::string chain_;                                           // Where the call has begun, and
  int64_t begun_ = 0;                                           // the number it did so with; 0: nowhere.
};

}  // namespace clientele::rpc
