#include "common/privacy/erasure_name.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"

namespace clientele::privacy {

absl::StatusOr<ErasureName> ParseErasureName(absl::string_view field, absl::string_view name) {
  constexpr absl::string_view kCollection = "/erasures/";
  const size_t at = name.find(kCollection);
  if (at == absl::string_view::npos) {
    return InvalidField(field, absl::StrCat("\"", name, "\" has not the form tenants/*/erasures/*"));
  }
  CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, ParseTenantName(field, name.substr(0, at)));
  const absl::string_view id = name.substr(at + kCollection.size());
  int64_t number = 0;
  if (!absl::SimpleAtoi(id, &number) || number < 1 || absl::StrCat(number) != id) {
    return InvalidField(field, absl::StrCat("erasure \"", id, "\" is not a whole number from 1 on"));
  }
  return ErasureName{std::move(tenant), number};
}

std::string FormatErasure(const TenantId& tenant, int64_t number) {
  return absl::StrCat(FormatTenant(tenant), "/erasures/", number);
}

}  // namespace clientele::privacy
