// The ingestion services through gRPC, in one process.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "clientele/ingestion/v1/customer_service.grpc.pb.h"
#include "clientele/ingestion/v1/ingestion_service.grpc.pb.h"
#include "clientele/ingestion/v1/settings_service.grpc.pb.h"
#include "common/base/error.h"
#include "common/base/executor.h"
#include "common/rpc/server.h"
#include "common/rpc/status.h"
#include "common/storage/rocksdb/record_store.h"
#include "services/ingestion/customer_service.h"
#include "services/ingestion/ingestion_service.h"
#include "services/ingestion/settings_service.h"
#include "tests/services/ingestion/forwarding_store.h"
#include "tests/services/ingestion/memory_key_store.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::ingestion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testutil::StatusIs;

// Takes nothing while it is told to fail.
class FailingStore final : public storage::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::StatusOr<storage::AppendResult> Append(const TenantId& tenant, absl::Span<const storage::NewRecord> records,
                                               absl::Span<const v1::RejectedRecord> rejected,
                                               absl::Time ingest_time) override {
    if (fails) return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed, "the disk is full");
    return ForwardingStore::Append(tenant, records, rejected, ingest_time);
  }
  std::atomic<bool> fails = false;
};

class IngestionServicesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(server_,
                         rpc::Server::Start(rpc::ServerOptions(), {&ingestion_, &customers_, &settings_}, metrics_));
    const auto channel =
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()), grpc::InsecureChannelCredentials());
    records_stub_ = v1::IngestionService::NewStub(channel);
    customers_stub_ = v1::CustomerService::NewStub(channel);
    settings_stub_ = v1::SettingsService::NewStub(channel);
  }

  static void FillRecord(int id, v1::Record& record) {
    record.set_source("shop");
    record.set_record_id(absl::StrCat(id));
    record.set_customer_id("ada/1");
    record.mutable_event_time()->set_seconds(1'600'000'000 + id);
    record.mutable_transaction()->set_amount_micros(1'000'000);
  }

  v1::IngestRecordBatchRequest Batch(int first, int count) {
    v1::IngestRecordBatchRequest request;
    request.set_parent("tenants/acme");
    for (int i = 0; i < count; ++i) FillRecord(first + i, *request.add_records());
    return request;
  }

  // A unary call.
  template <class Stub, class Request, class Response>
  absl::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*), Stub& stub,
                    const Request& request, Response& response) {
    grpc::ClientContext context;
    return rpc::FromGrpc((stub.*method)(&context, request, &response));
  }
  absl::Status Ingest(const v1::IngestRecordBatchRequest& request, v1::IngestRecordBatchResponse& response) {
    return Call(&v1::IngestionService::Stub::IngestRecordBatch, *records_stub_, request, response);
  }

  testutil::TempDir directory_;
  std::unique_ptr<storage::RocksRecordStore> store_ = storage::RocksRecordStore::Open(directory_.path()).value();
  FailingStore appends_{*store_};
  TenantContexts contexts_{*store_};
  testutil::ManualClock clock_;
  observability::Metrics metrics_;
  testutil::MemoryKeys keys_;
  Ingester ingester_{appends_, contexts_, *keys_, clock_, metrics_};
  Executor calls_{8, 64};
  Executor streams_{8, 8};
  IngestionService ingestion_{ingester_, *store_, *keys_, calls_, streams_};
  CustomerService customers_{*store_, contexts_, *keys_, calls_};
  SettingsService settings_{contexts_, calls_};
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::IngestionService::Stub> records_stub_;
  std::unique_ptr<v1::CustomerService::Stub> customers_stub_;
  std::unique_ptr<v1::SettingsService::Stub> settings_stub_;
};

TEST_F(IngestionServicesTest, ABatchIsAnsweredRecordByRecord) {
  v1::IngestRecordBatchRequest request = Batch(1, 3);
  request.mutable_records(1)->clear_customer_id();
  v1::IngestRecordBatchResponse response;
  ASSERT_OK(Ingest(request, response));
  EXPECT_THAT(
      response.result().dispositions(),
      ElementsAre(v1::RECORD_DISPOSITION_ACCEPTED, v1::RECORD_DISPOSITION_REJECTED, v1::RECORD_DISPOSITION_ACCEPTED));
  EXPECT_EQ(response.result().errors(0).field(), "customer_id");
  EXPECT_THAT(metrics_.Text(), HasSubstr("clientele_ingestion_records_total{disposition=\"accepted\"} 2"));
}

TEST_F(IngestionServicesTest, BadRequestsNameTheirField) {
  v1::IngestRecordBatchResponse response;
  v1::IngestRecordBatchRequest request = Batch(1, 1);
  request.set_parent("acme");
  absl::Status status = Ingest(request, response);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(FieldOf(status), "parent");
  status = Ingest(Batch(1, 0), response);
  EXPECT_EQ(FieldOf(status), "records");
  status = Ingest(Batch(1, 10'001), response);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("10000")));
  EXPECT_EQ(store_->GetReport(TenantId::Parse("acme").value())->accepted_count(), 0);
}

TEST_F(IngestionServicesTest, ATextThatIsNotUtf8CostsTheBatchNothing) {
  v1::IngestRecordBatchRequest request = Batch(1, 3);
  request.mutable_records(1)->mutable_transaction()->set_product("\xff\xfe");
  v1::IngestRecordBatchResponse response;
  ASSERT_OK(Ingest(request, response));
  EXPECT_EQ(response.result().accepted_count(), 2);
  ASSERT_THAT(response.result().errors(), SizeIs(1));
  EXPECT_EQ(response.result().errors(0).reason(), v1::REJECTION_REASON_INVALID_UTF8);
  EXPECT_EQ(response.result().errors(0).field(), "transaction.product");
  v1::ListRejectedRecordsRequest list;
  list.set_parent("tenants/acme");
  v1::ListRejectedRecordsResponse rejected;
  ASSERT_OK(Call(&v1::IngestionService::Stub::ListRejectedRecords, *records_stub_, list, rejected));
  ASSERT_THAT(rejected.rejected_records(), SizeIs(1));
  EXPECT_EQ(rejected.rejected_records(0).record().record_id(), "2");
}

TEST_F(IngestionServicesTest, AStreamAnswersEveryBatchInOrder) {
  grpc::ClientContext context;
  const auto stream = records_stub_->IngestRecords(&context);
  std::thread sender([&] {
    for (int batch = 0; batch < 40; ++batch) {
      v1::IngestRecordsRequest request;
      if (batch == 0) request.set_parent("tenants/acme");
      request.set_sequence(1'000 + batch);
      for (int i = 0; i < batch; ++i) FillRecord(batch * 100 + i, *request.add_records());
      ASSERT_TRUE(stream->Write(request));
    }
    stream->WritesDone();
  });
  v1::IngestRecordsResponse response;
  int expected = 0;
  while (stream->Read(&response)) {
    EXPECT_EQ(response.sequence(), 1'000u + expected);
    EXPECT_EQ(response.result().accepted_count(), expected);
    EXPECT_THAT(response.result().dispositions(), SizeIs(expected));
    ++expected;
  }
  sender.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(expected, 40);
}

TEST_F(IngestionServicesTest, AStreamWithoutAParentIsRefused) {
  grpc::ClientContext context;
  const auto stream = records_stub_->IngestRecords(&context);
  stream->Write(v1::IngestRecordsRequest());
  v1::IngestRecordsResponse response;
  EXPECT_FALSE(stream->Read(&response));
  const absl::Status status = rpc::FromGrpc(stream->Finish());
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(FieldOf(status), "parent");
}

TEST_F(IngestionServicesTest, AStreamStaysWithItsTenantAndAnswersWhatCameBefore) {
  grpc::ClientContext context;
  const auto stream = records_stub_->IngestRecords(&context);
  v1::IngestRecordsRequest request;
  request.set_parent("tenants/acme");
  FillRecord(1, *request.add_records());
  ASSERT_TRUE(stream->Write(request));
  request.set_parent("tenants/other");
  stream->Write(request);
  v1::IngestRecordsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.result().accepted_count(), 1);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(FieldOf(rpc::FromGrpc(stream->Finish())), "parent");
}

TEST_F(IngestionServicesTest, AStreamWhoseStoreFailsEndsAlsoWhileItsSenderWaitsForTheAnswer) {
  appends_.fails = true;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  const auto stream = records_stub_->IngestRecords(&context);
  v1::IngestRecordsRequest request;
  request.set_parent("tenants/acme");
  FillRecord(1, *request.add_records());
  ASSERT_TRUE(stream->Write(request));
  v1::IngestRecordsResponse response;
  EXPECT_FALSE(stream->Read(&response));
  const absl::Status status = rpc::FromGrpc(stream->Finish());
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("the disk is full")));
  EXPECT_EQ(ReasonOf(status), "STORAGE_FAILED");
}

TEST_F(IngestionServicesTest, RejectedRecordsComeInPages) {
  v1::IngestRecordBatchRequest request = Batch(0, 25);
  for (v1::Record& record : *request.mutable_records()) record.clear_event_time();
  v1::IngestRecordBatchResponse response;
  ASSERT_OK(Ingest(request, response));
  v1::ListRejectedRecordsRequest list;
  list.set_parent("tenants/acme");
  list.set_page_size(10);
  std::vector<std::string> ids;
  std::set<std::string> names;
  do {
    v1::ListRejectedRecordsResponse page;
    ASSERT_OK(Call(&v1::IngestionService::Stub::ListRejectedRecords, *records_stub_, list, page));
    EXPECT_LE(page.rejected_records_size(), 10);
    for (const v1::RejectedRecord& record : page.rejected_records()) {
      ids.push_back(record.record().record_id());
      names.insert(record.name());
    }
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  ASSERT_THAT(ids, SizeIs(25));
  EXPECT_EQ(ids.front(), "24");
  EXPECT_EQ(ids.back(), "0");
  EXPECT_THAT(names, SizeIs(25));

  list.set_page_token("nonsense");
  v1::ListRejectedRecordsResponse page;
  const absl::Status status = Call(&v1::IngestionService::Stub::ListRejectedRecords, *records_stub_, list, page);
  EXPECT_EQ(ReasonOf(status), "INVALID_PAGE_TOKEN");
}

TEST_F(IngestionServicesTest, ACustomerAndItsTimeline) {
  v1::IngestRecordBatchResponse ingested;
  ASSERT_OK(Ingest(Batch(0, 7), ingested));
  v1::GetCustomerRequest get;
  get.set_name("tenants/acme/customers/ada%2F1");
  v1::Customer customer;
  ASSERT_OK(Call(&v1::CustomerService::Stub::GetCustomer, *customers_stub_, get, customer));
  EXPECT_EQ(customer.customer_id(), "ada/1");
  EXPECT_EQ(customer.name(), get.name());
  EXPECT_EQ(customer.transaction_count(), 7);
  EXPECT_EQ(customer.net_spend_micros(), 7'000'000);
  EXPECT_EQ(customer.base_currency(), "USD");
  EXPECT_EQ(customer.first_event_time().seconds(), 1'600'000'000);
  EXPECT_EQ(customer.last_event_time().seconds(), 1'600'000'006);

  v1::GetCustomerTimelineRequest timeline;
  timeline.set_name(get.name());
  timeline.set_page_size(3);
  std::string ids;
  do {
    v1::GetCustomerTimelineResponse page;
    ASSERT_OK(Call(&v1::CustomerService::Stub::GetCustomerTimeline, *customers_stub_, timeline, page));
    for (const v1::Record& record : page.records()) {
      ids += record.record_id();
      EXPECT_EQ(record.ingest_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
    }
    timeline.set_page_token(page.next_page_token());
  } while (!timeline.page_token().empty());
  EXPECT_EQ(ids, "6543210");

  v1::ListCustomersRequest list;
  list.set_parent("tenants/acme");
  v1::ListCustomersResponse all;
  ASSERT_OK(Call(&v1::CustomerService::Stub::ListCustomers, *customers_stub_, list, all));
  ASSERT_THAT(all.customers(), SizeIs(1));
  EXPECT_EQ(all.customers(0).customer_id(), "ada/1");

  get.set_name("tenants/acme/customers/nobody");
  const absl::Status missing = Call(&v1::CustomerService::Stub::GetCustomer, *customers_stub_, get, customer);
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(ReasonOf(missing), "CUSTOMER_NOT_FOUND");
}

TEST_F(IngestionServicesTest, SettingsAreReadAndChanged) {
  v1::GetSettingsRequest get;
  get.set_name("tenants/acme/settings");
  v1::Settings settings;
  ASSERT_OK(Call(&v1::SettingsService::Stub::GetSettings, *settings_stub_, get, settings));
  EXPECT_EQ(settings.base_currency(), "USD");
  v1::UpdateSettingsRequest update;
  update.mutable_settings()->set_name(get.name());
  update.mutable_settings()->set_time_zone("Europe/Berlin");
  v1::Settings updated;
  ASSERT_OK(Call(&v1::SettingsService::Stub::UpdateSettings, *settings_stub_, update, updated));
  EXPECT_EQ(updated.time_zone(), "Europe/Berlin");
  ASSERT_OK(Call(&v1::SettingsService::Stub::GetSettings, *settings_stub_, get, settings));
  EXPECT_EQ(settings.SerializeAsString(), updated.SerializeAsString());
  update.mutable_settings()->set_etag("stale");
  EXPECT_THAT(Call(&v1::SettingsService::Stub::UpdateSettings, *settings_stub_, update, updated),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(
      FieldOf(Call(&v1::SettingsService::Stub::UpdateSettings, *settings_stub_, v1::UpdateSettingsRequest(), updated)),
      "settings");
}

TEST_F(IngestionServicesTest, TheReportOfATenantWithoutRecordsIsEmpty) {
  v1::GetIngestionReportRequest request;
  request.set_name("tenants/acme/ingestionReport");
  v1::IngestionReport report;
  ASSERT_OK(Call(&v1::IngestionService::Stub::GetIngestionReport, *records_stub_, request, report));
  EXPECT_EQ(report.name(), request.name());
  EXPECT_EQ(report.accepted_count(), 0);
  request.set_name("tenants/acme/report");
  EXPECT_EQ(FieldOf(Call(&v1::IngestionService::Stub::GetIngestionReport, *records_stub_, request, report)), "name");
}

}  // namespace
}  // namespace clientele::ingestion
