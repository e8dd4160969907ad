// What the command asks of ingestion: customers, features, settings, reports. Records go through IngestStream.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "clientele/ingestion/v1/customer_service.pb.h"
#include "clientele/ingestion/v1/feature_service.pb.h"
#include "clientele/ingestion/v1/ingestion_service.pb.h"
#include "clientele/ingestion/v1/settings_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// Thread-safe. Every call: the server's error, or UNAVAILABLE with what to do where nobody answers.
class IngestionClient {
 public:
  static absl::StatusOr<std::unique_ptr<IngestionClient>> Connect(const ServiceOptions& options);
  ~IngestionClient();

  absl::StatusOr<ingestion::v1::Customer> GetCustomer(const ingestion::v1::GetCustomerRequest& request);
  absl::StatusOr<ingestion::v1::ListCustomersResponse> ListCustomers(
      const ingestion::v1::ListCustomersRequest& request);
  absl::StatusOr<ingestion::v1::GetCustomerTimelineResponse> GetTimeline(
      const ingestion::v1::GetCustomerTimelineRequest& request);

  absl::StatusOr<ingestion::v1::ListFeaturesResponse> ListFeatures(const ingestion::v1::ListFeaturesRequest& request);
  absl::StatusOr<ingestion::v1::Feature> CreateFeature(const ingestion::v1::CreateFeatureRequest& request);
  absl::StatusOr<ingestion::v1::BatchGetFeaturesResponse> GetFeatures(
      const ingestion::v1::BatchGetFeaturesRequest& request);

  absl::StatusOr<ingestion::v1::Settings> GetSettings(const ingestion::v1::GetSettingsRequest& request);
  absl::StatusOr<ingestion::v1::Settings> UpdateSettings(const ingestion::v1::UpdateSettingsRequest& request);

  absl::StatusOr<ingestion::v1::IngestionReport> GetReport(const ingestion::v1::GetIngestionReportRequest& request);
  absl::StatusOr<ingestion::v1::ListRejectedRecordsResponse> ListRejected(
      const ingestion::v1::ListRejectedRecordsRequest& request);

  // Every customer of the tenant, page by page; stops at the first error, its own or `visit`'s.
  absl::Status ForEachCustomerPage(
      const std::string& parent, const std::function<absl::Status(const ingestion::v1::ListCustomersResponse&)>& visit);

 private:
  struct Impl;
  explicit IngestionClient(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace clientele::cli
