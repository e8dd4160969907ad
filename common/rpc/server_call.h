// One call on the server's side, from its arrival to its status: what the reactors of unary.h and streams.h share.
#pragma once

#include <grpcpp/server_context.h>

#include <atomic>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/fair_queue.h"
#include "common/rpc/call.h"
#include "common/rpc/server_state.h"

namespace clientele::rpc {

// Cancel and CountReceived may be called from any thread; the rest from one at a time.
class ServerCall {
 public:
  enum class Kind { kUnary, kStream };

  // Reads request id and trace context from `context`, which must outlive this.
  ServerCall(grpc::CallbackServerContext* context, Kind kind);

  ~ServerCall();
  ServerCall(const ServerCall&) = delete;
  ServerCall& operator=(const ServerCall&) = delete;

  const Call& call() const { return call_; }

  // What the caller may not do; SHUTTING_DOWN once the server drains; DEADLINE_REQUIRED where it wants a deadline of
  // unary calls and this has none.
  absl::Status Admit() const;
  // What the call waits in line as.
  Flow flow() const { return own_ == nullptr ? Flow{} : own_->metering.flow(); }
  // When the next message may be read: a stream over its tenant's quota is slowed down.
  absl::Time not_before() const { return own_ == nullptr ? absl::InfinitePast() : own_->metering.not_before(); }
  // False: a message that has arrived is not for this caller to send. The handler must not see it, and the call ends
  // with why.
  bool MayRead() const;

  // Whether the audit log keeps every call of the method: a stream's first message must be there before Guard.
  bool audited() const { return own_ != nullptr && own_->auditing.every_call(); }
  // Runs the handler, or a part of it, once the audit log has taken what it must know before; what it throws is logged
  // and becomes INTERNAL.
  absl::Status Guard(absl::FunctionRef<absl::Status()> handler) const;

  void Cancel() { cancelled_->store(true, std::memory_order_relaxed); }
  // Whether the call is known to have ended early. A broken stream ends its reads before OnCancel says that it is
  // broken: without asking, a handler could take that for the end of the stream.
  bool broken() const { return context_.IsCancelled(); }
  void CountReceived() {
    if (metrics_ != nullptr) metrics_->CountReceived();
  }
  // A message is about to be sent.
  void BeforeWrite();

  // Once, and after the last write: counts, logs, tells the audit log, and gives what goes on the wire. The caller's
  // request id goes back in the initial metadata of an answer, and any in the trailing metadata of a call that fails
  // before it: headers would keep gRPC's clients from trying again.
  grpc::Status End(const absl::Status& status);

 private:
  void BeginAnswer();
  absl::Status Outcome(const absl::Status& status) const;

  grpc::CallbackServerContext& context_;
  const Kind kind_;
  const absl::Time start_ = absl::Now();
  const std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  CallContext* const own_;  // Null: of a server that is not ours.
  const CallOrigin origin_;
  MethodMetrics* const metrics_;
  const absl::Time deadline_;
  bool answered_ = false;  // There are initial metadata.
  Call call_;
};

}  // namespace clientele::rpc
