#include "common/model/onnx/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include "tests/common/model/lifetime_value/sample.h"
#include "tests/common/model/onnx/cases.h"
#include "tests/common/model/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Export(const v1::ModelArtifact& artifact) {
  const auto predictor = Predictor::Create(artifact);
  EXPECT_TRUE(predictor.ok()) << predictor.status();
  const auto bytes = ExportOnnx(**predictor);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.value_or("");
}

onnx::ModelProto Parsed(const std::string& bytes) {
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(bytes));
  return model;
}

TEST(ExportOnnxTest, EveryModelIsWhatTheStandardAllows) {
  for (const testutil::OnnxCase& one : testutil::OnnxCases()) {
    const onnx::ModelProto model = Parsed(Export(one.artifact));
    EXPECT_NO_THROW(onnx::checker::check_model(model)) << one.name;
  }
}

TEST(ExportOnnxTest, TheSameModelGivesTheSameBytes) {
  for (const testutil::OnnxCase& one : testutil::OnnxCases()) {
    EXPECT_EQ(Export(one.artifact), Export(one.artifact)) << one.name;
  }
}

TEST(ExportOnnxTest, InputsAreTheFeaturesAndSayWhatTheyAre) {
  const auto model = Parsed(Export(testutil::SampleLogisticRegression(testutil::SampleDataset())));
  std::vector<std::string> names;
  for (const auto& input : model.graph().input()) names.push_back(input.name());
  EXPECT_THAT(names, ElementsAre("recency", "spend", "age", "plan", "region"));
  EXPECT_EQ(model.graph().input(0).doc_string(), "Days since last purchase (days)");
  EXPECT_EQ(model.graph().input(0).type().tensor_type().elem_type(), onnx::TensorProto::DOUBLE);
  EXPECT_EQ(model.graph().input(3).type().tensor_type().elem_type(), onnx::TensorProto::STRING);
}

TEST(ExportOnnxTest, AFeatureNamedAsAnOutputKeepsItsName) {
  v1::ModelArtifact artifact = testutil::TinyArtifact();
  artifact.mutable_schema(0)->mutable_feature()->set_name("probability");
  artifact.mutable_preprocessing()->mutable_features(0)->set_feature("probability");
  for (int j = 0; j < 3; ++j) artifact.mutable_logistic_regression()->add_coefficients(0.5);
  const auto model = Parsed(Export(artifact));
  EXPECT_EQ(model.graph().input(0).name(), "probability");
  EXPECT_EQ(model.graph().output(0).name(), "predicted_probability");
  EXPECT_NO_THROW(onnx::checker::check_model(model));
}

TEST(ExportOnnxTest, AModelThatOnnxCannotExpressSaysWhy) {
  const auto predictor = Predictor::Create(testutil::LifetimeArtifact());
  ASSERT_TRUE(predictor.ok()) << predictor.status();
  const auto bytes = ExportOnnx(**predictor);
  EXPECT_EQ(bytes.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(bytes.status().message()), HasSubstr("Lifetime value has no ONNX form"));
}

TEST(ExportOnnxTest, RetentionOverTooManyPeriodsIsNotUnrolled) {
  v1::ModelArtifact artifact;
  for (testutil::OnnxCase& one : testutil::OnnxCases()) {
    if (one.name == "retention") artifact = std::move(one.artifact);
  }
  artifact.mutable_survival()->add_horizons(20'000);
  const auto predictor = Predictor::Create(artifact);
  ASSERT_TRUE(predictor.ok()) << predictor.status();
  EXPECT_EQ(ExportOnnx(**predictor).status().code(), absl::StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace clientele::model
