// Who is shown personal values in full.
#pragma once

#include <grpcpp/server_context.h>

namespace clientele::rpc {

// Whether the caller is a privacy officer or a tenant's administrator; where nobody has to show anything, everybody
// may. A handler that shows such values then says so: call.audit_note.ShowsPersonalValues().
bool MaySeePersonalValues(const grpc::CallbackServerContext& context);

}  // namespace clientele::rpc
