#include "services/cli/client/ingestion_client.h"

#include "absl/memory/memory.h"
#include "clientele/ingestion/v1/customer_service.grpc.pb.h"
#include "clientele/ingestion/v1/feature_service.grpc.pb.h"
#include "clientele/ingestion/v1/ingestion_service.grpc.pb.h"
#include "clientele/ingestion/v1/settings_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {

using namespace ingestion::v1;  // NOLINT: the client is made of its messages.

struct IngestionClient::Impl {
  Connection connection;
  std::unique_ptr<IngestionService::Stub> ingestion = IngestionService::NewStub(connection.channel);
  std::unique_ptr<CustomerService::Stub> customers = CustomerService::NewStub(connection.channel);
  std::unique_ptr<FeatureService::Stub> features = FeatureService::NewStub(connection.channel);
  std::unique_ptr<SettingsService::Stub> settings = SettingsService::NewStub(connection.channel);
};

absl::StatusOr<std::unique_ptr<IngestionClient>> IngestionClient::Connect(const ServiceOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(Connection connection, Connection::Make(options));
  return absl::WrapUnique(new IngestionClient(std::unique_ptr<Impl>(new Impl{std::move(connection)})));
}

IngestionClient::IngestionClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
IngestionClient::~IngestionClient() = default;

absl::StatusOr<Customer> IngestionClient::GetCustomer(const GetCustomerRequest& request) {
  return impl_->connection.Call(impl_->customers, &CustomerService::Stub::GetCustomer, request);
}

absl::StatusOr<ListCustomersResponse> IngestionClient::ListCustomers(const ListCustomersRequest& request) {
  return impl_->connection.Call(impl_->customers, &CustomerService::Stub::ListCustomers, request);
}

absl::StatusOr<GetCustomerTimelineResponse> IngestionClient::GetTimeline(const GetCustomerTimelineRequest& request) {
  return impl_->connection.Call(impl_->customers, &CustomerService::Stub::GetCustomerTimeline, request);
}

absl::StatusOr<ListFeaturesResponse> IngestionClient::ListFeatures(const ListFeaturesRequest& request) {
  return impl_->connection.Call(impl_->features, &FeatureService::Stub::ListFeatures, request);
}

absl::StatusOr<Feature> IngestionClient::CreateFeature(const CreateFeatureRequest& request) {
  return impl_->connection.Call(impl_->features, &FeatureService::Stub::CreateFeature, request);
}

absl::StatusOr<BatchGetFeaturesResponse> IngestionClient::GetFeatures(const BatchGetFeaturesRequest& request) {
  return impl_->connection.Call(impl_->features, &FeatureService::Stub::BatchGetFeatures, request);
}

absl::StatusOr<Settings> IngestionClient::GetSettings(const GetSettingsRequest& request) {
  return impl_->connection.Call(impl_->settings, &SettingsService::Stub::GetSettings, request);
}

absl::StatusOr<Settings> IngestionClient::UpdateSettings(const UpdateSettingsRequest& request) {
  return impl_->connection.Call(impl_->settings, &SettingsService::Stub::UpdateSettings, request);
}

absl::StatusOr<IngestionReport> IngestionClient::GetReport(const GetIngestionReportRequest& request) {
  return impl_->connection.Call(impl_->ingestion, &IngestionService::Stub::GetIngestionReport, request);
}

absl::StatusOr<ListRejectedRecordsResponse> IngestionClient::ListRejected(const ListRejectedRecordsRequest& request) {
  return impl_->connection.Call(impl_->ingestion, &IngestionService::Stub::ListRejectedRecords, request);
}

absl::Status IngestionClient::ForEachCustomerPage(
    const std::string& parent, const std::function<absl::Status(const ListCustomersResponse&)>& visit) {
  constexpr int kPageSize = 1'000;
  ListCustomersRequest request;
  request.set_parent(parent);
  request.set_page_size(kPageSize);
  do {
    CLIENTELE_ASSIGN_OR_RETURN(const ListCustomersResponse page, ListCustomers(request));
    CLIENTELE_RETURN_IF_ERROR(visit(page));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace clientele::cli
