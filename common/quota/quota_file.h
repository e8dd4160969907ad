// The file of quotas as its administrators see it. Who is held to them watches it (meter.h).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/admin/v1/admin_service.pb.h"
#include "common/quota/quota_table.h"
#include "google/protobuf/field_mask.pb.h"

namespace clientele::quota {

// A file that is not there yet has no quotas. INVALID_ARGUMENT: it is none of quotas.
absl::StatusOr<QuotaTable> ReadQuotaFile(const std::string& path);

// Writes the fields of `change` that `mask` names (without a mask those that are set, with "*" all) into what is
// written for `id`, a tenant or kDefaultTenant; one that is named and not set is taken out. What then holds for it.
// INVALID_ARGUMENT names the field; ABORTED with ETAG_MISMATCH: `change` has an etag, and it is not the newest;
// UNAVAILABLE: it cannot be written.
absl::StatusOr<admin::v1::TenantQuota> ChangeQuotaFile(const std::string& path, absl::string_view id,
                                                       const admin::v1::TenantQuota& change,
                                                       const google::protobuf::FieldMask& mask);

}  // namespace clientele::quota
