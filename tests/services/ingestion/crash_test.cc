// The program is killed in the middle of its work, again and again: what it acknowledged is there, exactly once.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "clientele/ingestion/v1/customer_service.grpc.pb.h"
#include "clientele/ingestion/v1/ingestion_service.grpc.pb.h"
#include "tests/testing/program.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/test_data.h"

namespace clientele::ingestion {
namespace {

constexpr int kBatchRecords = 100;
constexpr int kCustomers = 50;

v1::IngestRecordsRequest Batch(int number) {
  v1::IngestRecordsRequest request;
  request.set_parent("tenants/acme");
  request.set_sequence(static_cast<uint64_t>(number));
  for (int i = 0; i < kBatchRecords; ++i) {
    const int n = number * kBatchRecords + i;
    v1::Record& record = *request.add_records();
    record.set_source("shop");
    record.set_record_id(absl::StrCat(n));
    record.set_customer_id(absl::StrCat("c", n % kCustomers));
    record.mutable_event_time()->set_seconds(1'600'000'000 + n);
    record.mutable_transaction()->set_amount_micros(n + 1);
  }
  return request;
}

class CrashTest : public ::testing::Test {
 protected:
  void StartServer() {
    ASSERT_OK_AND_ASSIGN(
        server_, testutil::Program::Start(testutil::ProgramPath("clientele-ingestion"),
                                          {"--data-directory", directory_.File("data"), "--server-address=127.0.0.1:0",
                                           "--server-metrics-address=127.0.0.1:0"}));
    ASSERT_OK_AND_ASSIGN(const std::string address, server_->WaitUntilServing());
    channel_ = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  }

  // Streams batches from `first` on until the server is killed, `delay` after the first answer. Returns the last batch
  // that it began to send. `answers` gets what was acknowledged.
  int StreamUntilKilled(int first, absl::Duration delay, std::map<int, v1::BatchResult>& answers) {
    const auto stub = v1::IngestionService::NewStub(channel_);
    grpc::ClientContext context;
    const auto stream = stub->IngestRecords(&context);
    int next = first;
    std::thread sender([&] {
      while (stream->Write(Batch(next))) ++next;
    });
    std::thread killer;
    v1::IngestRecordsResponse response;
    while (stream->Read(&response)) {
      answers[static_cast<int>(response.sequence())] = response.result();
      if (killer.joinable()) continue;
      killer = std::thread([&] {
        absl::SleepFor(delay);
        server_->Kill(SIGKILL);
      });
    }
    sender.join();
    if (killer.joinable()) killer.join();
    EXPECT_FALSE(stream->Finish().ok());
    EXPECT_EQ(server_->Wait(), 128 + SIGKILL);
    return next;
  }

  v1::BatchResult Send(int batch) {
    v1::IngestRecordBatchRequest request;
    v1::IngestRecordsRequest records = Batch(batch);
    request.set_parent("tenants/acme");
    request.mutable_records()->Swap(records.mutable_records());
    v1::IngestRecordBatchResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(v1::IngestionService::NewStub(channel_)->IngestRecordBatch(&context, request, &response).ok());
    return response.result();
  }

  std::multiset<int> AllRecordIds() {
    const auto stub = v1::CustomerService::NewStub(channel_);
    std::multiset<int> ids;
    for (int customer = 0; customer < kCustomers; ++customer) {
      v1::GetCustomerTimelineRequest request;
      request.set_name(absl::StrCat("tenants/acme/customers/c", customer));
      request.set_page_size(1'000);
      do {
        grpc::ClientContext context;
        v1::GetCustomerTimelineResponse response;
        EXPECT_TRUE(stub->GetCustomerTimeline(&context, request, &response).ok());
        for (const v1::Record& record : response.records()) ids.insert(std::stoi(record.record_id()));
        request.set_page_token(response.next_page_token());
      } while (!request.page_token().empty());
    }
    return ids;
  }

  testutil::TempDir directory_;
  std::unique_ptr<testutil::Program> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(CrashTest, WhatWasAcknowledgedIsThereExactlyOnce) {
  std::mt19937 random(20'26);
  int next = 0;
  std::set<int> acknowledged, unanswered;
  for (int round = 0; round < 6; ++round) {
    ASSERT_NO_FATAL_FAILURE(StartServer());
    // First what the last crash left open: each batch may be here or not, but whole.
    for (const int batch : unanswered) {
      const v1::BatchResult result = Send(batch);
      EXPECT_EQ(result.accepted_count() + result.duplicate_count(), kBatchRecords) << batch;
      EXPECT_TRUE(result.accepted_count() == 0 || result.duplicate_count() == 0) << "a batch was half stored";
      acknowledged.insert(batch);
    }
    unanswered.clear();
    std::map<int, v1::BatchResult> answers;
    const int begin = next;
    const int last = StreamUntilKilled(begin, absl::Milliseconds(random() % 250), answers);
    for (const auto& [batch, result] : answers) {
      EXPECT_EQ(result.accepted_count(), kBatchRecords);
      acknowledged.insert(batch);
    }
    for (int batch = begin; batch <= last; ++batch) {
      if (!answers.contains(batch)) unanswered.insert(batch);
    }
    next = last + 1;
  }
  ASSERT_NO_FATAL_FAILURE(StartServer());
  EXPECT_GE(acknowledged.size(), 6u);
  for (const int batch : acknowledged)
    EXPECT_EQ(Send(batch).duplicate_count(), kBatchRecords) << "batch " << batch << " was lost";
  for (const int batch : unanswered) Send(batch);

  const auto total = static_cast<int64_t>(acknowledged.size() + unanswered.size()) * kBatchRecords;
  v1::GetIngestionReportRequest request;
  request.set_name("tenants/acme/ingestionReport");
  v1::IngestionReport report;
  grpc::ClientContext context;
  ASSERT_TRUE(v1::IngestionService::NewStub(channel_)->GetIngestionReport(&context, request, &report).ok());
  EXPECT_EQ(report.accepted_count(), total);
  EXPECT_EQ(report.customer_count(), kCustomers);

  const std::multiset<int> ids = AllRecordIds();
  EXPECT_EQ(static_cast<int64_t>(ids.size()), total);
  int expected = 0;
  for (const int id : ids) ASSERT_EQ(id, expected++);

  server_->Kill(SIGTERM);
  EXPECT_EQ(server_->Wait(), 0);
}

}  // namespace
}  // namespace clientele::ingestion
