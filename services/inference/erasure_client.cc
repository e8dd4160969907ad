#include "services/inference/erasure_client.h"

#include "common/rpc/channel.h"
#include "common/rpc/status.h"

namespace clientele::inference {
namespace {

constexpr char kEveryTenant[] = "tenants/-";
constexpr char kProgram[] = "inference";

}  // namespace

ErasureClient::ErasureClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout)
    : stub_(ingestion::v1::PrivacyService::NewStub(channel)), timeout_(timeout) {}

absl::Status ErasureClient::Watch(int64_t sequence,
                                  absl::FunctionRef<bool(const ingestion::v1::WatchErasuresResponse&)> visit) {
  ingestion::v1::WatchErasuresRequest request;
  request.set_parent(kEveryTenant);
  request.set_after_sequence(sequence);
  return watch_.Read<ingestion::v1::WatchErasuresResponse>(
      [&](grpc::ClientContext& context, auto* reader) { stub_->async()->WatchErasures(&context, &request, reader); },
      visit);
}

absl::Status ErasureClient::Report(absl::Span<const ingestion::v1::ErasureReport> reports) {
  ingestion::v1::ReportErasuresRequest request;
  request.set_parent(kEveryTenant);
  request.set_program(kProgram);
  for (const auto& report : reports) *request.add_reports() = report;
  grpc::ClientContext context;
  rpc::Prepare(context, timeout_);
  ingestion::v1::ReportErasuresResponse response;
  return rpc::FromGrpc(stub_->ReportErasures(&context, request, &response));
}

}  // namespace clientele::inference
