#include "services/ingestion/privacy/consents.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::ingestion {
namespace {

using Row = v1::BatchSetScoringConsentsRequest::Row;

constexpr int kMostChanges = 1'000;
constexpr absl::Duration kPoll = absl::Milliseconds(100);  // How often who waits looks whether the caller has gone.
constexpr absl::Duration kClockDifference = absl::Minutes(5);
constexpr absl::Time kEarliest = absl::FromUnixSeconds(-62'135'596'800);
constexpr size_t kMostCustomerIdBytes = 128, kMostReasonBytes = 1024, kMostSourceBytes = 256, kMostRequestIdBytes = 256;

absl::Status CheckSize(const std::string& field, const std::string& text, size_t most) {
  return text.size() <= most ? absl::OkStatus() : InvalidField(field, absl::StrCat("has more than ", most, " bytes"));
}

// `path`: "" or "rows[3].".
absl::StatusOr<storage::NewConsent> Parse(const std::string& path, const Row& row, absl::string_view actor,
                                          absl::Time now) {
  if (row.customer_id().empty() || row.customer_id().size() > kMostCustomerIdBytes) {
    return InvalidField(path + "customer_id", "must have 1 to 128 bytes");
  }
  if (!row.purpose().empty() && !IsResourceId(row.purpose())) {
    return InvalidField(path + "purpose", absl::StrCat("\"", row.purpose(), "\" is not [a-z][a-z0-9-]{0,62}"));
  }
  if (row.state() == v1::CONSENT_STATE_UNSPECIFIED || !v1::ConsentState_IsValid(row.state())) {
    return InvalidField(path + "state", "is not GRANTED, WITHDRAWN or UNSET");
  }
  CLIENTELE_RETURN_IF_ERROR(CheckSize(path + "reason", row.reason(), kMostReasonBytes));
  CLIENTELE_RETURN_IF_ERROR(CheckSize(path + "source", row.source(), kMostSourceBytes));
  const absl::Time effective = row.has_effective_time() ? FromProto(row.effective_time()) : now;
  if (effective < kEarliest) return InvalidField(path + "effective_time", "is before the year 1");
  if (effective > now + kClockDifference) return InvalidField(path + "effective_time", "is in the future");
  storage::NewConsent said;
  said.customer_id = row.customer_id();
  said.consent.set_purpose(row.purpose());
  said.consent.set_state(row.state());
  said.consent.set_reason(row.reason());
  said.consent.set_source(row.source());
  said.consent.set_actor(actor.data(), actor.size());
  *said.consent.mutable_effective_time() = ToProto(effective);
  *said.consent.mutable_update_time() = ToProto(now);
  return said;
}

void AddError(int index, const absl::Status& status, v1::BatchSetScoringConsentsResponse& response) {
  auto& error = *response.add_errors();
  error.set_index(index);
  error.set_code(static_cast<int>(status.code()));
  error.set_message(std::string(status.message()));
  error.set_reason(ReasonOf(status));
}

}  // namespace

absl::StatusOr<v1::ScoringConsent> Consents::Set(const TenantId& tenant, absl::string_view customer_id,
                                                 const v1::SetScoringConsentRequest& request, absl::string_view actor) {
  Row row;
  row.set_customer_id(customer_id.data(), customer_id.size());
  row.set_purpose(request.purpose());
  row.set_state(request.state());
  row.set_reason(request.reason());
  row.set_source(request.source());
  if (request.has_effective_time()) *row.mutable_effective_time() = request.effective_time();
  CLIENTELE_ASSIGN_OR_RETURN(storage::NewConsent said, Parse("", row, actor, clock_.Now()));
  CLIENTELE_RETURN_IF_ERROR(CheckSize("request_id", request.request_id(), kMostRequestIdBytes));
  said.request_id = request.request_id();
  said.etag = request.etag();
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<storage::SetConsent> results, store_.SetConsents(tenant, {&said, 1}));
  CLIENTELE_RETURN_IF_ERROR(results.front().status);
  changed_.SignalAll();
  return std::move(results.front().consent);
}

absl::StatusOr<v1::BatchSetScoringConsentsResponse> Consents::SetMany(const TenantId& tenant,
                                                                      const v1::BatchSetScoringConsentsRequest& request,
                                                                      absl::string_view actor) {
  if (request.rows().empty() || request.rows_size() > kMostConsentRows) {
    return InvalidField("rows", absl::StrCat("are ", request.rows_size(), "; allowed: 1 to ", kMostConsentRows));
  }
  const absl::Time now = clock_.Now();
  v1::BatchSetScoringConsentsResponse response;
  std::vector<storage::NewConsent> all;
  std::vector<int> indices;
  for (int i = 0; i < request.rows_size(); ++i) {
    auto said = Parse(absl::StrCat("rows[", i, "]."), request.rows(i), actor, now);
    if (!said.ok()) {
      AddError(i, said.status(), response);
      continue;
    }
    all.push_back(*std::move(said));
    indices.push_back(i);
  }
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<storage::SetConsent> results, store_.SetConsents(tenant, all));
  changed_.SignalAll();
  for (size_t k = 0; k < results.size(); ++k) {
    if (!results[k].status.ok()) {
      AddError(indices[k], results[k].status, response);
    } else if (results[k].changed) {
      response.set_changed(response.changed() + 1);
    } else {
      response.set_unchanged(response.unchanged() + 1);
    }
  }
  return response;
}

absl::StatusOr<std::vector<storage::ConsentStanding>> Consents::AwaitChanges(int64_t sequence, const StopToken& stop,
                                                                             const StopToken& drain) {
  while (true) {
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<storage::ConsentStanding> changes,
                               store_.ReadConsentChanges(sequence, kMostChanges));
    if (!changes.empty()) return changes;
    CLIENTELE_RETURN_IF_ERROR(stop.Check());
    if (!drain.Check().ok()) {
      return Error(absl::StatusCode::kUnavailable, ErrorReason::kShuttingDown, "the server is shutting down");
    }
    absl::MutexLock lock(&mutex_);
    changed_.WaitWithTimeout(&mutex_, kPoll);
  }
}

}  // namespace clientele::ingestion
