#include "common/rpc/call_judge.h"

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "common/auth/tenants_named.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "google/protobuf/message.h"

namespace clientele::rpc {
namespace {

using google::protobuf::Message;
using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

constexpr char kAuthorizationKey[] = "authorization";

std::set<std::string> TenantsIn(void* message, bool raw) {
  if (!raw) return auth::TenantsNamed(*static_cast<const Message*>(message));
  grpc::ProtoBufferReader bytes(static_cast<grpc::ByteBuffer*>(message));
  return auth::TenantsNamed(bytes);
}

// The value of the `authorization` metadata; "" where there is none.
absl::string_view CredentialIn(InterceptorBatchMethods& methods) {
  const auto* metadata = methods.GetRecvInitialMetadata();
  const auto it = metadata->find(kAuthorizationKey);
  return it == metadata->end() ? absl::string_view() : absl::string_view(it->second.data(), it->second.size());
}

}  // namespace

CallJudge::CallJudge(CallContext& context, ServerRpcInfo::Type type)
    : context_(context),
      stream_(type != ServerRpcInfo::Type::UNARY),
      one_request_(type == ServerRpcInfo::Type::UNARY || type == ServerRpcInfo::Type::SERVER_STREAMING),
      raw_(context.origin.method->is_raw) {
  const auto* authenticator = context.origin.state->authenticator.get();
  if (authenticator != nullptr) authorization_.emplace(context, *authenticator);
}

void CallJudge::Intercept(InterceptorBatchMethods* methods) {
  if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) OnMetadata(*methods);
  if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE)) {
    void* message = methods->GetRecvMessage();  // Null: the stream has ended.
    if (message != nullptr && context_.refusal().ok()) OnMessage(message);
    if (message != nullptr && context_.auditing.on() && !raw_) TellAuditing(message);
  }
  if (context_.metering.on() && methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_MESSAGE)) {
    context_.metering.CountSent(static_cast<int64_t>(methods->GetSerializedSendMessage()->Length()));
  }
  methods->Proceed();
}

void CallJudge::OnMetadata(InterceptorBatchMethods& methods) {
  if (!authorization_.has_value()) return;
  absl::Status verdict = authorization_->JudgeCaller(CredentialIn(methods));
  if (verdict.ok()) verdict = AdmitTenants({});
  // A stream's handler may begin before its first message.
  if (verdict.ok() && stream_ && context_.metering.on() && context_.caller.tenant.has_value()) {
    verdict = context_.metering.Open(context_.caller.tenant->value());
  }
  context_.Judge(std::move(verdict));
}

void CallJudge::OnMessage(void* message) {
  const std::set<std::string> named = TenantsIn(message, raw_);
  absl::Status verdict = authorization_.has_value() ? authorization_->JudgeMessage(named) : absl::OkStatus();
  NoteTenant(named);
  if (verdict.ok()) verdict = AdmitTenants(named);
  if (verdict.ok() && context_.metering.on()) verdict = Charge(message);
  context_.Judge(std::move(verdict));
}

// After the verdict: of those of a stream that nobody keeps, only one that is refused.
void CallJudge::TellAuditing(const void* message) {
  if (one_request_ || context_.auditing.every_call() || !context_.refusal().ok()) {
    context_.auditing.OnRequest(*static_cast<const Message*>(message), one_request_);
  }
}

void CallJudge::NoteTenant(const std::set<std::string>& named) {
  if (!named.empty()) tenant_ = named.size() == 1 && IsResourceId(*named.begin()) ? *named.begin() : "";
  if (context_.caller.tenant.has_value()) tenant_ = context_.caller.tenant->value();
}

// The caller's tenant, those that the message names, and the one that an earlier message of the stream did: all of them
// must be served. A name that can be no tenant's is left to who reads it.
absl::Status CallJudge::AdmitTenants(const std::set<std::string>& named) const {
  const ServerState& state = *context_.origin.state;
  if (state.tenants == nullptr) return absl::OkStatus();
  const auto table = state.tenants->Get(absl::Now());
  if (context_.caller.tenant.has_value()) return table->Admit(context_.caller.tenant->value());
  if (state.judges_callers_tenant_alone) return absl::OkStatus();
  if (!tenant_.empty()) return table->Admit(tenant_);
  for (const std::string& name : named) {
    if (IsResourceId(name)) CLIENTELE_RETURN_IF_ERROR(table->Admit(name));
  }
  return absl::OkStatus();
}

absl::Status CallJudge::Charge(void* message) {
  if (tenant_.empty()) return absl::OkStatus();
  const quota::RowCounter& rows = context_.origin.state->meter->rows();
  if (!raw_) {
    const auto& request = *static_cast<const Message*>(message);
    return context_.metering.Charge(tenant_, stream_, rows.Count(context_.origin.method->path, request),
                                    static_cast<int64_t>(request.ByteSizeLong()));
  }
  auto& bytes = *static_cast<grpc::ByteBuffer*>(message);
  grpc::ProtoBufferReader wire(&bytes);
  return context_.metering.Charge(tenant_, stream_, rows.Count(context_.origin.method->path, wire),
                                  static_cast<int64_t>(bytes.Length()));
}

bool OperatorsOnly::Guards(absl::string_view method) {
  return absl::StartsWith(method, "/grpc.reflection.") || absl::StartsWith(method, "/grpc.channelz.");
}

void OperatorsOnly::Intercept(InterceptorBatchMethods* methods) {
  if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
    const auto caller = authenticator_.Authenticate(CredentialIn(*methods));
    const bool may = caller.ok() && !caller->tenant.has_value() && caller->roles.Has(common::v1::ROLE_OPERATOR);
    if (!may) call_.server_context()->TryCancel();
  }
  methods->Proceed();
}

}  // namespace clientele::rpc
