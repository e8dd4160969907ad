#include "common/quota/refusal.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "google/rpc/error_details.pb.h"

namespace clientele::quota {

namespace {

constexpr char kQuotaFailureUrl[] = "type.googleapis.com/google.rpc.QuotaFailure";
constexpr char kRetryInfoUrl[] = "type.googleapis.com/google.rpc.RetryInfo";

void AddRetryInfo(absl::Duration delay, absl::Status& status) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(delay));
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(delay % absl::Seconds(1))));
  status.SetPayload(kRetryInfoUrl, absl::Cord(retry.SerializeAsString()));
}

}  // namespace

absl::Status OverQuota(absl::string_view tenant, absl::string_view quota, double limit, absl::Duration retry_after) {
  const bool waiting_helps = retry_after != kWaitingDoesNotHelp;
  const std::string allowed = absl::StrCat(quota, " is ", limit);
  const absl::Duration rounded = absl::Ceil(retry_after, absl::Milliseconds(1));
  absl::Status status = Error(
      absl::StatusCode::kResourceExhausted, ErrorReason::kQuotaExceeded,
      absl::StrCat("tenant ", tenant, " is over its quota: ", allowed, "; ",
                   waiting_helps ? absl::StrCat("come again in ", absl::FormatDuration(rounded))
                                 : "something must go first, or an operator of the platform allow more"),
      {{"quota", std::string(quota)}, {"limit", absl::StrCat(limit)}});
  google::rpc::QuotaFailure failure;
  auto& violation = *failure.add_violations();
  violation.set_subject(absl::StrCat("tenants/", tenant));
  violation.set_description(allowed);
  status.SetPayload(kQuotaFailureUrl, absl::Cord(failure.SerializeAsString()));
  if (waiting_helps) AddRetryInfo(rounded, status);
  return status;
}

}  // namespace clientele::quota
