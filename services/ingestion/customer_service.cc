#include "services/ingestion/customer_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/disclosure.h"
#include "common/rpc/page_token.h"
#include "common/rpc/unary.h"
#include "services/ingestion/disclosure.h"
#include "services/ingestion/paging.h"
#include "services/ingestion/records/customer_fold.h"
#include "services/ingestion/records/customer_pages.h"
#include "services/ingestion/records/record_sealer.h"

namespace clientele::ingestion {
namespace {

absl::Status CustomerNotFound(absl::string_view name) {
  return Error(absl::StatusCode::kNotFound, ErrorReason::kCustomerNotFound, absl::StrCat("no record names ", name));
}

}  // namespace

grpc::ServerUnaryReactor* CustomerService::GetCustomer(grpc::CallbackServerContext* context,
                                                       const v1::GetCustomerRequest* request, v1::Customer* response) {
  return rpc::Unary(context, executor_, [this, context, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const CustomerName name, ParseCustomerName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(const auto tenant, contexts_.Get(name.tenant));
    RecordOpener opener(keys_, name.tenant);
    CustomerFold fold(opener);
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(
        store_.ScanCustomer(name.tenant, name.customer_id, [&](const storage::StoredRecord& record) {
          status = fold.Add(record);
          return status.ok();
        }));
    CLIENTELE_RETURN_IF_ERROR(status);
    if (fold.record_count() == 0) return CustomerNotFound(request->name());
    *response = fold.Take(name.tenant, name.customer_id, tenant->base_currency());
    Disclosure(call, rpc::MaySeePersonalValues(*context)).Apply(*response);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CustomerService::ListCustomers(grpc::CallbackServerContext* context,
                                                         const v1::ListCustomersRequest* request,
                                                         v1::ListCustomersResponse* response) {
  return rpc::Unary(context, executor_, [this, context, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size(), kDefaultPageSize, kMaxPageSize));
    const std::string fingerprint = absl::StrCat("customers ", request->parent());
    CLIENTELE_ASSIGN_OR_RETURN(const std::string position, rpc::DecodePageToken(request->page_token(), fingerprint));
    CLIENTELE_ASSIGN_OR_RETURN(const auto settings, contexts_.Get(tenant));
    CLIENTELE_ASSIGN_OR_RETURN(CustomerPage page, ReadCustomerPage(store_, keys_, tenant, settings->base_currency(),
                                                                   position, size, kMaxPageBytes, call.stop));
    const Disclosure disclosure(call, rpc::MaySeePersonalValues(*context));
    for (v1::Customer& customer : page.customers) {
      disclosure.Apply(customer);
      *response->add_customers() = std::move(customer);
    }
    if (!page.next_position.empty()) {
      response->set_next_page_token(rpc::EncodePageToken(page.next_position, fingerprint));
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CustomerService::GetCustomerTimeline(grpc::CallbackServerContext* context,
                                                               const v1::GetCustomerTimelineRequest* request,
                                                               v1::GetCustomerTimelineResponse* response) {
  return rpc::Unary(context, executor_, [this, context, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const CustomerName name, ParseCustomerName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size(), kDefaultPageSize, kMaxPageSize));
    const std::string fingerprint = absl::StrCat("timeline ", request->name());
    CLIENTELE_ASSIGN_OR_RETURN(const std::string position, rpc::DecodePageToken(request->page_token(), fingerprint));
    const Disclosure disclosure(call, rpc::MaySeePersonalValues(*context));
    RecordOpener opener(keys_, name.tenant);
    size_t bytes = 0;
    std::string last;
    absl::Status status;
    const auto add = [&](const storage::StoredRecord& record, absl::string_view at) {
      if (response->records_size() == size || bytes > kMaxPageBytes) {
        response->set_next_page_token(rpc::EncodePageToken(last, fingerprint));
        return false;
      }
      v1::Record& added = *response->add_records();
      status = opener.Decode(record, added);
      disclosure.Apply(added);
      bytes += record.body.size();
      last.assign(at.data(), at.size());
      return status.ok();
    };
    CLIENTELE_RETURN_IF_ERROR(store_.ScanCustomerBackwards(name.tenant, name.customer_id, position, add));
    CLIENTELE_RETURN_IF_ERROR(status);
    if (response->records_size() == 0 && position.empty()) return CustomerNotFound(request->name());
    return absl::OkStatus();
  });
}

}  // namespace clientele::ingestion
