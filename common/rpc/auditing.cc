#include "common/rpc/auditing.h"

#include <set>
#include <utility>

#include "common/audit/audit_log.h"
#include "common/auth/roles.h"
#include "common/auth/tenants_named.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/rpc/server_state.h"
#include "common/rpc/trace.h"

namespace clientele::rpc {
namespace {

bool IsRefusal(const absl::Status& outcome) {
  return outcome.code() == absl::StatusCode::kUnauthenticated || outcome.code() == absl::StatusCode::kPermissionDenied;
}

}  // namespace

void Auditing::OnRequest(const google::protobuf::Message& request, bool stays) {
  if (stays) {
    request_ = &request;
    return;
  }
  absl::MutexLock lock(&mutex_);
  if (resources_.empty()) resources_ = auth::ResourcesNamed(request);
}

std::vector<std::string> Auditing::Resources() const {
  if (request_ != nullptr) return auth::ResourcesNamed(*request_);
  absl::MutexLock lock(&mutex_);
  return resources_;
}

// A caller of one tenant writes into that tenant's chain, whomever the request names, so that nobody fills another's.
// Who has every tenant writes into that of the tenant the request names: what the platform does to it is there to be
// seen. What is left is the platform's.
std::string Auditing::ChainOf(const CallContext& context, bool refused) const {
  if (context.caller.tenant.has_value()) return context.caller.tenant->value();
  if (refused) return std::string(audit::kPlatformChain);
  std::set<std::string> tenants;
  for (const std::string& name : Resources()) tenants.insert(auth::TenantOf(name));
  const bool one = tenants.size() == 1 && IsResourceId(*tenants.begin());
  return one ? *tenants.begin() : std::string(audit::kPlatformChain);
}

admin::v1::AuditEntry Auditing::EntryOf(const CallContext& context, const Call& call) const {
  admin::v1::AuditEntry entry;
  entry.set_principal(context.caller.subject);
  entry.set_address(context.peer());
  for (std::string& role : auth::RoleNames(context.caller.roles)) entry.add_roles(std::move(role));
  entry.set_method(std::string(call.method));
  for (std::string& name : Resources()) entry.add_resources(std::move(name));
  entry.set_request_id(call.request_id);
  entry.set_trace_id(std::string(TraceId(call.traceparent)));
  for (const auto& [key, value] : call.audit_note.details()) {
    auto& detail = *entry.add_details();
    detail.set_key(key);
    detail.set_value(value);
  }
  return entry;
}

absl::Status Auditing::Begin(const CallContext& context, const Call& call) {
  chain_ = ChainOf(context, /*refused=*/false);
  CLIENTELE_ASSIGN_OR_RETURN(begun_, log_->Begin(chain_, EntryOf(context, call)));
  return absl::OkStatus();
}

absl::Status Auditing::End(const CallContext& context, const Call& call, absl::Status outcome) {
  if (log_ == nullptr) return outcome;
  // Where nobody has to show who they are, everybody sees everything, and that is no news.
  const bool shown = call.audit_note.shows_personal_values() && outcome.ok() && !context.caller.subject.empty();
  if (begun_ == 0 && !shown && !IsRefusal(outcome)) return outcome;
  admin::v1::AuditEntry entry = EntryOf(context, call);
  entry.set_code(absl::StatusCodeToString(outcome.code()));
  if (!outcome.ok()) entry.set_reason(ReasonOf(outcome));
  if (begun_ != 0) {
    entry.set_begun_number(begun_);
    log_->End(chain_, std::move(entry));
    return outcome;
  }
  if (!shown) {
    log_->Refuse(ChainOf(context, /*refused=*/true), std::move(entry));
    return outcome;
  }
  CLIENTELE_RETURN_IF_ERROR(log_->Show(ChainOf(context, /*refused=*/false), std::move(entry)));
  return outcome;
}

}  // namespace clientele::rpc
