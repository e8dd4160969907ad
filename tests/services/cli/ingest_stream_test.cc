#include "services/cli/client/ingest_stream.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "clientele/ingestion/v1/ingestion_service.grpc.pb.h"
#include "tests/testing/status_matchers.h"

namespace clientele::cli {
namespace {

using ingestion::v1::BatchResult;
using ingestion::v1::IngestRecordsRequest;
using ingestion::v1::IngestRecordsResponse;
using testing::HasSubstr;
using testutil::StatusIs;

// Keeps the ids it was sent, as ingestion does, and hangs up now and then.
class FakeIngestion final : public ingestion::v1::IngestionService::Service {
 public:
  using Stream = grpc::ServerReaderWriter<IngestRecordsResponse, IngestRecordsRequest>;

  // After every `batches` batches of a stream it stores one more and hangs up without an answer to it.
  void BreakAfter(int batches) { break_after_ = batches; }
  void FailWith(grpc::Status status) { failure_ = std::move(status); }

  grpc::Status IngestRecords(grpc::ServerContext*, Stream* stream) override {
    ++streams_;
    if (!failure_.ok()) return failure_;
    IngestRecordsRequest request;
    for (int answered = 0; stream->Read(&request); ++answered) {
      IngestRecordsResponse response;
      response.set_sequence(request.sequence());
      Store(request, *response.mutable_result());
      if (break_after_ > 0 && answered == break_after_) return {grpc::StatusCode::UNAVAILABLE, "restarting"};
      stream->Write(response);
    }
    return grpc::Status::OK;
  }

  std::map<std::string, int> stored() {
    absl::MutexLock lock(&mutex_);
    return stored_;
  }
  int streams() const { return streams_; }

 private:
  void Store(const IngestRecordsRequest& request, BatchResult& result) {
    absl::MutexLock lock(&mutex_);
    EXPECT_EQ(request.parent(), "tenants/demo");
    for (const auto& record : request.records()) {
      const bool fresh = ++stored_[record.record_id()] == 1;
      result.set_accepted_count(result.accepted_count() + fresh);
      result.set_duplicate_count(result.duplicate_count() + !fresh);
    }
  }

  int break_after_ = 0;
  grpc::Status failure_;
  std::atomic<int> streams_ = 0;
  absl::Mutex mutex_;
  std::map<std::string, int> stored_ ABSL_GUARDED_BY(mutex_);
};

class IngestStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&ingestion_);
    server_ = builder.BuildAndStart();
    service_.name = "ingestion";
    service_.address = absl::StrCat("127.0.0.1:", port);
    service_.timeout = absl::Seconds(20);
    options_.first_backoff = absl::Milliseconds(1);
  }
  void TearDown() override { server_->Shutdown(); }

  // Sends `batches` batches of ten records.
  absl::Status SendAll(int batches) {
    IngestStream stream(
        service_, "tenants/demo", options_,
        [&](const IngestBatch& batch, const BatchResult& result) {
          acknowledged_rows_.push_back(batch.rows.front());
          records_ += result.accepted_count() + result.duplicate_count();
        },
        [&](const absl::Status&) { ++outages_; });
    for (int i = 0; i < batches; ++i) {
      IngestBatch batch;
      for (int k = 0; k < 10; ++k) {
        batch.rows.push_back(10 * i + k);
        batch.request.add_records()->set_record_id(absl::StrCat("r", 10 * i + k));
      }
      if (absl::Status status = stream.Send(std::move(batch)); !status.ok()) return status;
    }
    return stream.Finish();
  }

  FakeIngestion ingestion_;
  std::unique_ptr<grpc::Server> server_;
  ServiceOptions service_;
  IngestStreamOptions options_;
  std::vector<int64_t> acknowledged_rows_;
  int records_ = 0;
  int outages_ = 0;
};

TEST_F(IngestStreamTest, SendsEverythingOnceInOrder) {
  ASSERT_OK(SendAll(50));
  ASSERT_EQ(acknowledged_rows_.size(), 50u);
  EXPECT_TRUE(std::is_sorted(acknowledged_rows_.begin(), acknowledged_rows_.end()));
  EXPECT_EQ(records_, 500);
  const auto stored = ingestion_.stored();
  EXPECT_EQ(stored.size(), 500u);
  for (const auto& [id, times] : stored) EXPECT_EQ(times, 1) << id;
  EXPECT_EQ(ingestion_.streams(), 1);
}

TEST_F(IngestStreamTest, SendsAgainWhatWasNotAcknowledged) {
  ingestion_.BreakAfter(3);
  ASSERT_OK(SendAll(40));
  EXPECT_EQ(acknowledged_rows_.size(), 40u);
  EXPECT_TRUE(std::is_sorted(acknowledged_rows_.begin(), acknowledged_rows_.end()));
  EXPECT_EQ(records_, 400);
  EXPECT_EQ(ingestion_.stored().size(), 400u);
  EXPECT_GT(outages_, 5);
}

TEST_F(IngestStreamTest, NothingToSendIsFine) { EXPECT_OK(SendAll(0)); }

TEST_F(IngestStreamTest, TellsAnErrorThatWillNotPass) {
  ingestion_.FailWith({grpc::StatusCode::INVALID_ARGUMENT, "no such tenant"});
  EXPECT_THAT(SendAll(20), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no such tenant")));
  EXPECT_EQ(ingestion_.streams(), 1);
}

TEST_F(IngestStreamTest, SaysWhatToDoWhereNobodyAnswers) {
  server_->Shutdown();
  EXPECT_THAT(SendAll(20), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("`clientele up`")));
  EXPECT_EQ(outages_, 0);
}

}  // namespace
}  // namespace clientele::cli
