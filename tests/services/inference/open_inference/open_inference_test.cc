#include "services/inference/open_inference/open_inference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/scoring/scorer.h"
#include "tests/services/inference/scoring/given.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

using ::inference::ModelInferRequest;
using ::inference::ModelInferResponse;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::StatusIs;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Keeps what it is shown.
class RecordingObserver final : public ScoreObserver {
 public:
  bool Wants(int rows) override { return rows <= most_rows; }
  void Observe(ScoredRows rows) override { observed.push_back(std::move(rows)); }

  int most_rows = 100;
  std::vector<ScoredRows> observed;
};

class OpenInferenceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = *storage::RocksVersionStore::Open(directory_.path());
    registry_ = *Registry::Open(*store_, clock_);
    protocol_ = std::make_unique<OpenInference>(*registry_, score_metrics_, &observer_);
    Publish("churn", testutil::ChurnModel(-1), {"champion"});
  }
  void Publish(const std::string& id, const model::v1::ModelArtifact& artifact, std::vector<std::string> aliases) {
    const std::string bytes = testutil::Serialize(artifact);
    ASSERT_OK(testutil::Publish(*registry_, testutil::OrderFor(acme_, id, bytes, std::move(aliases)), bytes));
  }
  // What ScoringService would say of the same customer.
  static double Probability(const std::vector<model::v1::NamedValue>& given) {
    const ScoringModel model(*model::Predictor::Load(testutil::Serialize(testutil::ChurnModel(-1))));
    const auto score = testutil::ScoreGiven(model, given, /*max_reasons=*/0);
    EXPECT_OK(score);
    return score.ok() ? score->probability().probability() : -1;
  }

  const TenantId acme_ = *TenantId::Parse("acme");
  const rpc::Call call_{};
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  observability::Metrics metrics_;
  ScoreMetrics score_metrics_{metrics_};
  RecordingObserver observer_;
  std::unique_ptr<storage::VersionStore> store_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<OpenInference> protocol_;
};

ModelInferRequest::InferInputTensor& AddInput(ModelInferRequest& request, const std::string& name,
                                              const std::string& datatype, const std::vector<int64_t>& shape) {
  auto& input = *request.add_inputs();
  input.set_name(name);
  input.set_datatype(datatype);
  for (const int64_t size : shape) input.add_shape(size);
  return input;
}

// Two customers: recency 60 and 10, visits 4 and missing, plan pro and missing.
ModelInferRequest TwoCustomers() {
  ModelInferRequest request;
  request.set_model_name("acme/churn");
  request.set_id("42");
  auto& recency = AddInput(request, "recency", "INT64", {2, 1});
  recency.mutable_contents()->add_int64_contents(60);
  recency.mutable_contents()->add_int64_contents(10);
  auto& visits = AddInput(request, "visits", "FP32", {2});
  visits.mutable_contents()->add_fp32_contents(4);
  visits.mutable_contents()->add_fp32_contents(static_cast<float>(kNaN));
  auto& plan = AddInput(request, "plan", "BYTES", {2});
  plan.mutable_contents()->add_bytes_contents("pro");
  plan.mutable_contents()->add_bytes_contents("");
  return request;
}

template <typename T>
std::string Raw(const std::vector<T>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

std::string RawText(const std::string& text) {
  const auto size = static_cast<uint32_t>(text.size());
  return std::string(reinterpret_cast<const char*>(&size), sizeof(size)) + text;
}

// Of a raw FP64 output.
std::vector<double> Doubles(const std::string& bytes) {
  std::vector<double> values(bytes.size() / sizeof(double));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

TEST_F(OpenInferenceTest, ScoresTensorsOfFeaturesAsScoringServiceScoresNamedValues) {
  ASSERT_OK_AND_ASSIGN(const ModelInferResponse response, protocol_->Infer(call_, TwoCustomers()));
  EXPECT_EQ(response.model_name(), "acme/churn");
  EXPECT_EQ(response.model_version(), "1");
  EXPECT_EQ(response.id(), "42");
  ASSERT_EQ(response.outputs_size(), 3);
  EXPECT_EQ(response.outputs(0).name(), "probability");
  EXPECT_EQ(response.outputs(0).datatype(), "FP64");
  EXPECT_THAT(response.outputs(0).shape(), ElementsAre(2));
  using testutil::Number;
  using testutil::Text;
  const double first = Probability({Number("recency", 60), Number("visits", 4), Text("plan", "pro")});
  const double second = Probability({Number("recency", 10)});
  EXPECT_THAT(response.outputs(0).contents().fp64_contents(), ElementsAre(first, second));
  EXPECT_THAT(response.outputs(1).contents().bool_contents(), ElementsAre(first >= 0.4, second >= 0.4));
  EXPECT_EQ(response.outputs(2).name(), "percentile");
}

TEST_F(OpenInferenceTest, WhoWatchesScoresSeesItsRowsAsNobodys) {
  ASSERT_OK_AND_ASSIGN(const ModelInferResponse response, protocol_->Infer(call_, TwoCustomers()));
  ASSERT_EQ(observer_.observed.size(), 1u);
  const ScoredRows& rows = observer_.observed[0];
  ASSERT_EQ(rows.size(), 2);
  EXPECT_EQ(rows.by().model, "churn");
  EXPECT_EQ(rows.by().alias, "champion");
  EXPECT_EQ(rows.by().version->number, 1);
  EXPECT_EQ(rows.customer_id(1), "");
  EXPECT_EQ(rows.summary(0).score, response.outputs(0).contents().fp64_contents(0));
  std::vector<model::Cell> row(3);
  rows.Read(1, absl::MakeSpan(row));
  EXPECT_EQ(row[0].number, 10);
  observer_.most_rows = 1;
  ASSERT_OK(protocol_->Infer(call_, TwoCustomers()));
  EXPECT_EQ(observer_.observed.size(), 1u) << "more than it wants";
}

TEST_F(OpenInferenceTest, RawContentsAreTheSameAndAreAnsweredRaw) {
  ASSERT_OK_AND_ASSIGN(const ModelInferResponse typed, protocol_->Infer(call_, TwoCustomers()));
  ModelInferRequest request = TwoCustomers();
  for (auto& input : *request.mutable_inputs()) input.clear_contents();
  request.add_raw_input_contents(Raw<int64_t>({60, 10}));
  request.add_raw_input_contents(Raw<float>({4, static_cast<float>(kNaN)}));
  request.add_raw_input_contents(RawText("pro") + RawText(""));
  ASSERT_OK_AND_ASSIGN(const ModelInferResponse raw, protocol_->Infer(call_, request));
  EXPECT_FALSE(raw.outputs(0).has_contents());
  ASSERT_EQ(raw.raw_output_contents_size(), 3);
  const auto& probabilities = typed.outputs(0).contents().fp64_contents();
  EXPECT_EQ(Doubles(raw.raw_output_contents(0)), std::vector<double>(probabilities.begin(), probabilities.end()));
  EXPECT_EQ(raw.raw_output_contents(1).size(), 2);
}

TEST_F(OpenInferenceTest, AMatrixHoldsTheNumberFeaturesInTheirOrder) {
  ModelInferRequest request;
  request.set_model_name("acme/churn");
  AddInput(request, "input-0", "FP64", {2, 2});
  request.add_raw_input_contents(Raw<double>({60, 4, 10, kNaN}));
  AddInput(request, "plan", "BYTES", {2, 1});
  request.add_raw_input_contents(RawText("pro") + RawText(""));
  request.add_outputs()->set_name("probability");
  ASSERT_OK_AND_ASSIGN(const ModelInferResponse matrix, protocol_->Infer(call_, request));
  ASSERT_OK_AND_ASSIGN(const ModelInferResponse named, protocol_->Infer(call_, TwoCustomers()));
  ASSERT_EQ(matrix.outputs_size(), 1);
  EXPECT_EQ(Doubles(matrix.raw_output_contents(0))[0], named.outputs(0).contents().fp64_contents(0));
  EXPECT_EQ(Doubles(matrix.raw_output_contents(0))[1], named.outputs(0).contents().fp64_contents(1));
}

TEST_F(OpenInferenceTest, AModelIsNamedByItselfByAliasOrByVersion) {
  Publish("churn", testutil::ChurnModel(-2), {"next"});
  const auto version_of = [&](const std::string& name, const std::string& version) {
    ModelInferRequest request = TwoCustomers();
    request.set_model_name(name);
    request.set_model_version(version);
    const auto response = protocol_->Infer(call_, request);
    return response.ok() ? response->model_version() : std::string(response.status().message());
  };
  EXPECT_EQ(version_of("acme/churn", ""), "1");
  EXPECT_EQ(version_of("acme/churn@next", ""), "2");
  EXPECT_EQ(version_of("acme/churn", "2"), "2");
  EXPECT_THAT(version_of("acme/churn@next", "2"), HasSubstr("alias"));
  EXPECT_THAT(version_of("churn", ""), HasSubstr("tenant/model"));
  EXPECT_THAT(version_of("acme/churn", "latest"), HasSubstr("number of a version"));
}

TEST_F(OpenInferenceTest, MetadataListInputsOutputsAndVersions) {
  ::inference::ModelMetadataRequest request;
  request.set_name("acme/churn");
  ASSERT_OK_AND_ASSIGN(const auto metadata, protocol_->ModelMetadata(request));
  EXPECT_EQ(metadata.platform(), "clientele_logistic_regression");
  EXPECT_THAT(metadata.versions(), ElementsAre("1"));
  ASSERT_EQ(metadata.inputs_size(), 3);
  EXPECT_EQ(metadata.inputs(0).name(), "recency");
  EXPECT_EQ(metadata.inputs(0).datatype(), "FP64");
  EXPECT_THAT(metadata.inputs(0).shape(), ElementsAre(-1));
  EXPECT_EQ(metadata.inputs(2).datatype(), "BYTES");
  ASSERT_EQ(metadata.outputs_size(), 3);
  EXPECT_EQ(metadata.outputs(0).name(), "probability");
  Publish("tier", testutil::TierModel(), {"champion"});
  request.set_name("acme/tier");
  ASSERT_OK_AND_ASSIGN(const auto tier, protocol_->ModelMetadata(request));
  EXPECT_THAT(tier.outputs(1).shape(), ElementsAre(-1, 3));
}

TEST_F(OpenInferenceTest, EveryAlgorithmGivesWhatItsMetadataList) {
  const std::pair<const char*, model::v1::ModelArtifact> models[] = {
      {"value", testutil::ValueModel()}, {"tier", testutil::TierModel()}, {"segment", testutil::SegmentModel()}};
  for (const auto& [id, artifact] : models) {
    Publish(id, artifact, {"champion"});
    ::inference::ModelMetadataRequest asked;
    asked.set_name(absl::StrCat("acme/", id));
    ASSERT_OK_AND_ASSIGN(const auto metadata, protocol_->ModelMetadata(asked));
    ModelInferRequest request = TwoCustomers();
    request.set_model_name(asked.name());
    ASSERT_OK_AND_ASSIGN(const ModelInferResponse response, protocol_->Infer(call_, request));
    ASSERT_EQ(response.outputs_size(), metadata.outputs_size()) << id;
    for (int o = 0; o < response.outputs_size(); ++o) {
      const auto& output = response.outputs(o);
      EXPECT_EQ(output.name(), metadata.outputs(o).name());
      EXPECT_EQ(output.datatype(), metadata.outputs(o).datatype());
      const int64_t elements = output.shape(0) * (output.shape_size() == 2 ? output.shape(1) : 1);
      const auto& contents = output.contents();
      EXPECT_EQ(contents.fp64_contents_size() + contents.int_contents_size() + contents.bytes_contents_size(), elements)
          << id << " " << output.name();
    }
  }
}

TEST_F(OpenInferenceTest, TensorsThatDoNotFitAreRefusedByName) {
  struct {
    const char* what;
    void (*damage)(ModelInferRequest& request);
    const char* field;
  } const cases[] = {
      {"no input", [](auto& request) { request.clear_inputs(); }, "inputs"},
      {"no row", [](auto& request) { request.mutable_inputs(0)->set_shape(0, 0); }, "inputs[0].shape"},
      {"a huge shape", [](auto& request) { request.mutable_inputs(0)->set_shape(1, int64_t{1} << 60); },
       "inputs[0].shape"},
      {"three dimensions", [](auto& request) { request.mutable_inputs(0)->add_shape(1); }, "inputs[0].shape"},
      {"a feature as a matrix", [](auto& request) { request.mutable_inputs(0)->set_shape(1, 2); }, "inputs[0].shape"},
      {"other rows than the first", [](auto& request) { request.mutable_inputs(1)->set_shape(0, 1); },
       "inputs[1].shape"},
      {"too few elements", [](auto& request) { request.mutable_inputs(0)->mutable_contents()->clear_int64_contents(); },
       "inputs[0].contents"},
      {"an unknown datatype", [](auto& request) { request.mutable_inputs(0)->set_datatype("FP8"); },
       "inputs[0].datatype"},
      {"a text for a number", [](auto& request) { request.mutable_inputs(0)->set_datatype("BYTES"); },
       "inputs[0].datatype"},
      {"a number for a category", [](auto& request) { request.mutable_inputs(2)->set_datatype("FP64"); },
       "inputs[2].datatype"},
      {"a feature twice", [](auto& request) { request.mutable_inputs(1)->set_name("recency"); }, "inputs"},
      {"infinity", [](auto& request) { request.mutable_inputs(1)->mutable_contents()->set_fp32_contents(0, INFINITY); },
       "inputs[1].contents"},
      {"too few raw contents", [](auto& request) { request.add_raw_input_contents(""); }, "raw_input_contents"},
      {"an unknown output", [](auto& request) { request.add_outputs()->set_name("odds"); }, "outputs[0].name"},
  };
  for (const auto& one : cases) {
    ModelInferRequest request = TwoCustomers();
    one.damage(request);
    const auto response = protocol_->Infer(call_, request);
    EXPECT_THAT(response, StatusIs(absl::StatusCode::kInvalidArgument)) << one.what;
    EXPECT_EQ(FieldOf(response.status()), one.field) << one.what << ": " << response.status();
  }
}

TEST_F(OpenInferenceTest, DamagedRawContentsAreRefused) {
  for (const std::string& bytes :
       {std::string("abc"), RawText("pro"), RawText("pro") + std::string("\xff\xff\xff\xff", 4)}) {
    ModelInferRequest request;
    request.set_model_name("acme/churn");
    AddInput(request, "plan", "BYTES", {2});
    request.add_raw_input_contents(bytes);
    EXPECT_THAT(protocol_->Infer(call_, request), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_F(OpenInferenceTest, AnUnknownFeatureIsRefusedWithTheKnownOnesListed) {
  ModelInferRequest request = TwoCustomers();
  request.mutable_inputs(0)->set_name("shoe_size");
  const auto response = protocol_->Infer(call_, request);
  EXPECT_THAT(response,
              StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("shoe_size"), HasSubstr("recency"))));
  EXPECT_EQ(ReasonOf(response.status()), "UNKNOWN_FEATURE");
}

TEST_F(OpenInferenceTest, AModelThatIsNotThereIsNotReady) {
  ::inference::ModelReadyRequest request;
  request.set_name("acme/churn");
  EXPECT_THAT(protocol_->IsReady(request), testutil::IsOkAndHolds(true));
  request.set_version("7");
  EXPECT_THAT(protocol_->IsReady(request), testutil::IsOkAndHolds(false));
  ModelInferRequest infer = TwoCustomers();
  infer.set_model_name("acme/loyalty");
  EXPECT_THAT(protocol_->Infer(call_, infer), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace clientele::inference
