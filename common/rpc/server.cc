#include "common/rpc/server.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/impl/server_initializer.h>

#include <iostream>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/audit/audit_log.h"
#include "common/auth/roles.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "common/rpc/admin_service.h"
#include "common/rpc/audit_service.h"
#include "common/rpc/authorization.h"
#include "common/rpc/call_judge.h"
#include "common/rpc/credentials.h"
#include "common/rpc/health_service.h"
#include "common/rpc/metrics_endpoint.h"
#include "common/rpc/polling_threads.h"
#include "common/rpc/raw_methods.h"
#include "common/rpc/self_description.h"
#include "common/rpc/server_state.h"
#include "common/rpc/signals.h"
#include "common/rpc/tenant_service.h"
#include "common/rpc/unknown_method.h"

namespace clientele::rpc {
namespace {

constexpr int64_t kMostPollingThreads = 1024;
constexpr absl::Duration kHangUp = absl::Milliseconds(500);

// Gives every call a context of ours, by which it reaches the server's state.
class ContextAllocator final : public grpc::ContextAllocator {
 public:
  explicit ContextAllocator(ServerState& state) : state_(state) {}
  grpc::CallbackServerContext* NewCallbackServerContext() override { return new CallContext(state_); }
  grpc::GenericCallbackServerContext* NewGenericCallbackServerContext() override {
    return new grpc::GenericCallbackServerContext();
  }
  void Release(grpc::CallbackServerContext* context) override { delete context; }
  void Release(grpc::GenericCallbackServerContext* context) override { delete context; }

 private:
  ServerState& state_;
};

// Tells each context the method it is for, which gRPC tells interceptors alone, and judges calls where callers have to
// show who they are or have quotas.
class CallJudges final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit CallJudges(ServerState& state) : state_(state) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override {
    CallContext* const context = OwnContext(*info->server_context());
    if (context == nullptr) return NewOperatorsOnly(*info);
    const Method& method = *(context->origin.method = &state_.MethodAt(info->method()));
    if (method.is_audited) context->auditing.KeepEveryCall();
    const bool nothing_to_judge =
        state_.authenticator == nullptr && state_.tenants == nullptr && state_.meter == nullptr && !method.is_audited;
    return nothing_to_judge || method.is_open ? nullptr : new CallJudge(*context, info->type());
  }

 private:
  grpc::experimental::Interceptor* NewOperatorsOnly(grpc::experimental::ServerRpcInfo& info) const {
    if (state_.authenticator == nullptr || !OperatorsOnly::Guards(info.method())) return nullptr;
    return new OperatorsOnly(info, *state_.authenticator);
  }

  ServerState& state_;
};

// Learns the names of all services, which have a health each, and tells the state which of their methods are audited.
class ServiceNames final : public grpc::ServerBuilderOption {
 public:
  ServiceNames(std::vector<std::string>& names, ServerState& state) : names_(names), state_(state) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->push_back(std::make_unique<Plugin>(names_, state_));
  }

 private:
  class Plugin final : public grpc::ServerBuilderPlugin {
   public:
    Plugin(std::vector<std::string>& names, ServerState& state) : names_(names), state_(state) {}
    std::string name() override { return "clientele_service_names"; }
    void InitServer(grpc::ServerInitializer* server) override {  // Before the first call.
      if (state_.audit_log != nullptr) state_.audited_methods = auth::AuditedMethods(*server->GetServiceList());
    }
    void Finish(grpc::ServerInitializer* server) override { names_ = *server->GetServiceList(); }
    void ChangeArguments(const std::string&, void*) override {}

   private:
    std::vector<std::string>& names_;
    ServerState& state_;
  };
  std::vector<std::string>& names_;
  ServerState& state_;
};

absl::Status CheckLimit(absl::string_view field, int64_t bytes) {
  if (bytes >= 1024 && bytes <= INT32_MAX) return absl::OkStatus();
  return InvalidField(field, absl::StrCat(bytes, " is out of range; allowed: 1024 to ", INT32_MAX));
}

absl::Status Validate(const ServerOptions& options) {
  CLIENTELE_RETURN_IF_ERROR(CheckLimit("server.max_receive_message_bytes", options.max_receive_message_bytes));
  CLIENTELE_RETURN_IF_ERROR(CheckLimit("server.max_send_message_bytes", options.max_send_message_bytes));
  CLIENTELE_RETURN_IF_ERROR(CheckLimit("server.max_header_bytes", options.max_header_bytes));
  if (options.max_connection_streams < 1 || options.max_connection_streams > 1'000'000) {
    return InvalidField("server.max_connection_streams",
                        absl::StrCat(options.max_connection_streams, " is out of range; allowed: 1 to 1,000,000"));
  }
  if (options.polling_threads < 0 || options.polling_threads > kMostPollingThreads) {
    return InvalidField("server.polling_threads",
                        absl::StrCat(options.polling_threads, " is out of range; allowed: 0 to ", kMostPollingThreads));
  }
  if (options.handshake_timeout <= absl::ZeroDuration()) {
    return InvalidField("server.handshake_timeout", "must be longer than 0");
  }
  if (options.max_unary_duration <= absl::ZeroDuration()) {
    return InvalidField("server.max_unary_duration", "must be longer than 0");
  }
  return absl::OkStatus();
}

int Milliseconds(absl::Duration duration) { return static_cast<int>(absl::ToInt64Milliseconds(duration)); }

void SetArguments(const ServerOptions& options, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_receive_message_bytes));
  builder.SetMaxSendMessageSize(static_cast<int>(options.max_send_message_bytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(options.max_header_bytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, static_cast<int>(options.max_connection_streams));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(options.handshake_timeout));
  // Who sets a deadline ends the call when it has passed, and handlers know it as well: a timer for it here would be a
  // twentieth of a small call.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_DEADLINE_CHECKS, 0);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // A second server on the port must fail.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keepalive_interval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(options.keepalive_timeout));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Milliseconds(options.min_ping_interval));
  if (options.max_connection_age > absl::ZeroDuration()) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(options.max_connection_age));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Milliseconds(options.drain_timeout));
  }
}

std::string HostOf(const std::string& address) { return address.substr(0, address.rfind(':')); }

}  // namespace

class Server::Impl {
 public:
  Impl(const ServerOptions& options, observability::Metrics& metrics)
      : options_(options), state_(metrics, options.require_deadline, options.max_unary_duration) {
    state_.audit_log = options.audit_log;
  }
  ~Impl() { Shutdown(); }

  absl::Status Start(const std::vector<grpc::Service*>& services, observability::Metrics& metrics) {
    CLIENTELE_RETURN_IF_ERROR(Validate(options_));
    CLIENTELE_ASSIGN_OR_RETURN(auto credentials, ServerCredentials(options_));
    CLIENTELE_RETURN_IF_ERROR(SetAuthenticator());
    CLIENTELE_RETURN_IF_ERROR(SetTenants());
    CLIENTELE_RETURN_IF_ERROR(SetMeter(metrics));
    if (!options_.metrics_address.empty()) {
      CLIENTELE_ASSIGN_OR_RETURN(metrics_endpoint_, MetricsEndpoint::Start(options_.metrics_address, metrics));
    }
    grpc::EnableDefaultHealthCheckService(false);
    // Debian builds Abseil with the deadlock detector of its debug mode, which enters every lock that is taken into one
    // graph: a fourteenth of what a small call costs.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    SelfDescription::Install();
    grpc::ServerBuilder builder;
    // Elsewhere reflection answers anybody, so it is for servers that do so anyway.
    const bool reflection = (options_.reflection && !options_.auth.enabled()) || options_.describes_itself;
    builder.SetOption(std::make_unique<SelfDescription>(reflection, options_.describes_itself));
    SetArguments(options_, builder);
    builder.AddListeningPort(options_.address, credentials, &port_);
    builder.SetContextAllocator(std::make_unique<ContextAllocator>(state_));
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
    interceptors.push_back(std::make_unique<CallJudges>(state_));
    builder.experimental().SetInterceptorCreators(std::move(interceptors));
    builder.SetOption(std::make_unique<ServiceNames>(service_names_, state_));
    for (grpc::Service* service : services) Register(*service, builder);
    if (options_.audit_log != nullptr) builder.RegisterService(&audit_service_.emplace(options_.audit_log->reader()));
    builder.RegisterService(&health_);
    builder.RegisterCallbackGenericService(&unknown_method_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port_ == 0) {
      return Error(absl::StatusCode::kUnavailable, ErrorReason::kInternal,
                   absl::StrCat("server.address: cannot serve on ", options_.address,
                                "; is it taken, not this machine's, or is a certificate not valid?"));
    }
    health_.Add(service_names_);
    polling_threads_.emplace(static_cast<int>(options_.polling_threads));
    if (options_.starts_ready) Ready();
    CLIENTELE_RETURN_IF_ERROR(StartProbes());
    return StartAdmin(metrics);
  }

  void Register(grpc::Service& service, grpc::ServerBuilder& builder) {
    builder.RegisterService(&service);
    const auto* raw = dynamic_cast<const RawMethods*>(&service);
    if (raw == nullptr) return;
    for (const absl::string_view method : raw->raw_methods()) state_.raw_methods.insert(method);
  }

  void Ready() { health_.Serve(); }

  absl::Status ServeUntilSignal() {
    StopSignals signals;
    CLIENTELE_RETURN_IF_ERROR(signals.status());
    std::cout << options_.program << ": serving on " << HostOf(options_.address) << ":" << port_;
    if (admin_port() != 0) std::cout << ", administered on " << HostOf(options_.admin_address) << ":" << admin_port();
    if (probe_port_ != 0) std::cout << ", probed on " << HostOf(options_.probe_address) << ":" << probe_port_;
    if (metrics_port() != 0) std::cout << ", metrics on " << HostOf(options_.metrics_address) << ":" << metrics_port();
    std::cout << std::endl;
    const int signal = signals.Wait();
    observability::Log(observability::LogLevel::kInfo, "draining", {{"signal", signal}});
    health_.StopServing();
    absl::SleepFor(options_.drain_delay);
    Shutdown();
    observability::Log(observability::LogLevel::kInfo, "stopped");
    return absl::OkStatus();
  }

  void Shutdown() {
    if (server_ == nullptr) return;
    std::call_once(shutdown_, [this] {
      health_.Shutdown();
      // gRPC's own shutdown also waits for idle clients to hang up, which some do only when they next wake: so the
      // calls are waited for here, and the connections for a moment.
      state_.Drain(absl::Now() + options_.drain_timeout);
      server_->Shutdown(absl::ToChronoTime(absl::Now() + kHangUp));
      server_->Wait();
      if (admin_ != nullptr) admin_->Shutdown();
      if (probes_ != nullptr) probes_->Shutdown(absl::ToChronoTime(absl::Now() + kHangUp));
    });
  }

  int port() const { return port_; }
  int metrics_port() const { return metrics_endpoint_ == nullptr ? 0 : metrics_endpoint_->port(); }
  int admin_port() const { return admin_ == nullptr ? 0 : admin_->port(); }
  int probe_port() const { return probe_port_; }

 private:
  // Calls are metered where somebody has a quota, or asks what was used.
  absl::Status SetMeter(observability::Metrics& metrics) {
    if (options_.quota.file.empty() && options_.admin_address.empty()) return absl::OkStatus();
    state_.meter = options_.meter;
    if (state_.meter != nullptr) return absl::OkStatus();
    CLIENTELE_ASSIGN_OR_RETURN(own_meter_, quota::Meter::Open(options_.quota, clock_, metrics));
    state_.meter = own_meter_.get();
    return absl::OkStatus();
  }

  absl::Status SetTenants() {
    if (options_.auth.tenants_file.empty()) return absl::OkStatus();
    auto tenants = auth::WatchedFile<auth::TenantTable>::Open(options_.auth.tenants_file, auth::TenantTable::Parse);
    if (!tenants.ok()) return InvalidField("auth.tenants_file", tenants.status().message());
    state_.tenants = *std::move(tenants);
    state_.judges_callers_tenant_alone = options_.judges_callers_tenant_alone;
    return absl::OkStatus();
  }

  // The same health on a port that wants neither TLS nor a credential.
  absl::Status StartProbes() {
    if (options_.probe_address.empty()) return absl::OkStatus();
    grpc::ServerBuilder builder;
    builder.SetOption(std::make_unique<SelfDescription>(/*reflection=*/false, /*channelz=*/false));
    SetArguments(options_, builder);
    builder.AddListeningPort(options_.probe_address, grpc::InsecureServerCredentials(), &probe_port_);
    builder.RegisterService(&health_);
    probes_ = builder.BuildAndStart();
    if (probes_ != nullptr && probe_port_ != 0) return absl::OkStatus();
    return Error(absl::StatusCode::kUnavailable, ErrorReason::kInternal,
                 absl::StrCat("server.probe_address: cannot serve on ", options_.probe_address));
  }

  absl::Status StartAdmin(observability::Metrics& metrics) {
    if (options_.admin_address.empty()) return absl::OkStatus();
    admin_service_ =
        std::make_unique<AdminService>(options_.auth.api_keys_file, state_.tenants.get(), *state_.meter, clock_);
    tenant_service_ = std::make_unique<TenantService>(options_.auth.tenants_file, state_.tenants.get(), clock_);
    ServerOptions options = options_;
    options.address = std::exchange(options.admin_address, "");
    options.metrics_address.clear();
    options.probe_address.clear();
    options.polling_threads = 0;  // This server's are the process's.
    options.quota = {};
    options.meter = nullptr;
    options.judges_callers_tenant_alone = true;
    options.allow_anonymous = false;  // Who may read data need not be who makes keys.
    options.describes_itself = true;
    options.starts_ready = true;
    auto admin = Server::Start(options, {admin_service_.get(), tenant_service_.get()}, metrics);
    if (!admin.ok()) return Annotate(admin.status(), "admin.address");
    admin_ = *std::move(admin);
    return absl::OkStatus();
  }

  absl::Status SetAuthenticator() {
    if (options_.auth.enabled()) {
      CLIENTELE_ASSIGN_OR_RETURN(state_.authenticator, auth::Authenticator::Create(options_.auth, clock_));
      return absl::OkStatus();
    }
    const bool vouched_for = !options_.tls_client_ca_file.empty();  // By whoever signs certificates.
    if (!IsLoopback(options_.address) && !vouched_for && !options_.allow_anonymous) {
      return InvalidField("auth", absl::StrCat("whoever reaches ", options_.address,
                                               " could read and change everything; set auth.key_set_file, "
                                               "auth.api_keys_file or server.tls_client_ca_file, or "
                                               "server.allow_anonymous where everybody on the network may"));
    }
    observability::Log(observability::LogLevel::kWarn, "callers need not show who they are",
                       {{"address", options_.address}, {"beyond_this_machine", !IsLoopback(options_.address)}});
    return absl::OkStatus();
  }

  const ServerOptions options_;
  const SystemClock clock_;
  std::unique_ptr<quota::Meter> own_meter_;  // Null: somebody else's, or none.
  ServerState state_;
  HealthService health_;
  std::optional<AuditService> audit_service_;  // None: nothing is kept.
  UnknownMethod unknown_method_;
  std::vector<std::string> service_names_;
  int port_ = 0;
  std::optional<PollingThreads> polling_threads_;
  std::unique_ptr<MetricsEndpoint> metrics_endpoint_;
  std::once_flag shutdown_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<AdminService> admin_service_;  // Null: none, as the next two.
  std::unique_ptr<TenantService> tenant_service_;
  std::unique_ptr<Server> admin_;
  int probe_port_ = 0;
  std::unique_ptr<grpc::Server> probes_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      std::vector<grpc::Service*> services,
                                                      observability::Metrics& metrics) {
  auto impl = std::make_unique<Impl>(options, metrics);
  CLIENTELE_RETURN_IF_ERROR(impl->Start(services, metrics));
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

int Server::port() const { return impl_->port(); }
int Server::metrics_port() const { return impl_->metrics_port(); }
int Server::admin_port() const { return impl_->admin_port(); }
int Server::probe_port() const { return impl_->probe_port(); }
absl::Status Server::ServeUntilSignal() { return impl_->ServeUntilSignal(); }
void Server::Ready() { impl_->Ready(); }
void Server::Shutdown() { impl_->Shutdown(); }

}  // namespace clientele::rpc
