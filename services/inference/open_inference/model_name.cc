#include "services/inference/open_inference/model_name.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::inference {
namespace {

absl::Status WrongName(absl::string_view field, absl::string_view name) {
  return InvalidField(field,
                      absl::StrCat("\"", name.substr(0, 200), "\" is not \"tenant/model\" or \"tenant/model@alias\""));
}

}  // namespace

absl::StatusOr<ModelReference> ParseProtocolName(absl::string_view field, absl::string_view name,
                                                 absl::string_view version) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, absl::MaxSplits('@', 1));
  const std::vector<absl::string_view> path = absl::StrSplit(parts[0], '/');
  const bool has_alias = parts.size() == 2;
  if (path.size() != 2 || !IsResourceId(path[1]) || (has_alias && !IsResourceId(parts[1])))
    return WrongName(field, name);
  auto tenant = TenantId::Parse(path[0]);
  if (!tenant.ok()) return WrongName(field, name);
  ModelReference reference{*std::move(tenant), std::string(path[1]), "", 0};
  if (version.empty()) {
    reference.alias = std::string(has_alias ? parts[1] : kChampion);
    return reference;
  }
  if (has_alias) return InvalidField(field, "names an alias, and a version is asked for too; give one of them");
  if (absl::SimpleAtoi(version, &reference.version) && reference.version > 0) return reference;
  return InvalidField("version", absl::StrCat("\"", version.substr(0, 32), "\" is not the number of a version"));
}

}  // namespace clientele::inference
