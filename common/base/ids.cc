#include "common/base/ids.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"

namespace clientele {

absl::StatusOr<TenantId> TenantId::Parse(absl::string_view id) {
  if (!IsResourceId(id)) {
    return InvalidField("parent", absl::StrCat("tenant \"", id, "\" is not [a-z][a-z0-9-]{0,62}"));
  }
  return TenantId(std::string(id));
}

int ShardOf(const TenantId& tenant, absl::string_view customer_id) {
  return static_cast<int>(Hash64(customer_id, Hash64(tenant.value())) % kShardCount);
}

bool IsResourceId(absl::string_view id) {
  if (id.empty() || id.size() > 63 || !absl::ascii_islower(static_cast<unsigned char>(id[0]))) return false;
  for (const char c : id) {
    const auto u = static_cast<unsigned char>(c);
    if (!absl::ascii_islower(u) && !absl::ascii_isdigit(u) && c != '-') return false;
  }
  return true;
}

}  // namespace clientele
