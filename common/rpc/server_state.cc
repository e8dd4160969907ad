#include "common/rpc/server_state.h"

#include <typeinfo>
#include <utility>

#include "absl/strings/strip.h"
#include "common/rpc/authorization.h"

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

Method::Method(observability::Metrics& all_metrics, absl::string_view full_name)
    : path(full_name), name(absl::StripPrefix(path, "/")), metrics(all_metrics, std::string(name)) {}

Method& ServerState::MethodAt(const char* path) {
  {
    absl::ReaderMutexLock lock(&mutex_);
    if (const auto it = methods_.find(path); it != methods_.end()) return *it->second;
  }
  absl::WriterMutexLock lock(&mutex_);
  auto& method = methods_[path];
  if (method != nullptr) return *method;
  method = std::make_unique<Method>(metrics_, path);
  method->is_open = IsOpenMethod(path);
  method->is_audited = audited_methods.contains(method->name);
  method->is_raw = raw_methods.contains(method->name);
  return *method;
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

// Nothing derives from CallContext, so its type tells; a dynamic_cast would search.
const CallContext* OwnContext(const grpc::ServerContextBase& context) {
  return typeid(context) == typeid(CallContext) ? static_cast<const CallContext*>(&context) : nullptr;
}

CallContext* OwnContext(grpc::ServerContextBase& context) {
  return const_cast<CallContext*>(OwnContext(std::as_const(context)));
}

}  // namespace clientele::rpc
