#include "services/inference/label_client.h"

#include <grpcpp/client_context.h>

#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "services/inference/ingestion_status.h"

namespace clientele::inference {
namespace {

constexpr size_t kMostInstants = 1'000;  // In one request.

}  // namespace

LabelClient::LabelClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout)
    : stub_(ingestion::v1::FeatureService::NewStub(channel)), timeout_(timeout) {}

absl::StatusOr<std::vector<std::optional<double>>> LabelClient::Labels(const TenantId& tenant,
                                                                       const common::v1::Label& label,
                                                                       absl::Span<const CustomerInstant> instants,
                                                                       const rpc::Call& call) {
  std::vector<std::optional<double>> labels;
  labels.reserve(instants.size());
  while (labels.size() < instants.size()) {
    const auto some = instants.subspan(labels.size(), kMostInstants);
    ingestion::v1::BatchGetLabelsRequest request;
    request.set_parent(FormatTenant(tenant));
    *request.mutable_label() = label;
    request.set_allow_missing(true);
    for (const CustomerInstant& instant : some) {
      auto& added = *request.add_instants();
      added.set_customer_id(instant.customer_id);
      *added.mutable_as_of() = ToProto(instant.as_of);
    }
    grpc::ClientContext context;
    rpc::Prepare(context, timeout_, &call);
    ingestion::v1::BatchGetLabelsResponse response;
    const absl::Status status = rpc::FromGrpc(stub_->BatchGetLabels(&context, request, &response));
    if (!status.ok()) return FromIngestion(status, "what became of the customers", call);
    if (response.labels_size() != request.instants_size()) {
      return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "ingestion's answer does not fit the request");
    }
    for (const auto& one : response.labels()) {
      labels.push_back(one.has_value() ? std::optional<double>(one.value()) : std::nullopt);
    }
  }
  return labels;
}

}  // namespace clientele::inference
