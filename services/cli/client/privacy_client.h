// What the command asks of ingestion's PrivacyService.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/ingestion/v1/privacy_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// Thread-safe. Every call: the server's error, or UNAVAILABLE with what to do where nobody answers.
class PrivacyClient {
 public:
  static absl::StatusOr<std::unique_ptr<PrivacyClient>> Connect(const ServiceOptions& options);
  ~PrivacyClient();

  absl::StatusOr<ingestion::v1::Erasure> Erase(const ingestion::v1::EraseCustomerRequest& request);
  absl::StatusOr<ingestion::v1::Erasure> GetErasure(const ingestion::v1::GetErasureRequest& request);
  absl::StatusOr<ingestion::v1::ListErasuresResponse> ListErasures(const ingestion::v1::ListErasuresRequest& request);
  absl::StatusOr<ingestion::v1::ErasureReceipt> GetReceipt(const ingestion::v1::GetErasureReceiptRequest& request);
  // Calls with each part.
  absl::Status Export(const ingestion::v1::ExportCustomerDataRequest& request,
                      const std::function<void(const ingestion::v1::ExportCustomerDataResponse&)>& visit);

 private:
  struct Impl;
  explicit PrivacyClient(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace clientele::cli
