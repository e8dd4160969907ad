#include "common/quota/quota_table.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "google/protobuf/util/json_util.h"

namespace clientele::quota {
namespace {

using admin::v1::ListTenantQuotasResponse;
using admin::v1::TenantQuota;

constexpr double kLargest = 1e15;
constexpr double kLightest = 0.01, kHeaviest = 100;
constexpr size_t kEtagDigits = 16;

absl::Status CheckRange(absl::string_view field, double value, double least, double most) {
  if (std::isfinite(value) && value >= least && value <= most) return absl::OkStatus();
  return InvalidField(absl::StrCat("tenant_quota.", field),
                      absl::StrCat(value, " is out of range; allowed: ", least, " to ", most));
}

absl::Status Check(const TenantQuota& quota) {
  const std::pair<absl::string_view, double> limits[] = {
      {"requests_per_second", quota.requests_per_second()},
      {"request_burst", quota.request_burst()},
      {"rows_per_second", quota.rows_per_second()},
      {"row_burst", quota.row_burst()},
      {"concurrent_streams", static_cast<double>(quota.concurrent_streams())},
      {"concurrent_jobs", static_cast<double>(quota.concurrent_jobs())},
      {"queued_jobs", static_cast<double>(quota.queued_jobs())},
      {"job_cpu_seconds_per_day", quota.job_cpu_seconds_per_day()},
      {"stored_records", static_cast<double>(quota.stored_records())},
      {"stored_bytes", static_cast<double>(quota.stored_bytes())},
      {"models", static_cast<double>(quota.models())},
      {"model_versions", static_cast<double>(quota.model_versions())}};
  for (const auto& [field, value] : limits) CLIENTELE_RETURN_IF_ERROR(CheckRange(field, value, 0, kLargest));
  return quota.has_weight() ? CheckRange("weight", quota.weight(), kLightest, kHeaviest) : absl::OkStatus();
}

absl::StatusOr<std::string> IdOf(const TenantQuota& quota) {
  if (quota.name() == FormatQuotaName(kDefaultTenant)) return std::string(kDefaultTenant);
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseSingletonName("name", quota.name(), "quota"));
  return tenant.value();
}

}  // namespace

std::string FormatQuotaName(absl::string_view id) { return absl::StrCat("tenants/", id, "/quota"); }

absl::StatusOr<QuotaTable> QuotaTable::Parse(absl::string_view text) {
  QuotaTable table;
  if (text.empty()) return table;
  ListTenantQuotasResponse file;
  const auto status = google::protobuf::util::JsonStringToMessage(std::string(text), &file);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a file of quotas, {\"tenant_quotas\": [{\"name\": \"tenants/acme/quota\", ...}]}: ",
                     absl::string_view(status.message().data(), status.message().size())));
  }
  for (TenantQuota& quota : *file.mutable_tenant_quotas()) {
    CLIENTELE_ASSIGN_OR_RETURN(const std::string id, IdOf(quota));
    if (table.quotas_.contains(id)) return InvalidField("name", absl::StrCat(quota.name(), " is there twice"));
    CLIENTELE_RETURN_IF_ERROR(table.Set(id, std::move(quota)));
  }
  return table;
}

std::string QuotaTable::Format() const {
  ListTenantQuotasResponse file = Written();
  for (TenantQuota& quota : *file.mutable_tenant_quotas()) quota.clear_etag();
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string text;
  const bool printed = google::protobuf::util::MessageToJsonString(file, &text, options).ok();
  return printed ? text : "";  // Numbers and names always print.
}

Limits QuotaTable::LimitsOf(absl::string_view id) const {
  const TenantQuota quota = Effective(id);
  return {.requests_per_second = quota.requests_per_second(),
          .request_burst = quota.request_burst(),
          .rows_per_second = quota.rows_per_second(),
          .row_burst = quota.row_burst(),
          .concurrent_streams = quota.concurrent_streams(),
          .concurrent_jobs = quota.concurrent_jobs(),
          .queued_jobs = quota.queued_jobs(),
          .job_cpu_seconds_per_day = quota.job_cpu_seconds_per_day(),
          .stored_records = quota.stored_records(),
          .stored_bytes = quota.stored_bytes(),
          .models = quota.models(),
          .model_versions = quota.model_versions(),
          .weight = quota.has_weight() ? quota.weight() : 1};
}

TenantQuota QuotaTable::Own(absl::string_view id) const {
  const auto it = quotas_.find(id);
  return it == quotas_.end() ? TenantQuota() : it->second;
}

TenantQuota QuotaTable::Effective(absl::string_view id) const {
  TenantQuota quota = Own(kDefaultTenant);
  quota.MergeFrom(Own(id));
  quota.set_name(FormatQuotaName(id));
  quota.set_etag(EtagOf(id));
  return quota;
}

ListTenantQuotasResponse QuotaTable::Written() const {
  ListTenantQuotasResponse list;
  for (const auto& [id, quota] : quotas_) {  // "-" sorts before every tenant.
    TenantQuota& entry = *list.add_tenant_quotas();
    entry = quota;
    entry.set_name(FormatQuotaName(id));
    entry.set_etag(EtagOf(id));
  }
  return list;
}

absl::Status QuotaTable::Set(absl::string_view id, TenantQuota quota) {
  CLIENTELE_RETURN_IF_ERROR(Check(quota));
  quota.clear_name();
  quota.clear_etag();
  if (quota.ByteSizeLong() == 0) {
    quotas_.erase(std::string(id));
  } else {
    quotas_.insert_or_assign(std::string(id), std::move(quota));
  }
  return absl::OkStatus();
}

std::string QuotaTable::EtagOf(absl::string_view id) const {
  return Sha256Hex(Own(id).SerializeAsString()).substr(0, kEtagDigits);
}

}  // namespace clientele::quota
