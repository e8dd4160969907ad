#include "services/ingestion/consent_service.h"

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/actor.h"
#include "common/rpc/page_token.h"
#include "common/rpc/streams.h"
#include "common/rpc/unary.h"
#include "services/ingestion/paging.h"

namespace clientele::ingestion {
namespace {

constexpr absl::string_view kEveryTenant = "tenants/-";

}  // namespace

grpc::ServerUnaryReactor* ConsentService::SetScoringConsent(grpc::CallbackServerContext* context,
                                                            const v1::SetScoringConsentRequest* request,
                                                            v1::ScoringConsent* response) {
  return rpc::Unary(context, calls_,
                    [this, request, response, peer = context->peer()](const rpc::Call& call) -> absl::Status {
                      CLIENTELE_ASSIGN_OR_RETURN(const CustomerName name, ParseCustomerName("name", request->name()));
                      CLIENTELE_ASSIGN_OR_RETURN(
                          *response, consents_.Set(name.tenant, name.customer_id, *request, rpc::ActorOf(call, peer)));
                      return absl::OkStatus();
                    });
}

grpc::ServerUnaryReactor* ConsentService::BatchSetScoringConsents(grpc::CallbackServerContext* context,
                                                                  const v1::BatchSetScoringConsentsRequest* request,
                                                                  v1::BatchSetScoringConsentsResponse* response) {
  return rpc::Unary(
      context, calls_, [this, request, response, peer = context->peer()](const rpc::Call& call) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
        CLIENTELE_ASSIGN_OR_RETURN(*response, consents_.SetMany(tenant, *request, rpc::ActorOf(call, peer)));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* ConsentService::GetScoringConsents(grpc::CallbackServerContext* context,
                                                             const v1::GetScoringConsentsRequest* request,
                                                             v1::ScoringConsents* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const CustomerName name, ParseCustomerName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(auto consents, store_.ReadConsents(name.tenant, name.customer_id));
    response->set_name(request->name());
    for (v1::ScoringConsent& consent : consents) *response->add_consents() = std::move(consent);
    return absl::OkStatus();
  });
}

absl::Status ConsentService::ListChanges(const v1::ListScoringConsentChangesRequest& request,
                                         v1::ListScoringConsentChangesResponse& response) const {
  CLIENTELE_ASSIGN_OR_RETURN(const CustomerName name, ParseCustomerName("parent", request.parent()));
  CLIENTELE_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), kDefaultPageSize, kMaxPageSize));
  const std::string fingerprint = absl::StrCat("consents ", request.parent());
  CLIENTELE_ASSIGN_OR_RETURN(const std::string position, rpc::DecodePageToken(request.page_token(), fingerprint));
  int64_t before = 0;
  if (!position.empty() && !absl::SimpleAtoi(position, &before)) {
    return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kInvalidPageToken, "the page token is damaged");
  }
  CLIENTELE_ASSIGN_OR_RETURN(auto changes, store_.ReadConsentJournal(name.tenant, name.customer_id, before, size + 1));
  const bool more = static_cast<int>(changes.size()) > size;
  if (more) changes.pop_back();
  if (more) response.set_next_page_token(rpc::EncodePageToken(absl::StrCat(changes.back().sequence()), fingerprint));
  for (v1::ScoringConsentChange& change : changes) *response.add_scoring_consent_changes() = std::move(change);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* ConsentService::ListScoringConsentChanges(grpc::CallbackServerContext* context,
                                                                    const v1::ListScoringConsentChangesRequest* request,
                                                                    v1::ListScoringConsentChangesResponse* response) {
  return rpc::Unary(context, calls_,
                    [this, request, response](const rpc::Call&) { return ListChanges(*request, *response); });
}

absl::Status ConsentService::Describe(absl::Span<const storage::ConsentStanding> changes,
                                      v1::WatchScoringConsentsResponse& response) const {
  for (const storage::ConsentStanding& change : changes) {
    CLIENTELE_ASSIGN_OR_RETURN(const privacy::DigestKey key, store_.ConsentKeyOf(change.tenant));
    auto& standing = *response.add_standings();
    standing.set_tenant(FormatTenant(change.tenant));
    standing.set_digest(change.customer.ToBytes());
    standing.set_digest_key(key.ToBytes());
    standing.set_purpose(change.purpose);
    standing.set_state(change.state);
    response.set_sequence(change.sequence);
  }
  return absl::OkStatus();
}

grpc::ServerWriteReactor<v1::WatchScoringConsentsResponse>* ConsentService::WatchScoringConsents(
    grpc::CallbackServerContext* context, const v1::WatchScoringConsentsRequest* request) {
  return rpc::ServerStream<v1::WatchScoringConsentsResponse>(
      context, streams_,
      [this, request](const rpc::Call& call,
                      rpc::StreamWriter<v1::WatchScoringConsentsResponse>& writer) -> absl::Status {
        if (request->parent() != kEveryTenant) return InvalidField("parent", "must be tenants/-");
        int64_t sequence = request->after_sequence();
        if (sequence < 0) return InvalidField("after_sequence", "is below 0");
        while (true) {
          CLIENTELE_ASSIGN_OR_RETURN(const auto changes, consents_.AwaitChanges(sequence, call.stop, call.drain));
          v1::WatchScoringConsentsResponse response;
          CLIENTELE_RETURN_IF_ERROR(Describe(changes, response));
          sequence = response.sequence();
          if (!writer.Write(std::move(response))) return absl::CancelledError("the receiver has gone");
        }
      });
}

}  // namespace clientele::ingestion
