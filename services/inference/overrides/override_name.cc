#include "services/inference/overrides/override_name.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"

namespace clientele::inference {
namespace {

constexpr absl::string_view kCollection = "scoreOverrides";
constexpr size_t kMostCustomerIdBytes = 128;

}  // namespace

absl::StatusOr<storage::OverrideName> ParseOverrideName(absl::string_view field, absl::string_view name) {
  CLIENTELE_ASSIGN_OR_RETURN(ModelCustomerName parts, ParseModelCustomerName(field, name, kCollection));
  if (parts.customer_id.size() > kMostCustomerIdBytes) {
    return InvalidField(field, "the customer's id must have 1 to 128 bytes");
  }
  return storage::OverrideName{std::move(parts.tenant), std::move(parts.model), std::move(parts.customer_id)};
}

std::string FormatOverride(const storage::OverrideName& name) {
  return FormatModelCustomer({name.tenant, name.model, name.customer_id}, kCollection);
}

}  // namespace clientele::inference
