#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/base/error.h"
#include "common/model/preprocessing.h"
#include "tests/common/dataset/part_threads.h"
#include "tests/common/dataset/table.h"
#include "tests/common/model/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using dataset::Dataset;
using dataset::kMissingNumber;
using dataset::RowSelection;
using testutil::StatusIs;
using testutil::Table;
using v1::FeaturePreprocessing;
using v1::FittedCategory;
using v1::FittedNumber;
using v1::Preprocessing;
using v1::PreprocessingSpec;
using ::testing::ElementsAre;

Preprocessing Fit(const Dataset& dataset, const PreprocessingSpec& spec = {}) {
  auto fitted = FitPreprocessing(dataset, RowSelection::All(dataset), spec);
  EXPECT_OK(fitted);
  return *fitted;
}

FittedNumber FitNumber(const std::vector<float>& values, const FeaturePreprocessing& defaults = {}) {
  PreprocessingSpec spec;
  *spec.mutable_defaults() = defaults;
  return Fit(Table(static_cast<int>(values.size())).Number("x", values).Build(), spec).features(0).number();
}

FittedCategory FitCategory(const std::vector<std::string>& values, const FeaturePreprocessing& defaults = {}) {
  PreprocessingSpec spec;
  *spec.mutable_defaults() = defaults;
  const Dataset dataset = Table(static_cast<int>(values.size())).Category("c", values).Number("n", std::vector<float>(values.size())).Build();
  return Fit(dataset, spec).features(0).category();
}

TEST(FitPreprocessingTest, StandardisesWithThePopulationDeviation) {
  const FittedNumber number = FitNumber({1, 2, 3, 6});
  EXPECT_DOUBLE_EQ(number.mean(), 3);
  EXPECT_DOUBLE_EQ(number.scale(), 1 / std::sqrt(3.5));
  EXPECT_DOUBLE_EQ(number.training_mean(), 3);
  EXPECT_DOUBLE_EQ(number.training_deviation(), std::sqrt(3.5));
  EXPECT_EQ(number.encoded_mean(), 0);
  EXPECT_FALSE(number.missing_indicator());
  EXPECT_EQ(number.missing_share(), 0);
  EXPECT_FALSE(number.has_lower());
}

TEST(FitPreprocessingTest, ImputesTheMedianAndMarksIt) {
  const FittedNumber number = FitNumber({1, kMissingNumber, 2, 9, 4});
  EXPECT_DOUBLE_EQ(number.imputed_value(), 3);
  EXPECT_DOUBLE_EQ(number.training_mean(), 4);  // Of those present.
  EXPECT_DOUBLE_EQ(number.mean(), 19.0 / 5);    // With the imputed ones.
  EXPECT_TRUE(number.missing_indicator());
  EXPECT_DOUBLE_EQ(number.missing_share(), 0.2);
}

TEST(FitPreprocessingTest, ImputesTheMeanOrAConstant) {
  FeaturePreprocessing settings;
  settings.set_imputation(FeaturePreprocessing::IMPUTATION_MEAN);
  EXPECT_DOUBLE_EQ(FitNumber({1, kMissingNumber, 2, 9, 4}, settings).imputed_value(), 4);
  settings.set_imputation(FeaturePreprocessing::IMPUTATION_CONSTANT);
  settings.set_constant(-1);
  settings.set_missing_indicator(false);
  const FittedNumber number = FitNumber({1, kMissingNumber, 2, 9, 4}, settings);
  EXPECT_EQ(number.imputed_value(), -1);
  EXPECT_DOUBLE_EQ(number.mean(), 3);
  EXPECT_FALSE(number.missing_indicator());
}

TEST(FitPreprocessingTest, CutsBeforeItTakesLogarithmsAndTheseBeforeItScales) {
  FeaturePreprocessing settings;
  settings.set_winsorise_quantile(0.25);
  settings.set_log1p(true);
  const FittedNumber number = FitNumber({-4, 0, 2, 6, 100}, settings);
  EXPECT_DOUBLE_EQ(number.lower(), 0);
  EXPECT_DOUBLE_EQ(number.upper(), 6);
  // 0, 0, 2, 6, 6 -> 0, 0, log 3, log 7, log 7.
  const double mean = (std::log(3) + 2 * std::log(7)) / 5;
  EXPECT_NEAR(number.mean(), mean, 1e-15);
  const double variance =
      (2 * mean * mean + std::pow(std::log(3) - mean, 2) + 2 * std::pow(std::log(7) - mean, 2)) / 5;
  EXPECT_NEAR(number.scale(), 1 / std::sqrt(variance), 1e-14);
  EXPECT_DOUBLE_EQ(number.training_mean(), 20.8);  // In the feature's own units, uncut.
}

TEST(FitPreprocessingTest, WithoutScalingKeepsTheColumnsMean) {
  FeaturePreprocessing settings;
  settings.set_scaling(FeaturePreprocessing::SCALING_NONE);
  const FittedNumber number = FitNumber({1, 2, kMissingNumber, 9}, settings);
  EXPECT_EQ(number.mean(), 0);
  EXPECT_EQ(number.scale(), 1);
  EXPECT_DOUBLE_EQ(number.encoded_mean(), 14.0 / 4);
}

TEST(FitPreprocessingTest, AConstantColumnIsExactlyZero) {
  const FittedNumber number = FitNumber({0.1f, 0.1f, 0.1f});
  EXPECT_EQ(number.mean(), 0.1f);  // To the bit.
  EXPECT_EQ(number.scale(), 1);
  EXPECT_EQ(number.training_deviation(), 0);
}

TEST(FitPreprocessingTest, AColumnThatIsAlwaysMissingIsZeroWithoutIndicator) {
  const FittedNumber number = FitNumber({kMissingNumber, kMissingNumber});
  EXPECT_EQ(number.imputed_value(), 0);
  EXPECT_EQ(number.mean(), 0);
  EXPECT_EQ(number.scale(), 1);
  EXPECT_EQ(number.missing_share(), 1);
  EXPECT_FALSE(number.missing_indicator());
}

TEST(FitPreprocessingTest, CategoriesComeInByteOrderWithTheirShares) {
  const FittedCategory category = FitCategory({"b", "B", "", "\xc3\xa9", "b"});
  EXPECT_THAT(category.categories(), ElementsAre("B", "b", "\xc3\xa9"));
  EXPECT_TRUE(category.has_missing());
  EXPECT_FALSE(category.has_other());
  EXPECT_FALSE(category.drop_first());
  EXPECT_THAT(category.shares(), ElementsAre(0.2, 0.4, 0.2, 0.2));
}

TEST(FitPreprocessingTest, TheRarestCategoriesAreOther) {
  FeaturePreprocessing settings;
  settings.set_max_categories(2);
  settings.set_drop_first_category(true);
  const FittedCategory category = FitCategory({"d", "c", "d", "b", "a", "c", "b", "b"}, settings);
  EXPECT_THAT(category.categories(), ElementsAre("b", "c"));  // c and d are as frequent: the first in byte order stays.
  EXPECT_TRUE(category.has_other());
  EXPECT_TRUE(category.drop_first());
  EXPECT_FALSE(category.has_missing());
  EXPECT_THAT(category.shares(), ElementsAre(3.0 / 8, 2.0 / 8, 3.0 / 8));
}

TEST(FitPreprocessingTest, CountsItsColumns) {
  const Preprocessing fitted = Fit(Table(3)
                                       .Number("a", {1, kMissingNumber, 3})
                                       .Number("skip", {1, 2, 3}, /*auxiliary=*/true)
                                       .Category("c", {"x", "y", ""})
                                       .Number("b", {1, 2, 3})
                                       .Build());
  ASSERT_EQ(fitted.features_size(), 3);
  EXPECT_EQ(fitted.features(2).feature(), "b");
  EXPECT_EQ(fitted.num_columns(), 2 + 3 + 1);
}

TEST(FitPreprocessingTest, SeesTrainingRowsAlone) {
  const Dataset dataset = Table(4).Number("x", {1, 3, 100, kMissingNumber}).Category("c", {"a", "a", "b", ""}).Build();
  RowSelection training = RowSelection::None(dataset);
  training.shards[0][0] = training.shards[1][0] = 1;
  ASSERT_OK_AND_ASSIGN(const Preprocessing fitted, FitPreprocessing(dataset, training, {}));
  EXPECT_EQ(fitted.features(0).number().mean(), 2);
  EXPECT_FALSE(fitted.features(0).number().missing_indicator());
  EXPECT_THAT(fitted.features(1).category().categories(), ElementsAre("a"));
  EXPECT_FALSE(fitted.features(1).category().has_missing());
}

TEST(FitPreprocessingTest, NoRowsAndNoColumnsAreErrors) {
  const Dataset dataset = Table(2).Number("x", {1, 3}).Build();
  const auto no_rows = FitPreprocessing(dataset, RowSelection::None(dataset), {});
  EXPECT_THAT(no_rows, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(no_rows.status()), "DATA_NOT_READY");
  PreprocessingSpec drop;
  drop.mutable_defaults()->set_drop_first_category(true);
  const Dataset same = Table(2).Category("c", {"a", "a"}).Build();
  EXPECT_THAT(FitPreprocessing(same, RowSelection::All(same), drop), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(FitPreprocessingTest, IsTheSameForAnyNumberOfParts) {
  const Dataset dataset = testutil::SampleDataset(3000);
  PreprocessingSpec cut = testutil::SamplePreprocessing();
  cut.mutable_defaults()->set_winsorise_quantile(0.03);
  cut.mutable_defaults()->set_log1p(true);
  for (const PreprocessingSpec& spec : {testutil::SamplePreprocessing(), cut}) {
    const Preprocessing alone = *FitPreprocessing(dataset, RowSelection::All(dataset), spec);
    for (const int ranks : {2, 3, 8}) {
      EXPECT_THAT(testutil::OnParts<std::string>(
                      dataset, ranks,
                      [&](const Dataset& part, dataset::Parts& parts) {
                        return FitPreprocessing(part, RowSelection::All(part), spec, 2, parts)->SerializeAsString();
                      }),
                  ::testing::Each(alone.SerializeAsString()));
    }
  }
}

TEST(FitPreprocessingTest, ThreadsAndDictionaryOrderDoNotChangeABit) {
  const Dataset dataset = testutil::SampleDataset(3000);
  const RowSelection all = RowSelection::All(dataset);
  ASSERT_OK_AND_ASSIGN(const Preprocessing one, FitPreprocessing(dataset, all, testutil::SamplePreprocessing(), 1));
  for (const int threads : {2, 3, 8}) {
    ASSERT_OK_AND_ASSIGN(const Preprocessing many,
                         FitPreprocessing(dataset, all, testutil::SamplePreprocessing(), threads));
    EXPECT_EQ(many.SerializeAsString(), one.SerializeAsString()) << threads;
  }
  Dataset recoded = dataset;
  for (int c = 0; c < recoded.category_columns; ++c) {
    auto& dictionary = recoded.dictionaries[c];
    std::reverse(dictionary.begin(), dictionary.end());
    for (auto& shard : recoded.shards) {
      for (int64_t row = 0; row < shard.rows; ++row) {
        uint32_t& code = shard.categories[row * recoded.category_columns + c];
        if (code != 0) code = static_cast<uint32_t>(dictionary.size()) + 1 - code;
      }
    }
  }
  ASSERT_OK_AND_ASSIGN(const Preprocessing same, FitPreprocessing(recoded, all, testutil::SamplePreprocessing()));
  EXPECT_EQ(same.SerializeAsString(), one.SerializeAsString());
}

}  // namespace
}  // namespace clientele::model
