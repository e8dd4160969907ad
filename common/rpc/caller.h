// Who makes a call, for handlers that answer some callers alone.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/auth/principal.h"
#include "common/base/error.h"
#include "common/rpc/server_state.h"

namespace clientele::rpc {

// The caller of a server of ours; where nobody has to show anything, somebody with every tenant.
inline auth::Principal CallerOf(const grpc::CallbackServerContext& context) {
  const CallContext* own = OwnContext(context);
  return own == nullptr ? auth::Principal() : own->caller;
}

// PERMISSION_DENIED for callers of one tenant, whatever their roles: `what` is done by those who have every tenant.
inline absl::Status CheckIsOfPlatform(const grpc::CallbackServerContext& context, absl::string_view what) {
  if (!CallerOf(context).tenant.has_value()) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, ErrorReason::kPermissionDenied,
               absl::StrCat(what, " by operators of the platform, who have every tenant"));
}

}  // namespace clientele::rpc
