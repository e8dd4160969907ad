#include "services/training/customer_count_client.h"

#include <grpcpp/client_context.h>

#include "absl/strings/str_cat.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"

namespace clientele::training {

absl::StatusOr<int64_t> CustomerCountClient::Count(const TenantId& tenant) {
  ingestion::v1::GetIngestionReportRequest request;
  request.set_name(absl::StrCat(FormatTenant(tenant), "/ingestionReport"));
  ingestion::v1::IngestionReport report;
  grpc::ClientContext context;
  rpc::Prepare(context, timeout_);
  CLIENTELE_RETURN_IF_ERROR(rpc::FromGrpc(stub_->GetIngestionReport(&context, request, &report)));
  return report.customer_count();
}

}  // namespace clientele::training
