#include "common/rpc/server_call.h"

#include <time.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "common/rpc/status.h"
#include "common/rpc/trace.h"

namespace clientele::rpc {
namespace {

absl::string_view Metadata(const grpc::CallbackServerContext& context, const char* key) {
  const auto& metadata = context.client_metadata();
  const auto it = metadata.find(key);
  return it == metadata.end() ? absl::string_view() : absl::string_view(it->second.data(), it->second.size());
}

absl::Time DeadlineOf(const grpc::CallbackServerContext& context) {
  const auto deadline = context.deadline();
  return deadline == std::chrono::system_clock::time_point::max() ? absl::InfiniteFuture() : absl::FromChrono(deadline);
}

// Counts the processor's time that this thread takes while it lives, where anybody wants to know.
class CpuCount {
 public:
  explicit CpuCount(const CallContext* context)
      : metering_(context != nullptr && context->metering.on() ? &context->metering : nullptr),
        start_(metering_ == nullptr ? absl::ZeroDuration() : Spent()) {}
  ~CpuCount() {
    if (metering_ != nullptr) metering_->CountCpu(Spent() - start_);
  }
  CpuCount(const CpuCount&) = delete;
  CpuCount& operator=(const CpuCount&) = delete;

 private:
  static absl::Duration Spent() {
    timespec time = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return absl::DurationFromTimespec(time);
  }

  const Metering* const metering_;
  const absl::Duration start_;
};

}  // namespace

ServerCall::ServerCall(grpc::CallbackServerContext* context, Kind kind)
    : context_(*context),
      kind_(kind),
      own_(OwnContext(*context)),
      origin_(own_ == nullptr ? CallOrigin{} : own_->origin),
      metrics_(origin_.method == nullptr ? nullptr : &origin_.method->metrics),
      deadline_(DeadlineOf(*context)) {
  absl::Time deadline = deadline_;
  if (origin_.state != nullptr) {
    if (kind == Kind::kUnary) deadline = std::min(deadline, start_ + origin_.state->max_unary_duration);
    call_.drain = StopToken(absl::InfiniteFuture(), origin_.state->draining);
  }
  call_.stop = StopToken(deadline, cancelled_);
  call_.request_id = RequestIdOr(Metadata(*context, kRequestIdKey));
  call_.traceparent = ChildTraceparent(Metadata(*context, kTraceparentKey));
  if (origin_.method != nullptr) call_.method = origin_.method->name;
  if (own_ != nullptr) call_.caller = own_->caller.subject;
  if (metrics_ != nullptr) metrics_->Begin();
  if (origin_.state != nullptr) origin_.state->BeginCall();
}

ServerCall::~ServerCall() {
  if (origin_.state != nullptr) origin_.state->EndCall();
}

absl::Status ServerCall::Admit() const {
  if (own_ != nullptr) CLIENTELE_RETURN_IF_ERROR(own_->refusal());
  if (origin_.state != nullptr && origin_.state->draining->load()) {
    return Error(absl::StatusCode::kUnavailable, ErrorReason::kShuttingDown, "the server is shutting down");
  }
  if (kind_ == Kind::kUnary && origin_.state != nullptr && origin_.state->require_deadline &&
      deadline_ == absl::InfiniteFuture()) {
    return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kDeadlineRequired,
                 "this server wants a deadline on every call; set one, for example 10 seconds");
  }
  return absl::OkStatus();
}

bool ServerCall::MayRead() const { return own_ == nullptr || own_->refusal().ok(); }

absl::Status ServerCall::Guard(absl::FunctionRef<absl::Status()> handler) const {
  if (audited() && !own_->auditing.begun()) {
    CLIENTELE_RETURN_IF_ERROR(own_->refusal());
    CLIENTELE_RETURN_IF_ERROR(own_->auditing.Begin(*own_, call_));
  }
  const CpuCount cpu(own_);
  std::string what;
  try {
    return handler();
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
    what = "an exception of unknown type";
  }
  observability::Log(observability::LogLevel::kError, "a handler threw",
                     {{"method", call_.method}, {"request_id", call_.request_id}, {"what", what}});
  return Error(absl::StatusCode::kInternal, ErrorReason::kInternal,
               absl::StrCat("an unexpected failure; the server's log has more under request id ", call_.request_id));
}

// Who sent no id asks for none: it would be the only header of a small call.
void ServerCall::BeginAnswer() {
  if (!Metadata(context_, kRequestIdKey).empty()) context_.AddInitialMetadata(kRequestIdKey, call_.request_id);
}

void ServerCall::BeforeWrite() {
  if (!answered_) BeginAnswer();
  answered_ = true;
  if (metrics_ != nullptr) metrics_->CountSent();
}

// A call whose caller has gone did not succeed, and one stopped by its own deadline was not cancelled.
absl::Status ServerCall::Outcome(const absl::Status& status) const {
  if (own_ != nullptr) CLIENTELE_RETURN_IF_ERROR(own_->refusal());
  if (!call_.stop.cancelled() || (!status.ok() && !absl::IsCancelled(status))) return status;
  if (absl::Now() >= deadline_) {
    return Error(absl::StatusCode::kDeadlineExceeded, ErrorReason::kDeadlineExceeded, "the deadline has passed");
  }
  return status.ok() ? Error(absl::StatusCode::kCancelled, ErrorReason::kCancelled, "the caller has gone") : status;
}

grpc::Status ServerCall::End(const absl::Status& status) {
  absl::Status outcome = Outcome(status);
  if (own_ != nullptr) outcome = own_->auditing.End(*own_, call_, std::move(outcome));
  const absl::Duration elapsed = absl::Now() - start_;
  if (!answered_ && outcome.ok()) BeginAnswer();
  if (!answered_ && !outcome.ok()) context_.AddTrailingMetadata(kRequestIdKey, call_.request_id);
  if (metrics_ != nullptr) metrics_->End(static_cast<int>(outcome.code()), absl::ToDoubleSeconds(elapsed));
  using observability::LogLevel;
  const bool ours = outcome.code() == absl::StatusCode::kInternal || outcome.code() == absl::StatusCode::kUnknown ||
                    outcome.code() == absl::StatusCode::kDataLoss || outcome.code() == absl::StatusCode::kUnavailable;
  // What is refused for being too much is counted by the metrics: a flood must not fill the log.
  const bool usual = outcome.ok() || outcome.code() == absl::StatusCode::kResourceExhausted;
  const LogLevel level = usual ? LogLevel::kDebug : ours ? LogLevel::kWarn : LogLevel::kInfo;
  if (observability::LogEnabled(level)) {
    // The message only where the fault is ours: others may quote the request.
    observability::Log(level, ours ? absl::StrCat("call failed: ", outcome.message()) : "call",
                       {{"method", call_.method},
                        {"code", absl::StatusCodeToString(outcome.code())},
                        {"reason", outcome.ok() ? std::string() : ReasonOf(outcome)},
                        {"request_id", call_.request_id},
                        {"trace_id", TraceId(call_.traceparent)},
                        {"milliseconds", absl::ToDoubleMilliseconds(elapsed)}});
  }
  return ToGrpc(outcome);
}

}  // namespace clientele::rpc
