// Who makes a call: what a credential that holds says of its holder.
#pragma once

#include <optional>
#include <string>

#include "common/auth/roles.h"
#include "common/base/ids.h"

namespace clientele::auth {

struct Principal {
  std::string subject;             // For journals and logs: "crm-connector", "key ck_3f9a2b71".
  std::optional<TenantId> tenant;  // None: every tenant, as the platform's own services have.
  Roles roles;
};

}  // namespace clientele::auth
