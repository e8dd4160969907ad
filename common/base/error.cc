#include "common/base/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "google/rpc/error_details.pb.h"

namespace clientele {
namespace {

std::string TypeUrl(const google::protobuf::Message& message) {
  return "type.googleapis.com/" + message.GetDescriptor()->full_name();
}

void Attach(const google::protobuf::Message& detail, absl::Status& status) {
  status.SetPayload(TypeUrl(detail), absl::Cord(detail.SerializeAsString()));
}

template <typename Detail>
bool Extract(const absl::Status& status, Detail& detail) {
  const auto payload = status.GetPayload(TypeUrl(detail));
  return payload.has_value() && detail.ParseFromString(std::string(*payload));
}

}  // namespace

absl::string_view ReasonName(ErrorReason reason) {
  switch (reason) {
    case ErrorReason::kInvalidField: return "INVALID_FIELD";
    case ErrorReason::kInvalidPageToken: return "INVALID_PAGE_TOKEN";
    case ErrorReason::kUnknownFeature: return "UNKNOWN_FEATURE";
    case ErrorReason::kArtifactInvalid: return "ARTIFACT_INVALID";
    case ErrorReason::kMessageTooLarge: return "MESSAGE_TOO_LARGE";
    case ErrorReason::kTooManyCalls: return "TOO_MANY_CALLS";
    case ErrorReason::kQuotaExceeded: return "QUOTA_EXCEEDED";
    case ErrorReason::kTooManyJobs: return "TOO_MANY_JOBS";
    case ErrorReason::kNotEnoughMemory: return "NOT_ENOUGH_MEMORY";
    case ErrorReason::kTenantNotFound: return "TENANT_NOT_FOUND";
    case ErrorReason::kCustomerNotFound: return "CUSTOMER_NOT_FOUND";
    case ErrorReason::kFeatureNotFound: return "FEATURE_NOT_FOUND";
    case ErrorReason::kModelNotFound: return "MODEL_NOT_FOUND";
    case ErrorReason::kTrainingJobNotFound: return "TRAINING_JOB_NOT_FOUND";
    case ErrorReason::kRevisionNotFound: return "REVISION_NOT_FOUND";
    case ErrorReason::kApiKeyNotFound: return "API_KEY_NOT_FOUND";
    case ErrorReason::kTenantExists: return "TENANT_EXISTS";
    case ErrorReason::kFeatureExists: return "FEATURE_EXISTS";
    case ErrorReason::kTrainingJobExists: return "TRAINING_JOB_EXISTS";
    case ErrorReason::kScheduleNotFound: return "SCHEDULE_NOT_FOUND";
    case ErrorReason::kScheduleExists: return "SCHEDULE_EXISTS";
    case ErrorReason::kRequestIdReused: return "REQUEST_ID_REUSED";
    case ErrorReason::kEtagMismatch: return "ETAG_MISMATCH";
    case ErrorReason::kTenantSuspended: return "TENANT_SUSPENDED";
    case ErrorReason::kRecordsExpired: return "RECORDS_EXPIRED";
    case ErrorReason::kBaseCurrencyFixed: return "BASE_CURRENCY_FIXED";
    case ErrorReason::kNotConfigured: return "NOT_CONFIGURED";
    case ErrorReason::kTrainingJobEnded: return "TRAINING_JOB_ENDED";
    case ErrorReason::kVersionNotAvailable: return "VERSION_NOT_AVAILABLE";
    case ErrorReason::kVersionRetired: return "VERSION_RETIRED";
    case ErrorReason::kVersionInUse: return "VERSION_IN_USE";
    case ErrorReason::kNoPreviousVersion: return "NO_PREVIOUS_VERSION";
    case ErrorReason::kDataNotReady: return "DATA_NOT_READY";
    case ErrorReason::kWorkerCrashed: return "WORKER_CRASHED";
    case ErrorReason::kErasureNotFound: return "ERASURE_NOT_FOUND";
    case ErrorReason::kErasureNotFinished: return "ERASURE_NOT_FINISHED";
    case ErrorReason::kCustomerSuppressed: return "CUSTOMER_SUPPRESSED";
    case ErrorReason::kScoringOptedOut: return "SCORING_OPTED_OUT";
    case ErrorReason::kOverrideNotFound: return "OVERRIDE_NOT_FOUND";
    case ErrorReason::kRescoreJobNotFound: return "RESCORE_JOB_NOT_FOUND";
    case ErrorReason::kCurrentScoreNotFound: return "CURRENT_SCORE_NOT_FOUND";
    case ErrorReason::kResumeTokenTooOld: return "RESUME_TOKEN_TOO_OLD";
    case ErrorReason::kDeadlineExceeded: return "DEADLINE_EXCEEDED";
    case ErrorReason::kDeadlineRequired: return "DEADLINE_REQUIRED";
    case ErrorReason::kCancelled: return "CANCELLED";
    case ErrorReason::kShuttingDown: return "SHUTTING_DOWN";
    case ErrorReason::kIngestionUnavailable: return "INGESTION_UNAVAILABLE";
    case ErrorReason::kInferenceUnavailable: return "INFERENCE_UNAVAILABLE";
    case ErrorReason::kStorageFailed: return "STORAGE_FAILED";
    case ErrorReason::kUnimplemented: return "UNIMPLEMENTED";
    case ErrorReason::kCredentialInvalid: return "CREDENTIAL_INVALID";
    case ErrorReason::kPermissionDenied: return "PERMISSION_DENIED";
    case ErrorReason::kInternal: return "INTERNAL";
  }
  return "INTERNAL";
}

ErrorReason DefaultReason(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange: return ErrorReason::kInvalidField;
    case absl::StatusCode::kCancelled: return ErrorReason::kCancelled;
    case absl::StatusCode::kDeadlineExceeded: return ErrorReason::kDeadlineExceeded;
    case absl::StatusCode::kResourceExhausted: return ErrorReason::kTooManyCalls;
    case absl::StatusCode::kAborted: return ErrorReason::kEtagMismatch;
    case absl::StatusCode::kUnimplemented: return ErrorReason::kUnimplemented;
    case absl::StatusCode::kUnavailable: return ErrorReason::kShuttingDown;
    case absl::StatusCode::kUnauthenticated: return ErrorReason::kCredentialInvalid;
    case absl::StatusCode::kPermissionDenied: return ErrorReason::kPermissionDenied;
    case absl::StatusCode::kDataLoss: return ErrorReason::kStorageFailed;
    case absl::StatusCode::kFailedPrecondition: return ErrorReason::kDataNotReady;
    default: return ErrorReason::kInternal;
  }
}

absl::Status Error(absl::StatusCode code, ErrorReason reason, absl::string_view message, ErrorMetadata metadata) {
  absl::Status status(code, message);
  google::rpc::ErrorInfo info;
  const absl::string_view name = ReasonName(reason);
  info.set_reason(name.data(), name.size());
  info.set_domain(kErrorDomain.data(), kErrorDomain.size());
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[std::string(key)] = value;
  Attach(info, status);
  return status;
}

absl::Status InvalidField(absl::string_view field, absl::string_view description) {
  absl::Status status = Error(absl::StatusCode::kInvalidArgument, ErrorReason::kInvalidField,
                              absl::StrCat(field, ": ", description), {{"field", std::string(field)}});
  google::rpc::BadRequest bad_request;
  auto* violation = bad_request.add_field_violations();
  violation->set_field(std::string(field));
  violation->set_description(std::string(description));
  Attach(bad_request, status);
  return status;
}

absl::Status Annotate(const absl::Status& status, absl::string_view prefix) {
  if (status.ok()) return status;
  absl::Status result(status.code(), absl::StrCat(prefix, ": ", status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) { result.SetPayload(url, payload); });
  return result;
}

std::string FieldOf(const absl::Status& status) {
  google::rpc::BadRequest bad_request;
  if (!Extract(status, bad_request) || bad_request.field_violations().empty()) return "";
  return bad_request.field_violations(0).field();
}

std::string ReasonOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  if (Extract(status, info)) return info.reason();
  return std::string(ReasonName(DefaultReason(status.code())));
}

}  // namespace clientele
