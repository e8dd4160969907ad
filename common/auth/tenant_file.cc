#include "common/auth/tenant_file.h"

#include "absl/functional/function_ref.h"
#include "common/auth/change_file.h"
#include "common/auth/watched_file.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::auth {
namespace {

using admin::v1::Tenant;

absl::StatusOr<TenantTable> ParseFile(const std::string& path, const std::string& text) {
  auto table = TenantTable::Parse(text);
  if (!table.ok()) return Annotate(table.status(), path);
  return table;
}

absl::StatusOr<Tenant> Rewrite(const std::string& path,
                               absl::FunctionRef<absl::StatusOr<Tenant>(TenantTable&)> change) {
  Tenant result;
  CLIENTELE_RETURN_IF_ERROR(ChangeTextFile(path, [&](const std::string& text) -> absl::StatusOr<std::string> {
    CLIENTELE_ASSIGN_OR_RETURN(TenantTable table, ParseFile(path, text));
    CLIENTELE_ASSIGN_OR_RETURN(result, change(table));
    return table.Format();
  }));
  return result;
}

}  // namespace

absl::StatusOr<TenantTable> ReadTenantFile(const std::string& path) {
  if (StampOf(path).size < 0) return TenantTable();
  CLIENTELE_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  return ParseFile(path, text);
}

absl::StatusOr<Tenant> CreateInTenantFile(const std::string& path, absl::string_view id, const Tenant& tenant,
                                          absl::Time now) {
  return Rewrite(path, [&](TenantTable& table) { return table.Create(id, tenant, now); });
}

absl::StatusOr<Tenant> UpdateInTenantFile(const std::string& path, const admin::v1::UpdateTenantRequest& request,
                                          absl::Time now) {
  return Rewrite(path, [&](TenantTable& table) { return table.Update(request, now); });
}

}  // namespace clientele::auth
