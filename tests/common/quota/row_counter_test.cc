#include "common/quota/row_counter.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "clientele/inference/v1/value_service.pb.h"
#include "clientele/ingestion/v1/feature_service.pb.h"
#include "clientele/ingestion/v1/ingestion_service.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "inference/open_inference_service.pb.h"

namespace clientele::quota {
namespace {

constexpr char kBatchScore[] = "/clientele.inference.v1.ScoringService/BatchScore";

TEST(RowCounterTest, EveryMethodOfTheTableHasTheFieldThatIsCounted) {
  ingestion::v1::IngestRecordsRequest::descriptor();
  ingestion::v1::BatchGetFeaturesRequest::descriptor();
  inference::v1::BatchScoreRequest::descriptor();
  inference::v1::ComputePotentialValuesRequest::descriptor();
  ::inference::ModelInferRequest::descriptor();
  for (const RowMethod& entry : RowMethods()) {
    const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
        absl::StrReplaceAll(entry.method, {{"/", "."}}));
    ASSERT_NE(method, nullptr) << entry.method;
    if (entry.field.empty()) continue;
    const auto* field = method->input_type()->FindFieldByName(std::string(entry.field));
    ASSERT_NE(field, nullptr) << entry.method;
    EXPECT_TRUE(field->is_repeated()) << entry.method;
  }
}

TEST(RowCounterTest, CountsSubjectsAndOneForEachScore) {
  const RowCounter rows;
  inference::v1::BatchScoreRequest batch;
  for (int i = 0; i < 7; ++i) batch.add_subjects()->set_customer_id(absl::StrCat(i));
  EXPECT_EQ(rows.Count(kBatchScore, batch), 7);
  EXPECT_EQ(rows.Count("/clientele.inference.v1.ScoringService/Score", inference::v1::ScoreRequest()), 1);
  EXPECT_EQ(rows.Count("/clientele.ingestion.v1.SettingsService/GetSettings", batch), 0);
}

TEST(RowCounterTest, CountsTheSameInTheWireForm) {
  const RowCounter rows;
  inference::v1::BatchScoreRequest batch;
  batch.set_name("tenants/acme/models/churn");
  for (int i = 0; i < 7; ++i) batch.add_subjects()->set_customer_id(absl::StrCat(i));
  const std::string wire = batch.SerializeAsString();
  google::protobuf::io::ArrayInputStream whole(wire.data(), static_cast<int>(wire.size()));
  EXPECT_EQ(rows.Count(kBatchScore, whole), 7);
  google::protobuf::io::ArrayInputStream torn(wire.data(), static_cast<int>(wire.size()) - 1);
  EXPECT_EQ(rows.Count(kBatchScore, torn), 7) << "what could be read";
  google::protobuf::io::ArrayInputStream none("\xff\xff\xff", 3);
  EXPECT_EQ(rows.Count(kBatchScore, none), 0);
}

TEST(RowCounterTest, ATensorHasAsManyRowsAsItsShapeSays) {
  const RowCounter rows;
  const char method[] = "/inference.GRPCInferenceService/ModelInfer";
  ::inference::ModelInferRequest request;
  EXPECT_EQ(rows.Count(method, request), 0);
  auto& first = *request.add_inputs();
  EXPECT_EQ(rows.Count(method, request), 1);
  first.add_shape(12);
  first.add_shape(1);
  request.add_inputs()->add_shape(12);
  EXPECT_EQ(rows.Count(method, request), 12);
  first.set_shape(0, -5);
  EXPECT_EQ(rows.Count(method, request), 1);
  first.set_shape(0, int64_t{1} << 60);
  EXPECT_EQ(rows.Count(method, request), 1'000'000);
}

}  // namespace
}  // namespace clientele::quota
