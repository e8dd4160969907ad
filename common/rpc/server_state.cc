#include "common/rpc/server_state.h"

#include <utility>

#include "absl/status/status.h"

namespace clientele::rpc {

MethodMetrics::MethodMetrics(observability::Metrics& metrics, std::string method)
    : metrics_(metrics),
      method_(std::move(method)),
      in_flight_(metrics.Gauge("clientele_rpc_calls_in_flight", "Calls being served.", {{"method", method_}})),
      latency_(metrics.Histogram("clientele_rpc_latency_seconds", "From the arrival of a call to its status.",
                                 observability::LatencyBounds(), {{"method", method_}})),
      received_(metrics.Counter("clientele_rpc_messages_received_total", "Messages of streams that came in.",
                                {{"method", method_}})),
      sent_(metrics.Counter("clientele_rpc_messages_sent_total", "Messages of streams that went out.",
                            {{"method", method_}})) {}

void MethodMetrics::End(int code, double seconds) {
  in_flight_.Decrement();
  latency_.Observe(seconds);
  const size_t index = code >= 0 && code < static_cast<int>(kCodes) ? static_cast<size_t>(code) : 2;
  prometheus::Counter* calls = calls_[index].load(std::memory_order_acquire);
  if (calls == nullptr) {  // Whoever else is here gets the same counter.
    calls = &metrics_.Counter("clientele_rpc_calls_total", "Calls by their status.",
                              {{"method", method_}, {"code", absl::StatusCodeToString(absl::StatusCode(index))}});
    calls_[index].store(calls, std::memory_order_release);
  }
  calls->Increment();
}

MethodMetrics& ServerState::MetricsOf(absl::string_view method) {
  {
    absl::ReaderMutexLock lock(&mutex_);
    if (const auto it = methods_.find(method); it != methods_.end()) return *it->second;
  }
  absl::WriterMutexLock lock(&mutex_);
  auto& entry = methods_[std::string(method)];
  if (!entry) entry = std::make_unique<MethodMetrics>(metrics_, std::string(method));
  return *entry;
}

void ServerState::BeginCall() {
  absl::MutexLock lock(&calls_mutex_);
  ++calls_in_flight_;
}

void ServerState::EndCall() {
  absl::MutexLock lock(&calls_mutex_);
  --calls_in_flight_;
}

void ServerState::Drain(absl::Time deadline) {
  draining->store(true);
  absl::MutexLock lock(&calls_mutex_);
  calls_mutex_.AwaitWithDeadline(
      absl::Condition(+[](int64_t* calls) { return *calls == 0; }, &calls_in_flight_), deadline);
}

void CallContext::Judge(absl::Status verdict) {
  absl::MutexLock lock(&mutex_);
  refusal_.Update(std::move(verdict));
}

absl::Status CallContext::refusal() const {
  absl::MutexLock lock(&mutex_);
  return refusal_;
}

const CallContext* OwnContext(const grpc::CallbackServerContext& context) {
  return dynamic_cast<const CallContext*>(&context);
}

CallContext* OwnContext(grpc::CallbackServerContext& context) { return dynamic_cast<CallContext*>(&context); }

}  // namespace clientele::rpc
