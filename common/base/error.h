// Errors that programs can act on: a canonical code, one reason from the catalogue below, and where it applies the
// fields that were wrong. They travel as payloads of absl::Status, and common/rpc puts them on the wire as google.rpc
// details.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace clientele {

// Every reason there is. ReasonName() gives the wire form: kInvalidField is INVALID_FIELD.
enum class ErrorReason {
  kInvalidField,          // INVALID_ARGUMENT: a field of the request is wrong; see BadRequest.
  kInvalidPageToken,      // INVALID_ARGUMENT: a token of another request, or none of ours.
  kUnknownFeature,        // INVALID_ARGUMENT: the message lists the known ones.
  kArtifactInvalid,       // INVALID_ARGUMENT: digest, schema or golden rows do not hold.
  kMessageTooLarge,       // RESOURCE_EXHAUSTED: the message names the limit.
  kTooManyCalls,          // RESOURCE_EXHAUSTED: a bounded queue is full.
  kQuotaExceeded,         // RESOURCE_EXHAUSTED: of the tenant; see QuotaFailure, and RetryInfo for when.
  kTooManyJobs,           // RESOURCE_EXHAUSTED: too many training jobs wait.
  kNotEnoughMemory,       // RESOURCE_EXHAUSTED: a training job wants more than there is for one.
  kTenantNotFound,        // NOT_FOUND: the server has a file of tenants, and it is not in it.
  kCustomerNotFound,      // NOT_FOUND
  kFeatureNotFound,       // NOT_FOUND
  kModelNotFound,         // NOT_FOUND: no such model, version or alias.
  kTrainingJobNotFound,   // NOT_FOUND
  kRevisionNotFound,      // NOT_FOUND: of rules that are kept with all their revisions.
  kApiKeyNotFound,        // NOT_FOUND
  kTenantExists,          // ALREADY_EXISTS: the id is taken.
  kFeatureExists,         // ALREADY_EXISTS: the name has another definition.
  kTrainingJobExists,     // ALREADY_EXISTS: the id is taken.
  kScheduleNotFound,      // NOT_FOUND
  kScheduleExists,        // ALREADY_EXISTS: the id is taken.
  kRequestIdReused,       // ALREADY_EXISTS: the request id came with another request.
  kEtagMismatch,          // ABORTED: read again, then write again.
  kTenantSuspended,       // FAILED_PRECONDITION: until an operator of the platform resumes it.
  kRecordsExpired,        // FAILED_PRECONDITION: the tenant's retention has taken away what was asked for.
  kBaseCurrencyFixed,     // FAILED_PRECONDITION: amounts are already converted.
  kNotConfigured,         // FAILED_PRECONDITION: the server has no file for what was asked.
  kTrainingJobEnded,      // FAILED_PRECONDITION
  kVersionNotAvailable,   // FAILED_PRECONDITION; UNAVAILABLE while it is being loaded.
  kVersionRetired,        // FAILED_PRECONDITION: its time was over after an erasure; it never scores again.
  kVersionInUse,          // FAILED_PRECONDITION: something still names it.
  kNoPreviousVersion,     // FAILED_PRECONDITION
  kDataNotReady,          // FAILED_PRECONDITION: see the data issues.
  kWorkerCrashed,         // INTERNAL: a training worker ended without an answer.
  kErasureNotFound,       // NOT_FOUND
  kErasureNotFinished,    // FAILED_PRECONDITION: there is no receipt yet.
  kCustomerSuppressed,    // FAILED_PRECONDITION: the customer is on the tenant's suppression list.
  kScoringOptedOut,       // FAILED_PRECONDITION: the customer has opted out of automated decisions.
  kOverrideNotFound,      // NOT_FOUND: nobody overrode the score.
  kRescoreJobNotFound,    // NOT_FOUND
  kCurrentScoreNotFound,  // NOT_FOUND: the customer was not scored by the model, or must not be.
  kResumeTokenTooOld,     // OUT_OF_RANGE: what came after it is no longer kept; list, and watch from now on.
  kDeadlineExceeded,      // DEADLINE_EXCEEDED
  kDeadlineRequired,      // INVALID_ARGUMENT: the call has no deadline, and the server wants one.
  kCancelled,             // CANCELLED
  kShuttingDown,          // UNAVAILABLE: try another replica, or again.
  kIngestionUnavailable,  // UNAVAILABLE: features were needed and ingestion does not answer.
  kInferenceUnavailable,  // UNAVAILABLE: the model could not be published.
  kStorageFailed,         // UNAVAILABLE or INTERNAL: the store did not answer, or its data is damaged.
  kUnimplemented,         // UNIMPLEMENTED
  kCredentialInvalid,     // UNAUTHENTICATED: none was shown, or it does not hold; the message says which.
  kPermissionDenied,      // PERMISSION_DENIED: not for this caller, whether it exists or not.
  kInternal,              // INTERNAL: a bug of ours.
};

inline constexpr absl::string_view kErrorDomain = "clientele.dev";

// "INVALID_FIELD" for kInvalidField.
absl::string_view ReasonName(ErrorReason reason);
// The reason a status of this code has when nobody gave it one.
ErrorReason DefaultReason(absl::StatusCode code);

using ErrorMetadata = std::initializer_list<std::pair<absl::string_view, std::string>>;

// An error with its reason.
absl::Status Error(absl::StatusCode code, ErrorReason reason, absl::string_view message, ErrorMetadata metadata = {});

// INVALID_ARGUMENT about one field: its path in the request, and what is wrong with its value and what is allowed.
absl::Status InvalidField(absl::string_view field, absl::string_view description);

// `status` with `prefix: ` before its message; code and payloads stay.
absl::Status Annotate(const absl::Status& status, absl::string_view prefix);

// The field a status is about, or "".
std::string FieldOf(const absl::Status& status);
// The reason's name a status carries, or that of DefaultReason.
std::string ReasonOf(const absl::Status& status);

}  // namespace clientele
