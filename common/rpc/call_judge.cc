#include "common/rpc/call_judge.h"

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <utility>

#include "absl/strings/match.h"
#include "common/auth/tenants_named.h"
#include "common/base/ids.h"
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
      raw_(context.origin.state->IsRaw(context.origin.method)) {
  const auto* authenticator = context.origin.state->authenticator.get();
  if (authenticator != nullptr) authorization_.emplace(context, *authenticator);
}

void CallJudge::Intercept(InterceptorBatchMethods* methods) {
  if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) OnMetadata(*methods);
  if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE)) {
    void* message = methods->GetRecvMessage();  // Null: the stream has ended.
    if (message != nullptr && context_.refusal().ok()) OnMessage(message);
  }
  if (context_.metering.on() && methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_MESSAGE)) {
    context_.metering.CountSent(static_cast<int64_t>(methods->GetSerializedSendMessage()->Length()));
  }
  methods->Proceed();
}

void CallJudge::OnMetadata(InterceptorBatchMethods& methods) {
  if (!authorization_.has_value()) return;
  absl::Status verdict = authorization_->JudgeCaller(CredentialIn(methods));
  // A stream's handler may begin before its first message.
  if (verdict.ok() && stream_ && context_.metering.on() && context_.caller.tenant.has_value()) {
    verdict = context_.metering.Open(context_.caller.tenant->value());
  }
  context_.Judge(std::move(verdict));
}

void CallJudge::OnMessage(void* message) {
  const std::set<std::string> named = TenantsIn(message, raw_);
  absl::Status verdict = authorization_.has_value() ? authorization_->JudgeMessage(named) : absl::OkStatus();
  if (verdict.ok() && context_.metering.on()) verdict = Charge(message, named);
  context_.Judge(std::move(verdict));
}

// A request of no tenant, or of several, is nobody's; so is a stream's until a message has named one.
absl::Status CallJudge::Charge(void* message, const std::set<std::string>& named) {
  if (!named.empty()) tenant_ = named.size() == 1 && IsResourceId(*named.begin()) ? *named.begin() : "";
  if (context_.caller.tenant.has_value()) tenant_ = context_.caller.tenant->value();
  if (tenant_.empty()) return absl::OkStatus();
  const quota::RowCounter& rows = context_.origin.state->meter->rows();
  if (!raw_) {
    const auto& request = *static_cast<const Message*>(message);
    return context_.metering.Charge(tenant_, stream_, rows.Count(context_.origin.method, request),
                                    static_cast<int64_t>(request.ByteSizeLong()));
  }
  auto& bytes = *static_cast<grpc::ByteBuffer*>(message);
  grpc::ProtoBufferReader wire(&bytes);
  return context_.metering.Charge(tenant_, stream_, rows.Count(context_.origin.method, wire),
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
