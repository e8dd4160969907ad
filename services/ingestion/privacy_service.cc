#include "services/ingestion/privacy_service.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/privacy/erasure_name.h"
#include "common/rpc/actor.h"
#include "common/rpc/page_token.h"
#include "common/rpc/streams.h"
#include "common/rpc/unary.h"
#include "services/ingestion/paging.h"
#include "services/ingestion/privacy/customer_export.h"

namespace clientele::ingestion {
namespace {

using privacy::ErasureName;
using privacy::ParseErasureName;

constexpr size_t kMostCustomerIdBytes = 128, kMostReasonBytes = 1024, kMostRequestIdBytes = 256;
constexpr int kMostReports = 1'000;
// Below that an id is as likely to stand in a text by chance.
constexpr size_t kTellingIdBytes = 4;
constexpr absl::string_view kEveryTenant = "tenants/-";

// What is kept for good must not say who was erased.
absl::Status CheckKept(absl::string_view field, absl::string_view text, size_t most, absl::string_view customer_id) {
  if (text.size() > most) return InvalidField(field, absl::StrCat("has more than ", most, " bytes"));
  if (customer_id.size() >= kTellingIdBytes && absl::StrContains(text, customer_id)) {
    return InvalidField(field, "names the customer, and is kept when the customer is forgotten");
  }
  return absl::OkStatus();
}

absl::StatusOr<CustomerName> ParseCustomer(absl::string_view field, absl::string_view name) {
  CLIENTELE_ASSIGN_OR_RETURN(CustomerName customer, ParseCustomerName(field, name));
  if (customer.customer_id.size() <= kMostCustomerIdBytes) return customer;
  return InvalidField(field, "the customer's id must have 1 to 128 bytes");
}

absl::StatusOr<ErasureRequest> ParseRequest(const v1::EraseCustomerRequest& request, std::string customer_id) {
  CLIENTELE_RETURN_IF_ERROR(CheckKept("reason", request.reason(), kMostReasonBytes, customer_id));
  CLIENTELE_RETURN_IF_ERROR(CheckKept("request_id", request.request_id(), kMostRequestIdBytes, customer_id));
  if (!v1::ErasureVerb_IsValid(request.verb())) return InvalidField("verb", "is none that is known");
  ErasureRequest parsed;
  parsed.customer_id = std::move(customer_id);
  if (request.verb() != v1::ERASURE_VERB_UNSPECIFIED) parsed.verb = request.verb();
  parsed.reason = request.reason();
  parsed.request_id = request.request_id();
  return parsed;
}

// Only the credential of a service of the platform reaches it.
absl::Status CheckEveryTenant(absl::string_view parent) {
  return parent == kEveryTenant ? absl::OkStatus() : InvalidField("parent", "must be tenants/-");
}

absl::StatusOr<int64_t> NumberPosition(absl::string_view position) {
  int64_t number = 0;
  if (position.empty() || absl::SimpleAtoi(position, &number)) return number;
  return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kInvalidPageToken, "the page token is damaged");
}

}  // namespace

grpc::ServerUnaryReactor* PrivacyService::EraseCustomer(grpc::CallbackServerContext* context,
                                                        const v1::EraseCustomerRequest* request,
                                                        v1::Erasure* response) {
  return rpc::Unary(
      context, calls_, [this, request, response, peer = context->peer()](const rpc::Call& call) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(CustomerName name, ParseCustomer("name", request->name()));
        CLIENTELE_ASSIGN_OR_RETURN(ErasureRequest parsed, ParseRequest(*request, std::move(name.customer_id)));
        parsed.requester = rpc::ActorOf(call, peer);
        if (request->dry_run()) call.audit_note.Add("dry_run", "true");
        CLIENTELE_ASSIGN_OR_RETURN(
            *response, request->dry_run() ? erasures_.Plan(name.tenant, parsed) : erasures_.Begin(name.tenant, parsed));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* PrivacyService::GetErasure(grpc::CallbackServerContext* context,
                                                     const v1::GetErasureRequest* request, v1::Erasure* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const ErasureName name, ParseErasureName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(storage::StoredErasure stored, store_.ReadErasure(name.tenant, name.number));
    *response = std::move(stored.erasure);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* PrivacyService::ListErasures(grpc::CallbackServerContext* context,
                                                       const v1::ListErasuresRequest* request,
                                                       v1::ListErasuresResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size(), kDefaultPageSize, kMaxPageSize));
    std::string digest;
    if (!request->customer().empty()) {
      CLIENTELE_ASSIGN_OR_RETURN(const CustomerName customer, ParseCustomer("customer", request->customer()));
      if (customer.tenant != tenant) return InvalidField("customer", "is of another tenant than the parent");
      const auto key = store_.DigestKeyOf(tenant);
      if (absl::IsNotFound(key.status())) return absl::OkStatus();
      CLIENTELE_RETURN_IF_ERROR(key.status());
      digest = key->Of(customer.customer_id).ToHex();
    }
    const std::string fingerprint = absl::StrCat("erasures ", request->parent(), " ", digest);
    CLIENTELE_ASSIGN_OR_RETURN(const std::string position, rpc::DecodePageToken(request->page_token(), fingerprint));
    CLIENTELE_ASSIGN_OR_RETURN(const int64_t before, NumberPosition(position));
    int64_t last = 0;
    CLIENTELE_RETURN_IF_ERROR(store_.ListErasures(tenant, before, [&](const storage::StoredErasure& stored) {
      if (!digest.empty() && stored.erasure.customer_digest() != digest) return call.stop.Check().ok();
      if (response->erasures_size() == size) {
        response->set_next_page_token(rpc::EncodePageToken(absl::StrCat(last), fingerprint));
        return false;
      }
      *response->add_erasures() = stored.erasure;
      last = stored.number();
      return true;
    }));
    return call.stop.Check();
  });
}

grpc::ServerUnaryReactor* PrivacyService::GetErasureReceipt(grpc::CallbackServerContext* context,
                                                            const v1::GetErasureReceiptRequest* request,
                                                            v1::ErasureReceipt* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const ErasureName name, ParseErasureName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(storage::StoredErasure stored, store_.ReadErasure(name.tenant, name.number));
    if (stored.erasure.state() != v1::Erasure::STATE_COMPLETE) {
      return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kErasureNotFinished,
                   absl::StrCat(request->name(), " is not complete yet: there is no receipt"));
    }
    v1::ErasureStatement statement;
    *statement.mutable_erasure() = std::move(stored.erasure);
    *statement.mutable_issue_time() = ToProto(clock_.Now());
    CLIENTELE_ASSIGN_OR_RETURN(*response, key_.Sign(statement));
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<v1::ExportCustomerDataResponse>* PrivacyService::ExportCustomerData(
    grpc::CallbackServerContext* context, const v1::ExportCustomerDataRequest* request) {
  return rpc::ServerStream<v1::ExportCustomerDataResponse>(
      context, streams_,
      [this, request](const rpc::Call& call,
                      rpc::StreamWriter<v1::ExportCustomerDataResponse>& writer) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const CustomerName name, ParseCustomer("name", request->name()));
        CLIENTELE_ASSIGN_OR_RETURN(const auto settings, contexts_.Get(name.tenant));
        return ExportCustomer(
            records_, consents_, keys_, name.tenant, name.customer_id, settings->base_currency(), call.stop,
            [&writer](v1::ExportCustomerDataResponse& part) { return writer.Write(std::move(part)); });
      });
}

absl::StatusOr<v1::WatchErasuresResponse> PrivacyService::Describe(const storage::ErasureChange& change) const {
  CLIENTELE_ASSIGN_OR_RETURN(const privacy::DigestKey key, store_.DigestKeyOf(change.tenant));
  v1::WatchErasuresResponse response;
  response.set_sequence(change.sequence);
  *response.mutable_erasure() = change.stored.erasure;
  response.set_digest(absl::HexStringToBytes(change.stored.erasure.customer_digest()));
  response.set_digest_key(key.ToBytes());
  response.set_records_gone(change.stored.records_gone);
  return response;
}

grpc::ServerWriteReactor<v1::WatchErasuresResponse>* PrivacyService::WatchErasures(
    grpc::CallbackServerContext* context, const v1::WatchErasuresRequest* request) {
  return rpc::ServerStream<v1::WatchErasuresResponse>(
      context, streams_,
      [this, request](const rpc::Call& call, rpc::StreamWriter<v1::WatchErasuresResponse>& writer) -> absl::Status {
        CLIENTELE_RETURN_IF_ERROR(CheckEveryTenant(request->parent()));
        int64_t sequence = request->after_sequence();
        if (sequence < 0) return InvalidField("after_sequence", "is below 0");
        while (true) {
          CLIENTELE_ASSIGN_OR_RETURN(const auto changes, erasures_.AwaitChanges(sequence, call.stop, call.drain));
          for (const storage::ErasureChange& change : changes) {
            CLIENTELE_ASSIGN_OR_RETURN(v1::WatchErasuresResponse response, Describe(change));
            if (!writer.Write(std::move(response))) return absl::CancelledError("the receiver has gone");
            sequence = change.sequence;
          }
        }
      });
}

grpc::ServerUnaryReactor* PrivacyService::ReportErasures(grpc::CallbackServerContext* context,
                                                         const v1::ReportErasuresRequest* request,
                                                         v1::ReportErasuresResponse* response) {
  (void)response;  // Has nothing to say.
  return rpc::Unary(context, calls_, [this, request](const rpc::Call& call) -> absl::Status {
    CLIENTELE_RETURN_IF_ERROR(CheckEveryTenant(request->parent()));
    if (!IsResourceId(request->program())) return InvalidField("program", "is not [a-z][a-z0-9-]{0,62}");
    if (request->reports_size() > kMostReports) return InvalidField("reports", "are more than 1,000");
    for (int i = 0; i < request->reports_size(); ++i) {
      CLIENTELE_RETURN_IF_ERROR(call.stop.Check());
      const v1::ErasureReport& report = request->reports(i);
      CLIENTELE_ASSIGN_OR_RETURN(const ErasureName name,
                                 ParseErasureName(absl::StrCat("reports[", i, "].erasure"), report.erasure()));
      CLIENTELE_RETURN_IF_ERROR(erasures_.Report(name.tenant, name.number, request->program(), report));
    }
    return absl::OkStatus();
  });
}

}  // namespace clientele::ingestion
