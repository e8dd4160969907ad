#include "services/inference/consent_client.h"

namespace clientele::inference {

absl::Status ConsentClient::Watch(int64_t sequence,
                                  absl::FunctionRef<bool(const ingestion::v1::WatchScoringConsentsResponse&)> visit) {
  ingestion::v1::WatchScoringConsentsRequest request;
  request.set_parent("tenants/-");
  request.set_after_sequence(sequence);
  return watch_.Read<ingestion::v1::WatchScoringConsentsResponse>(
      [&](grpc::ClientContext& context, auto* reader) {
        stub_->async()->WatchScoringConsents(&context, &request, reader);
      },
      visit);
}

}  // namespace clientele::inference
