// What the command asks of ingestion's ConsentService.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "clientele/ingestion/v1/consent_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// Thread-safe. Every call: the server's error, or UNAVAILABLE with what to do where nobody answers.
class ConsentClient {
 public:
  static absl::StatusOr<std::unique_ptr<ConsentClient>> Connect(const ServiceOptions& options);
  ~ConsentClient();

  absl::StatusOr<ingestion::v1::ScoringConsent> Set(const ingestion::v1::SetScoringConsentRequest& request);
  absl::StatusOr<ingestion::v1::BatchSetScoringConsentsResponse> SetMany(
      const ingestion::v1::BatchSetScoringConsentsRequest& request);
  absl::StatusOr<ingestion::v1::ScoringConsents> Get(const ingestion::v1::GetScoringConsentsRequest& request);
  absl::StatusOr<ingestion::v1::ListScoringConsentChangesResponse> ListChanges(
      const ingestion::v1::ListScoringConsentChangesRequest& request);

 private:
  struct Impl;
  explicit ConsentClient(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace clientele::cli
