#include "common/rpc/metering.h"

#include <gmock/gmock.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "clientele/admin/v1/admin_service.grpc.pb.h"
#include "common/base/error.h"
#include "common/rpc/raw_methods.h"
#include "common/rpc/status.h"
#include "google/rpc/error_details.pb.h"
#include "tests/common/quota/meter_options.h"
#include "tests/common/rpc/fake_services.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::rpc {
namespace {

using ::testing::HasSubstr;
using testutil::IsOk;
using testutil::StatusIs;

// Takes records as ingestion does, as bytes.
class RawIngestion final
    : public v1::IngestionService::WithRawCallbackMethod_IngestRecords<v1::IngestionService::Service>,
      public RawMethods {
 public:
  explicit RawIngestion(Executor& executor) : executor_(executor) {}

  std::vector<absl::string_view> raw_methods() const override {
    return {"clientele.ingestion.v1.IngestionService/IngestRecords"};
  }

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* IngestRecords(
      grpc::CallbackServerContext* context) override {
    return BidiStream<grpc::ByteBuffer, grpc::ByteBuffer>(context, executor_,
                                                          [](const Call& call, auto& reader, auto& writer) {
                                                            grpc::ByteBuffer message;
                                                            while (reader.Read(&message)) {
                                                              if (!writer.Write(grpc::ByteBuffer()))
                                                                return absl::CancelledError();
                                                            }
                                                            return call.stop.Check();
                                                          });
  }

 private:
  Executor& executor_;
};

// A server whose callers show nothing: a call is of the tenant that it names.
class MeteringTest : public ::testing::Test {
 protected:
  void Serve(const std::string& quotas) {
    ServerOptions options;
    options.quota.file = dir_.Write("quotas.json", absl::StrCat(R"({"tenant_quotas": [)", quotas, "]}"));
    options.admin_address = "127.0.0.1:0";
    server_ = Server::Start(options, {&settings_, &features_, &ingestion_}, metrics_).value();
    channel_ = ChannelTo(*server_);
    ChannelOptions admin;
    admin.address = absl::StrCat("127.0.0.1:", server_->admin_port());
    admin_ = admin::v1::AdminService::NewStub(MakeChannel(admin).value());
  }

  absl::Status Get(const std::string& tenant) {
    grpc::ClientContext context;
    v1::GetSettingsRequest request;
    request.set_name(absl::StrCat("tenants/", tenant, "/settings"));
    v1::Settings response;
    return FromGrpc(v1::SettingsService::NewStub(channel_)->GetSettings(&context, request, &response));
  }
  absl::Status ReadDataset(const std::string& tenant) {
    grpc::ClientContext context;
    v1::ReadDatasetRequest request;
    request.set_parent("tenants/" + tenant);
    const auto stream = v1::FeatureService::NewStub(channel_)->ReadDataset(&context, request);
    v1::ReadDatasetResponse response;
    while (stream->Read(&response)) {
    }
    return FromGrpc(stream->Finish());
  }
  // So many batches over one stream; how long it took.
  absl::Duration Ingest(const std::string& tenant, int batches, int rows, absl::Status* status) {
    const absl::Time start = absl::Now();
    grpc::ClientContext context;
    const auto stream = v1::IngestionService::NewStub(channel_)->IngestRecords(&context);
    for (int i = 0; i < batches; ++i) {
      v1::IngestRecordsRequest request;
      if (i == 0) request.set_parent("tenants/" + tenant);
      for (int row = 0; row < rows; ++row) request.add_records();
      if (!stream->Write(request)) break;
    }
    stream->WritesDone();
    v1::IngestRecordsResponse response;
    while (stream->Read(&response)) {
    }
    *status = FromGrpc(stream->Finish());
    return absl::Now() - start;
  }
  admin::v1::TenantUsage UsageOf(const std::string& tenant) {
    grpc::ClientContext context;
    admin::v1::GetTenantUsageRequest request;
    request.set_name(absl::StrCat("tenants/", tenant, "/usage"));
    admin::v1::TenantUsage usage;
    EXPECT_THAT(FromGrpc(admin_->GetTenantUsage(&context, request, &usage)), IsOk());
    return usage;
  }

  testutil::TempDir dir_;
  observability::Metrics metrics_;
  Executor executor_{4, 16};
  std::atomic<int> handled_{0};
  std::function<void()> while_reading_ = [] {};
  FakeSettings settings_{executor_, [this](const Call&, const v1::GetSettingsRequest&, v1::Settings& response) {
                           ++handled_;
                           response.set_base_currency(std::string(1000, 'x'));
                           return absl::OkStatus();
                         }};
  FakeFeatures features_{executor_, [this](const Call&, auto&) {
                           while_reading_();
                           return absl::OkStatus();
                         }};
  RawIngestion ingestion_{executor_};
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<admin::v1::AdminService::Stub> admin_;
};

TEST_F(MeteringTest, ATenantOverItsQuotaIsToldWhichAndWhenAndOthersAreServed) {
  Serve(R"({"name": "tenants/acme/quota", "requests_per_second": 0.01, "request_burst": 2})");
  EXPECT_THAT(Get("acme"), IsOk());
  EXPECT_THAT(Get("acme"), IsOk());
  const absl::Status refused = Get("acme");
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("requests_per_second")));
  EXPECT_EQ(ReasonOf(refused), "QUOTA_EXCEEDED");
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(retry.ParseFromString(std::string(*refused.GetPayload("type.googleapis.com/google.rpc.RetryInfo"))));
  EXPECT_NEAR(static_cast<double>(retry.retry_delay().seconds()), 99, 2);
  google::rpc::QuotaFailure failure;
  ASSERT_TRUE(failure.ParseFromString(std::string(*refused.GetPayload("type.googleapis.com/google.rpc.QuotaFailure"))));
  EXPECT_EQ(failure.violations(0).subject(), "tenants/acme");
  EXPECT_EQ(handled_, 2) << "no handler sees a call that is refused";
  EXPECT_THAT(Get("other"), IsOk());
}

TEST_F(MeteringTest, TellsWhatATenantHasUsed) {
  Serve(R"({"name": "tenants/acme/quota", "requests_per_second": 0.01, "request_burst": 3})");
  for (int i = 0; i < 5; ++i) Get("acme").IgnoreError();
  absl::Status ingested;
  Ingest("beta", 3, 100, &ingested);
  EXPECT_THAT(ingested, IsOk());
  const admin::v1::TenantUsage acme = UsageOf("acme"), beta = UsageOf("beta");
  EXPECT_EQ(acme.call_count(), 5);
  EXPECT_EQ(acme.refused_count(), 2);
  EXPECT_GT(acme.received_bytes(), 5 * 20);
  EXPECT_GT(acme.sent_bytes(), 3 * 1000);
  EXPECT_LT(acme.sent_bytes(), 4 * 1000);
  EXPECT_GT(acme.cpu_seconds(), 0);
  EXPECT_EQ(beta.call_count(), 1);
  EXPECT_EQ(beta.row_count(), 300);
  EXPECT_EQ(beta.open_stream_count(), 0);
  EXPECT_EQ(UsageOf("nobody").call_count(), 0);
  EXPECT_THAT(metrics_.Text(), HasSubstr("clientele_tenant_rows_total{tenant=\"beta\"} 300"));
}

TEST_F(MeteringTest, AStreamBeyondThoseAllowedIsRefusedUntilOneEnds) {
  Serve(R"({"name": "tenants/-/quota", "concurrent_streams": 1})");
  absl::Notification reading, release;
  while_reading_ = [&] {
    if (!reading.HasBeenNotified()) reading.Notify();
    release.WaitForNotification();
  };
  std::thread first([this] { EXPECT_THAT(ReadDataset("acme"), IsOk()); });
  reading.WaitForNotification();
  EXPECT_THAT(ReadDataset("acme"), StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("concurrent_streams")));
  EXPECT_EQ(UsageOf("acme").open_stream_count(), 1);
  release.Notify();
  first.join();
  while (UsageOf("acme").open_stream_count() > 0) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_THAT(ReadDataset("acme"), IsOk());
}

TEST_F(MeteringTest, AStreamOverItsRowsIsSlowedDownAndNotRefused) {
  Serve(R"({"name": "tenants/acme/quota", "rows_per_second": 1000, "row_burst": 100})");
  absl::Status slow, fast;
  const absl::Duration slowed = Ingest("acme", 10, 100, &slow);
  EXPECT_THAT(slow, IsOk());
  EXPECT_GT(slowed, absl::Milliseconds(700));  // 800 rows beyond the burst and the last batch, in debt.
  const absl::Duration free = Ingest("other", 10, 100, &fast);
  EXPECT_THAT(fast, IsOk());
  EXPECT_LT(free, absl::Milliseconds(700));
  EXPECT_EQ(UsageOf("acme").row_count(), 1000);
  EXPECT_EQ(UsageOf("acme").refused_count(), 0);
}

TEST_F(MeteringTest, ACallThatIsSlowedDownEndsWithItsCaller) {
  Serve(R"({"name": "tenants/acme/quota", "rows_per_second": 0.001, "row_burst": 1})");
  const absl::Time start = absl::Now();
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(start + absl::Seconds(1)));
  const auto stream = v1::IngestionService::NewStub(channel_)->IngestRecords(&context);
  v1::IngestRecordsRequest request;
  request.set_parent("tenants/acme");
  request.add_records();
  request.add_records();
  stream->Write(request);
  stream->Write(request);
  stream->WritesDone();
  v1::IngestRecordsResponse response;
  while (stream->Read(&response)) {
  }
  EXPECT_THAT(FromGrpc(stream->Finish()), StatusIs(absl::StatusCode::kDeadlineExceeded));
  server_->Shutdown();
  EXPECT_LT(absl::Now() - start, absl::Seconds(10)) << "the handler did not wait for the quota";
}

TEST_F(MeteringTest, ARequestOfNoTenantOrOfAnImpossibleOneIsNobodys) {
  Serve(R"({"name": "tenants/-/quota", "requests_per_second": 0.01, "request_burst": 1})");
  for (const char* tenant : {"", "NOT A TENANT", "-"}) {
    for (int i = 0; i < 3; ++i) EXPECT_THAT(Get(tenant), IsOk()) << tenant;
  }
  grpc::ClientContext context;
  admin::v1::ListTenantUsagesResponse usages;
  EXPECT_THAT(FromGrpc(admin_->ListTenantUsages(&context, {}, &usages)), IsOk());
  EXPECT_EQ(usages.tenant_usages_size(), 0);
}

TEST(FlowTest, ACallOfACallerWaitsInTheLineOfItsTenant) {
  observability::Metrics metrics;
  const SystemClock clock;
  const testutil::TempDir dir;
  const std::string file = dir.Write("q", R"({"tenant_quotas": [{"name": "tenants/acme/quota", "weight": 3}]})");
  const auto meter = quota::Meter::Open(quota::LimitsIn(file), clock, metrics).value();
  Metering unmetered(nullptr), unknown(meter.get()), acme(meter.get());
  EXPECT_EQ(unmetered.flow().name, "");
  EXPECT_EQ(unknown.flow().name, "");
  EXPECT_THAT(acme.Charge("acme", /*stream=*/false, /*rows=*/400, /*bytes=*/1), IsOk());
  EXPECT_EQ(acme.flow().name, "acme");
  EXPECT_EQ(acme.flow().weight, 3);
  EXPECT_EQ(acme.flow().cost, 5);
}

}  // namespace
}  // namespace clientele::rpc
