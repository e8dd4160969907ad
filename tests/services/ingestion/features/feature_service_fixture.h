// The feature service through gRPC, in one process, on a RocksDB store.
#pragma once

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/timestamps.h"
#include "common/rpc/server.h"
#include "common/rpc/status.h"
#include "common/storage/rocksdb/consent_store.h"
#include "common/storage/rocksdb/record_store.h"
#include "services/ingestion/feature_service.h"
#include "tests/services/ingestion/features/memory_record_store.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::ingestion {

class FeatureServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    clock_.Set(testutil::At("2024-06-01"));
    ASSERT_OK_AND_ASSIGN(server_, rpc::Server::Start(rpc::ServerOptions(), {&service_}, metrics_));
    stub_ = v1::FeatureService::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()), grpc::InsecureChannelCredentials()));
  }

  void Add(absl::string_view customer, absl::Time event, v1::Record record) {
    storage::NewRecord stored;
    stored.source = "shop";
    stored.record_id = absl::StrCat(next_id_++);
    stored.customer_id = std::string(customer);
    stored.event_time_micros = absl::ToUnixMicros(event);
    stored.kind = KindOf(record);
    for (const auto& [name, value] : record.profile().attributes()) {
      stored.attributes.emplace_back(name, common::v1::FEATURE_TYPE_CATEGORY);
    }
    *record.mutable_event_time() = ToProto(event);
    EncodeRecord(record, stored.body);
    stored.content_digest = Hash128(stored.body);
    ASSERT_OK(store_->Append(testutil::TestTenant(), {stored}, {}, event));
  }

  absl::StatusOr<v1::BatchGetFeaturesResponse> Get(std::vector<std::string> customers, std::vector<std::string> names,
                                                   bool allow_missing = false) {
    v1::BatchGetFeaturesRequest request;
    request.set_parent("tenants/acme");
    request.set_allow_missing(allow_missing);
    request.mutable_customer_ids()->Add(customers.begin(), customers.end());
    request.mutable_features()->Add(names.begin(), names.end());
    grpc::ClientContext context;
    v1::BatchGetFeaturesResponse response;
    CLIENTELE_RETURN_IF_ERROR(rpc::FromGrpc(stub_->BatchGetFeatures(&context, request, &response)));
    return response;
  }

  absl::StatusOr<v1::Feature> Create(const common::v1::FeatureDefinition& definition) {
    v1::CreateFeatureRequest request;
    request.set_parent("tenants/acme");
    *request.mutable_feature()->mutable_definition() = definition;
    grpc::ClientContext context;
    v1::Feature response;
    CLIENTELE_RETURN_IF_ERROR(rpc::FromGrpc(stub_->CreateFeature(&context, request, &response)));
    return response;
  }

  absl::StatusOr<v1::BatchGetLabelsResponse> GetLabels(const v1::BatchGetLabelsRequest& request) {
    grpc::ClientContext context;
    v1::BatchGetLabelsResponse response;
    CLIENTELE_RETURN_IF_ERROR(rpc::FromGrpc(stub_->BatchGetLabels(&context, request, &response)));
    return response;
  }

  // The messages of the stream.
  absl::StatusOr<std::vector<v1::ReadDatasetResponse>> Read(const v1::ReadDatasetRequest& request) {
    grpc::ClientContext context;
    const auto reader = stub_->ReadDataset(&context, request);
    std::vector<v1::ReadDatasetResponse> parts;
    v1::ReadDatasetResponse part;
    while (reader->Read(&part)) parts.push_back(part);
    CLIENTELE_RETURN_IF_ERROR(rpc::FromGrpc(reader->Finish()));
    return parts;
  }

  static common::v1::FeatureDefinition BasketSize() {
    common::v1::FeatureDefinition definition;
    definition.set_name("spend_per_purchase");
    definition.mutable_derived()->set_operation(common::v1::FeatureDefinition::Derived::OPERATION_RATIO);
    definition.mutable_derived()->set_left("spend_total");
    definition.mutable_derived()->set_right("purchases");
    return definition;
  }

  testutil::TempDir directory_;
  std::unique_ptr<storage::RocksRecordStore> store_ = storage::RocksRecordStore::Open(directory_.path()).value();
  std::unique_ptr<storage::ConsentStore> consents_ =
      storage::OpenRocksConsentStore(directory_.File("consents")).value();
  TenantContexts contexts_{*store_};
  testutil::ManualClock clock_;
  observability::Metrics metrics_;
  Executor calls_{8, 64};
  Executor streams_{8, 8};
  FeatureService service_{*store_,
                          *store_,
                          *consents_,
                          contexts_,
                          clock_,
                          calls_,
                          streams_,
                          /*dataset_threads=*/2};
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::FeatureService::Stub> stub_;
  int next_id_ = 0;
};

}  // namespace clientele::ingestion
