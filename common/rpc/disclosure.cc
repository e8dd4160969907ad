#include "common/rpc/disclosure.h"

#include "common/auth/roles.h"
#include "common/rpc/server_state.h"

namespace clientele::rpc {

bool MaySeePersonalValues(const grpc::CallbackServerContext& context) {
  const CallContext* own = OwnContext(context);
  if (own == nullptr || own->origin.state->authenticator == nullptr) return true;
  auth::Roles officers;
  officers.Add(common::v1::ROLE_PRIVACY_OFFICER);
  return auth::Permits(officers, own->caller.roles);
}

}  // namespace clientele::rpc
