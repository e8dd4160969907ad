#include "common/rpc/audit_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/auth/roles.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/rpc/page_token.h"
#include "common/rpc/server_state.h"
#include "common/rpc/streams.h"
#include "common/rpc/unary.h"

namespace clientele::rpc {
namespace {

namespace v1 = admin::v1;

constexpr int kDefaultPage = 100, kLargestPage = 1'000;
constexpr int kEntriesOfAMessage = 500;

// Of tenants/acme "acme", of tenants/- the platform's.
absl::StatusOr<std::string> ChainNamed(absl::string_view parent) {
  if (parent == absl::StrCat("tenants/", audit::kPlatformChain)) return std::string(audit::kPlatformChain);
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", parent));
  return tenant.value();
}

// The method's option lets in who may read either chain: a tenant's is not for those who operate servers, nor the
// platform's for those who look after customers.
absl::Status CheckReader(const grpc::CallbackServerContext& context, absl::string_view chain) {
  const CallContext* own = OwnContext(context);
  if (own == nullptr || own->origin.state->authenticator == nullptr) return absl::OkStatus();
  const bool platform = chain == audit::kPlatformChain;
  const auth::Role role = platform ? common::v1::ROLE_OPERATOR : common::v1::ROLE_PRIVACY_OFFICER;
  const auth::Roles& held = own->caller.roles;
  if (held.Has(role) || held.Has(common::v1::ROLE_TENANT_ADMIN)) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, ErrorReason::kPermissionDenied,
               platform ? "the platform's audit log is for its operators and administrators"
                        : "a tenant's audit log is for its privacy officers and administrators");
}

absl::StatusOr<std::string> ReadableChain(const grpc::CallbackServerContext& context, absl::string_view parent) {
  CLIENTELE_ASSIGN_OR_RETURN(std::string chain, ChainNamed(parent));
  CLIENTELE_RETURN_IF_ERROR(CheckReader(context, chain));
  return chain;
}

audit::Filter FilterOf(const v1::ListAuditEntriesRequest& request) {
  audit::Filter filter;
  if (request.has_start_time()) filter.start = FromProto(request.start_time());
  if (request.has_end_time()) filter.end = FromProto(request.end_time());
  filter.principal = request.principal();
  filter.method = request.method();
  filter.resource = request.resource();
  for (const int event : request.events()) filter.events.insert(static_cast<audit::Entry::Event>(event));
  return filter;
}

// What must be the same for every page.
std::string FingerprintOf(v1::ListAuditEntriesRequest request) {
  request.clear_page_size();
  request.clear_page_token();
  return request.SerializeAsString();
}

absl::Status List(const audit::AuditReader& reader, absl::string_view chain, const v1::ListAuditEntriesRequest& request,
                  v1::ListAuditEntriesResponse& response) {
  CLIENTELE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size(), kDefaultPage, kLargestPage));
  const std::string fingerprint = FingerprintOf(request);
  CLIENTELE_ASSIGN_OR_RETURN(const std::string position, DecodePageToken(request.page_token(), fingerprint));
  int64_t before = 0;
  if (!position.empty() && !absl::SimpleAtoi(position, &before)) {
    return absl::InternalError("a page token without a number");
  }
  CLIENTELE_ASSIGN_OR_RETURN(audit::Page page, reader.List(chain, FilterOf(request), before, size));
  for (audit::Entry& entry : page.entries) *response.add_audit_entries() = std::move(entry);
  if (page.before != 0) response.set_next_page_token(EncodePageToken(absl::StrCat(page.before), fingerprint));
  return absl::OkStatus();
}

absl::Status Export(const audit::AuditReader& reader, absl::string_view chain, int64_t first,
                    StreamWriter<v1::ExportAuditEntriesResponse>& writer) {
  v1::ExportAuditEntriesResponse part;
  bool open = true;
  const absl::Status read = reader.ForEach(chain, first, [&](const audit::Entry& entry) {
    *part.add_audit_entries() = entry;
    if (part.audit_entries_size() == kEntriesOfAMessage) open = writer.Write(std::exchange(part, {}));
    return open;
  });
  // What can be read is sent, also where what follows cannot.
  if (open && part.audit_entries_size() > 0) open = writer.Write(std::move(part));
  return open ? read : absl::CancelledError();
}

}  // namespace

grpc::ServerUnaryReactor* AuditService::ListAuditEntries(grpc::CallbackServerContext* context,
                                                         const v1::ListAuditEntriesRequest* request,
                                                         v1::ListAuditEntriesResponse* response) {
  return Unary(context, executor_, [=, this](const Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const std::string chain, ReadableChain(*context, request->parent()));
    return List(reader_, chain, *request, *response);
  });
}

grpc::ServerUnaryReactor* AuditService::GetAuditHead(grpc::CallbackServerContext* context,
                                                     const v1::GetAuditHeadRequest* request, v1::AuditHead* response) {
  return Unary(context, executor_, [=, this](const Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const std::string chain, ReadableChain(*context, request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const audit::Head head, reader_.HeadOf(chain));
    response->set_program(reader_.program());
    response->set_number(head.number);
    response->set_hash(head.hash);
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<v1::ExportAuditEntriesResponse>* AuditService::ExportAuditEntries(
    grpc::CallbackServerContext* context, const v1::ExportAuditEntriesRequest* request) {
  return ServerStream<v1::ExportAuditEntriesResponse>(
      context, executor_, [=, this](const Call&, StreamWriter<v1::ExportAuditEntriesResponse>& writer) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const std::string chain, ReadableChain(*context, request->parent()));
        return Export(reader_, chain, std::max<int64_t>(request->start_number(), 1), writer);
      });
}

}  // namespace clientele::rpc
