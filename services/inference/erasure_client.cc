#include "services/inference/erasure_client.h"

#include "common/rpc/channel.h"
#include "common/rpc/status.h"

namespace clientele::inference {
namespace {

constexpr char kEveryTenant[] = "tenants/-";
constexpr char kProgram[] = "inference";
// A watch has no end of its own; it begins anew now and then, so that no half-dead connection is waited on for ever.
constexpr absl::Duration kLongestWatch = absl::Minutes(10);

}  // namespace

ErasureClient::ErasureClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout)
    : stub_(ingestion::v1::PrivacyService::NewStub(channel)), timeout_(timeout) {}

absl::Status ErasureClient::Watch(int64_t sequence,
                                  absl::FunctionRef<bool(const ingestion::v1::WatchErasuresResponse&)> visit) {
  grpc::ClientContext context;
  rpc::Prepare(context, kLongestWatch);
  {
    absl::MutexLock lock(&mutex_);
    if (stopped_) return absl::CancelledError("stopped");
    watching_ = &context;
  }
  ingestion::v1::WatchErasuresRequest request;
  request.set_parent(kEveryTenant);
  request.set_after_sequence(sequence);
  const auto reader = stub_->WatchErasures(&context, request);
  ingestion::v1::WatchErasuresResponse change;
  bool wants_more = true;
  while (wants_more && reader->Read(&change)) wants_more = visit(change);
  if (!wants_more) context.TryCancel();
  const absl::Status status = rpc::FromGrpc(reader->Finish());
  absl::MutexLock lock(&mutex_);
  watching_ = nullptr;
  return absl::IsDeadlineExceeded(status) ? absl::OkStatus() : status;
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

void ErasureClient::Stop() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
  if (watching_ != nullptr) watching_->TryCancel();
}

}  // namespace clientele::inference
