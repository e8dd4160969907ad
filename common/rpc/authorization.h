// Who may call what, decided before a handler sees the call: the credential in its metadata, the roles its method asks
// for, the tenant its messages name.
#pragma once

#include <set>
#include <string>

#include "common/rpc/server_state.h"

namespace clientele::rpc {

// Judges one call of `context`. A stream's messages may leave the tenant out once one has named it.
class Authorization {
 public:
  Authorization(CallContext& context, const auth::Authenticator& authenticator)
      : context_(context), authenticator_(authenticator) {}

  // By the value of the `authorization` metadata; who it is, where it holds, is told to the context. UNAUTHENTICATED or
  // PERMISSION_DENIED.
  absl::Status JudgeCaller(absl::string_view authorization);
  // By the tenants that a message names. PERMISSION_DENIED.
  absl::Status JudgeMessage(const std::set<std::string>& named);

 private:
  CallContext& context_;
  const auth::Authenticator& authenticator_;
  bool tenant_named_ = false;
};

// Whether everybody may call it: whether a server lives is no secret.
bool IsOpenMethod(absl::string_view method);

}  // namespace clientele::rpc
