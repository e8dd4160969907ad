#include "services/inference/overrides/override_name.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"

namespace clientele::inference {
namespace {

constexpr absl::string_view kCollection = "/scoreOverrides/";
constexpr size_t kMostCustomerIdBytes = 128;

}  // namespace

// A customer's id is written as it is in a customer's name.
absl::StatusOr<storage::OverrideName> ParseOverrideName(absl::string_view field, absl::string_view name) {
  const size_t at = name.find(kCollection);
  if (at == absl::string_view::npos) {
    return InvalidField(field, "is not tenants/{tenant}/models/{model}/scoreOverrides/{customer}");
  }
  CLIENTELE_ASSIGN_OR_RETURN(ModelName model, ParseModelName(field, name.substr(0, at)));
  CLIENTELE_ASSIGN_OR_RETURN(CustomerName customer,
                             ParseCustomerName(field, absl::StrCat(FormatTenant(model.tenant), "/customers/",
                                                                   name.substr(at + kCollection.size()))));
  if (customer.customer_id.size() > kMostCustomerIdBytes) {
    return InvalidField(field, "the customer's id must have 1 to 128 bytes");
  }
  return storage::OverrideName{std::move(model.tenant), std::move(model.model), std::move(customer.customer_id)};
}

std::string FormatOverride(const storage::OverrideName& name) {
  const std::string customer = FormatCustomer(name.tenant, name.customer_id);
  return absl::StrCat(FormatModel(name.tenant, name.model), kCollection,
                      absl::StripPrefix(customer, absl::StrCat(FormatTenant(name.tenant), "/customers/")));
}

}  // namespace clientele::inference
