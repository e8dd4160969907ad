// Who may call what, decided before a handler sees the call: the credential in its metadata, the roles its method asks
// for, the tenant its messages name.
#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <set>
#include <string>

#include "common/rpc/server_state.h"

namespace clientele::rpc {

// Judges one call of `context` as its metadata and its messages arrive, and tells the context. A stream's messages may
// leave the tenant out once one has named it.
class Authorization final : public grpc::experimental::Interceptor {
 public:
  Authorization(CallContext& context, const auth::Authenticator& authenticator)
      : context_(context), authenticator_(authenticator) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override;

 private:
  absl::Status JudgeCaller(absl::string_view authorization);
  std::set<std::string> TenantsIn(void* message) const;
  absl::Status JudgeMessage(const std::set<std::string>& named);

  CallContext& context_;
  const auth::Authenticator& authenticator_;
  bool tenant_named_ = false;
};

// Whether everybody may call it: whether a server lives is no secret.
bool IsOpenMethod(absl::string_view method);

// Whether its requests reach the handler as bytes: there what arrives is a grpc::ByteBuffer, else a protobuf message.
bool IsRawMethod(absl::string_view method);

}  // namespace clientele::rpc
