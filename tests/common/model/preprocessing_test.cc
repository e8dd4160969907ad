#include "common/model/preprocessing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/base/error.h"
#include "tests/common/dataset/table.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using testutil::Table;
using v1::FeaturePreprocessing;
using v1::PreprocessingSpec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string> kFeatures = {"age", "plan"};

std::string FieldRefused(const PreprocessingSpec& spec) {
  const absl::Status status = ValidatePreprocessing("spec.preprocessing", spec, kFeatures);
  return status.ok() ? "" : FieldOf(status);
}

TEST(PreprocessingTest, AuxiliaryColumnsAreNoInputs) {
  const auto dataset = Table(1).Number("age", {1}).Number("split", {1}, true).Category("plan", {"a"}).Build();
  EXPECT_THAT(InputColumns(dataset), ElementsAre(0, 2));
  const Schema schema = SchemaOf(dataset);
  ASSERT_EQ(schema.size(), 2);
  EXPECT_EQ(schema[1].feature().name(), "plan");
  EXPECT_EQ(schema[1].type(), common::v1::FEATURE_TYPE_CATEGORY);
}

TEST(ValidatePreprocessingTest, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(FieldRefused({}), "");
  PreprocessingSpec spec;
  spec.mutable_defaults()->set_winsorise_quantile(0.5);
  EXPECT_EQ(FieldRefused(spec), "spec.preprocessing.defaults.winsorise_quantile");
  spec.mutable_defaults()->set_winsorise_quantile(std::nan(""));
  EXPECT_EQ(FieldRefused(spec), "spec.preprocessing.defaults.winsorise_quantile");
  spec.mutable_defaults()->set_winsorise_quantile(0.4);
  EXPECT_EQ(FieldRefused(spec), "");
  spec.mutable_defaults()->set_feature("age");
  EXPECT_EQ(FieldRefused(spec), "spec.preprocessing.defaults.feature");
  spec.mutable_defaults()->clear_feature();
  spec.add_per_feature()->set_feature("plan");
  FeaturePreprocessing* second = spec.add_per_feature();
  second->set_feature("pan");
  EXPECT_EQ(FieldRefused(spec), "spec.preprocessing.per_feature[1].feature");
  EXPECT_THAT(ValidatePreprocessing("p", spec, kFeatures).message(), HasSubstr("age, plan"));
  second->set_feature("plan");
  EXPECT_EQ(FieldRefused(spec), "spec.preprocessing.per_feature[1].feature");
  second->set_feature("age");
  EXPECT_EQ(FieldRefused(spec), "");
  second->set_constant(std::numeric_limits<double>::infinity());
  EXPECT_EQ(FieldRefused(spec), "spec.preprocessing.per_feature[1].constant");
  second->set_constant(0);
  second->set_max_categories(-1);
  EXPECT_EQ(FieldRefused(spec), "spec.preprocessing.per_feature[1].max_categories");
  second->set_max_categories(0);
  second->set_scaling(static_cast<FeaturePreprocessing::Scaling>(9));
  EXPECT_EQ(FieldRefused(spec), "spec.preprocessing.per_feature[1].scaling");
}

TEST(ResolvePreprocessingTest, FillsInTheDocumentedDefaults) {
  const FeaturePreprocessing settings = ResolvePreprocessing({}, "age");
  EXPECT_EQ(settings.feature(), "age");
  EXPECT_EQ(settings.imputation(), FeaturePreprocessing::IMPUTATION_MEDIAN);
  EXPECT_TRUE(settings.missing_indicator());
  EXPECT_EQ(settings.scaling(), FeaturePreprocessing::SCALING_STANDARDISE);
  EXPECT_EQ(settings.winsorise_quantile(), 0);
  EXPECT_FALSE(settings.log1p());
  EXPECT_FALSE(settings.drop_first_category());
  EXPECT_EQ(settings.max_categories(), 100);
}

TEST(ResolvePreprocessingTest, OwnSettingsWinOverTheDefaultsThatWinOverTheDocumentedOnes) {
  PreprocessingSpec spec;
  spec.mutable_defaults()->set_imputation(FeaturePreprocessing::IMPUTATION_CONSTANT);
  spec.mutable_defaults()->set_constant(7);
  spec.mutable_defaults()->set_log1p(true);
  spec.mutable_defaults()->set_missing_indicator(false);
  FeaturePreprocessing* own = spec.add_per_feature();
  own->set_feature("age");
  own->set_log1p(false);
  own->set_max_categories(3);
  EXPECT_FALSE(ResolvePreprocessing(spec, "age").log1p());
  EXPECT_EQ(ResolvePreprocessing(spec, "age").max_categories(), 3);
  EXPECT_EQ(ResolvePreprocessing(spec, "age").constant(), 7);
  EXPECT_TRUE(ResolvePreprocessing(spec, "plan").log1p());
  EXPECT_FALSE(ResolvePreprocessing(spec, "age").missing_indicator());
  own->set_imputation(FeaturePreprocessing::IMPUTATION_CONSTANT);
  EXPECT_EQ(ResolvePreprocessing(spec, "age").constant(), 0);
}

}  // namespace
}  // namespace clientele::model
