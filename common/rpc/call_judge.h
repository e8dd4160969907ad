// What stands between the wire and every handler: whether the caller may make the call, and whether its tenant's quota
// allows it.
#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <optional>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "common/rpc/authorization.h"
#include "common/rpc/server_state.h"

namespace clientele::rpc {

// Judges one call of `context` as its metadata and its messages arrive, and tells the context: first whether it is the
// caller's to make, then, where the server meters, whether its tenant may make it now.
class CallJudge final : public grpc::experimental::Interceptor {
 public:
  CallJudge(CallContext& context, grpc::experimental::ServerRpcInfo::Type type);

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override;

 private:
  void OnMetadata(grpc::experimental::InterceptorBatchMethods& methods);
  void OnMessage(void* message);
  void TellAuditing(const void* message);
  // Notes whose the message is: of no tenant, or of several, it is nobody's; so is a stream's until one has named one.
  void NoteTenant(const std::set<std::string>& named);
  absl::Status AdmitTenants(const std::set<std::string>& named) const;
  absl::Status Charge(void* message);

  CallContext& context_;
  const bool stream_;
  const bool one_request_;                      // Which lives as long as the call.
  const bool raw_;                              // Messages arrive as bytes.
  std::optional<Authorization> authorization_;  // None where nobody has to show anything.
  std::string tenant_;                          // Whom messages are charged to; a stream's later ones need not name it.
};

// Guards gRPC's own services that tell about a whole server, reflection and channelz: they know no statuses of ours, so
// that a call of anybody but an operator of the platform, who has every tenant, is cancelled.
class OperatorsOnly final : public grpc::experimental::Interceptor {
 public:
  static bool Guards(absl::string_view method);

  OperatorsOnly(grpc::experimental::ServerRpcInfo& call, const auth::Authenticator& authenticator)
      : call_(call), authenticator_(authenticator) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override;

 private:
  grpc::experimental::ServerRpcInfo& call_;
  const auth::Authenticator& authenticator_;
};

}  // namespace clientele::rpc
