#include "common/quota/quota_file.h"

#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/auth/change_file.h"
#include "common/auth/watched_file.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace clientele::quota {
namespace {

using admin::v1::TenantQuota;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;

// The limits that `mask` speaks of. Name and etag are none.
absl::StatusOr<std::vector<const FieldDescriptor*>> FieldsOf(const TenantQuota& change, const FieldMask& mask) {
  const auto& descriptor = *TenantQuota::descriptor();
  std::vector<const FieldDescriptor*> fields;
  const bool all = mask.paths_size() == 1 && mask.paths(0) == "*";
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor* field = descriptor.field(i);
    const bool is_set = change.GetReflection()->HasField(change, field);
    const bool named = absl::c_linear_search(mask.paths(), field->name());
    if (field->has_presence() && (all || named || (mask.paths().empty() && is_set))) fields.push_back(field);
  }
  for (const std::string& path : mask.paths()) {
    const FieldDescriptor* field = descriptor.FindFieldByName(path);
    if (!all && (field == nullptr || !field->has_presence())) {
      return InvalidField("update_mask", absl::StrCat("\"", path, "\" is no limit of a quota"));
    }
  }
  return fields;
}

// `own` with those fields as `change` has them.
TenantQuota Changed(TenantQuota own, TenantQuota change, const std::vector<const FieldDescriptor*>& fields) {
  std::vector<const FieldDescriptor*> set;
  change.GetReflection()->ListFields(change, &set);
  for (const FieldDescriptor* field : set) {
    if (!absl::c_linear_search(fields, field)) change.GetReflection()->ClearField(&change, field);
  }
  for (const FieldDescriptor* field : fields) own.GetReflection()->ClearField(&own, field);
  own.MergeFrom(change);
  return own;
}

}  // namespace

absl::StatusOr<QuotaTable> ReadQuotaFile(const std::string& path) {
  if (auth::StampOf(path).size < 0) return QuotaTable();
  CLIENTELE_ASSIGN_OR_RETURN(const std::string text, auth::ReadTextFile(path));
  auto table = QuotaTable::Parse(text);
  if (!table.ok()) return Annotate(table.status(), path);
  return table;
}

absl::StatusOr<TenantQuota> ChangeQuotaFile(const std::string& path, absl::string_view id, const TenantQuota& change,
                                            const FieldMask& mask) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<const FieldDescriptor*> fields, FieldsOf(change, mask));
  TenantQuota result;
  const auto rewrite = [&](const std::string& text) -> absl::StatusOr<std::string> {
    CLIENTELE_ASSIGN_OR_RETURN(QuotaTable table, QuotaTable::Parse(text));
    if (!change.etag().empty() && change.etag() != table.EtagOf(id)) {
      return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
                   absl::StrCat("the quota of ", id, " has changed; read it again"));
    }
    CLIENTELE_RETURN_IF_ERROR(table.Set(id, Changed(table.Own(id), change, fields)));
    result = table.Effective(id);
    return table.Format();
  };
  CLIENTELE_RETURN_IF_ERROR(auth::ChangeTextFile(path, rewrite));
  return result;
}

}  // namespace clientele::quota
