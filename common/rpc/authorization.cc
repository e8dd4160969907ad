#include "common/rpc/authorization.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/auth/roles.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::rpc {
namespace {

absl::Status Deny(absl::string_view message) {
  return Error(absl::StatusCode::kPermissionDenied, ErrorReason::kPermissionDenied, message);
}

}  // namespace

bool IsOpenMethod(absl::string_view method) {
  absl::ConsumePrefix(&method, "/");
  return absl::StartsWith(method, "grpc.health.v1.Health/") ||
         absl::StartsWith(method, "inference.GRPCInferenceService/Server");
}

absl::Status Authorization::JudgeCaller(absl::string_view authorization) {
  CLIENTELE_ASSIGN_OR_RETURN(context_.caller, authenticator_.Authenticate(authorization));
  const auth::Roles allowed = auth::AllowedRoles(context_.origin.method->path);
  if (!auth::Permits(allowed, context_.caller.roles)) {
    return Deny(absl::StrCat("the caller's roles do not allow this call; it takes one of: ",
                             absl::StrJoin(auth::RoleNames(allowed), ", "), ", tenant_admin"));
  }
  return absl::OkStatus();
}

absl::Status Authorization::JudgeMessage(const std::set<std::string>& named) {
  if (!context_.caller.tenant.has_value()) return absl::OkStatus();
  tenant_named_ = tenant_named_ || !named.empty();
  const std::string& own = context_.caller.tenant->value();
  const bool only_own = named.empty() ? tenant_named_ : named.size() == 1 && *named.begin() == own;
  // The same words whether the other tenant exists or not.
  return only_own ? absl::OkStatus() : Deny("the caller may not do this for this tenant, or it does not exist");
}

}  // namespace clientele::rpc
