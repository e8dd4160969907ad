// Lifetime values from a dataset to a served prediction: every family, judged honestly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "clientele/model/v1/artifact.pb.h"
#include "common/base/error.h"
#include "common/model/artifact.h"
#include "common/model/predictor.h"
#include "services/training/learners/random.h"
#include "services/training/pipeline.h"
#include "tests/common/dataset/table.h"
#include "tests/services/training/support/specs.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using common::v1::FeatureDefinition;
using dataset::Dataset;
using dataset::RowSelection;
using model::v1::ModelArtifact;
using model::v1::TrainingSpec;
using model::v1::ValueRegressionParameters;
using ::testing::HasSubstr;
using testutil::Labelled;
using testutil::StatusIs;

constexpr ValueRegressionParameters::Family kFamilies[] = {
    ValueRegressionParameters::FAMILY_LEAST_SQUARES, ValueRegressionParameters::FAMILY_GAUSSIAN,
    ValueRegressionParameters::FAMILY_POISSON,       ValueRegressionParameters::FAMILY_TWEEDIE,
    ValueRegressionParameters::FAMILY_HURDLE_GAMMA,  ValueRegressionParameters::FAMILY_ZERO_INFLATED_LOGNORMAL};

TrainingSpec SpecOf(ValueRegressionParameters::Family family) {
  TrainingSpec spec = testutil::ValueSpec();
  spec.mutable_value_regression()->set_family(family);
  auto& spend = *spec.mutable_preprocessing()->add_per_feature();
  spend.set_feature("spend");
  spend.set_log1p(true);
  return spec;
}

// Whose columns say what they are, so that there is a past spend rate. (That one is hard to beat here: whoever has
// bought lately goes on as before.)
Dataset Customers(int rows, uint64_t seed = 1) {
  Dataset dataset = testutil::Customers(rows, Labelled::kSpend, seed);
  auto& spend = *dataset.header.mutable_columns(0)->mutable_feature()->mutable_aggregate();
  spend.set_kind(common::v1::RECORD_KIND_TRANSACTION);
  spend.set_aggregation(FeatureDefinition::AGGREGATION_SUM);
  spend.set_field("amount");
  auto& tenure = *dataset.header.mutable_columns(1)->mutable_feature()->mutable_aggregate();
  tenure.set_kind(common::v1::RECORD_KIND_TRANSACTION);
  tenure.set_aggregation(FeatureDefinition::AGGREGATION_DAYS_SINCE_FIRST);
  return dataset;
}

TEST(ValuePipelineTest, EveryFamilyIsJudgedAgainstSimpleRules) {
  const Dataset customers = Customers(4000);
  const Dataset anonymous = testutil::Customers(4000, Labelled::kSpend);  // Nobody knows which column is the spend.
  for (const auto family : kFamilies) {
    SCOPED_TRACE(ValueRegressionParameters::Family_Name(family));
    ASSERT_OK_AND_ASSIGN(const TrainedModel model, TrainModel(customers, SpecOf(family), {.threads = 2}));
    const auto& value = model.evaluation.value();
    EXPECT_GT(value.spearman(), 0.4);
    ASSERT_EQ(value.baselines_size(), 2);
    EXPECT_EQ(value.baselines(0).name(), "training mean");
    EXPECT_EQ(value.baselines(0).rmse(), value.rmse_baseline());
    EXPECT_EQ(value.baselines(1).name(), "past spend rate");
    EXPECT_GT(value.normalised_gini(), value.baselines(1).normalised_gini());
    EXPECT_LT(value.total_ratio_lower(), value.total_ratio());
    EXPECT_GT(value.total_ratio_upper(), value.total_ratio());
    EXPECT_NEAR(value.total_ratio(), 1, 0.15);
    EXPECT_EQ(value.gains_curve_size(), 200);
    EXPECT_EQ(model.evaluation.grade().baseline(), "past spend rate");
    ASSERT_OK_AND_ASSIGN(const TrainedModel against_mean, TrainModel(anonymous, SpecOf(family), {.threads = 2}));
    const auto& grade = against_mean.evaluation.grade();
    EXPECT_EQ(grade.baseline(), "training mean");
    EXPECT_EQ(grade.letter(), model::v1::Grade::LETTER_A) << grade.explanation();
    EXPECT_THAT(grade.explanation(), HasSubstr("high-value customers"));
  }
}

TEST(ValuePipelineTest, ServedIntervalsCoverCustomersThatNobodyHasSeen) {
  const Dataset customers = Customers(6000), fresh = Customers(6000, /*seed=*/2);
  for (const auto family : kFamilies) {
    TrainingSpec spec = SpecOf(family);
    spec.mutable_value_regression()->set_interval_coverage(0.8);
    ASSERT_OK_AND_ASSIGN(const TrainedModel model, TrainModel(customers, spec, {.threads = 2}));
    ASSERT_OK_AND_ASSIGN(const auto predictor, model::Predictor::Load(model.artifact_bytes));
    ASSERT_OK_AND_ASSIGN(const auto predictions,
                         model::PredictRows(*predictor, fresh, RowSelection::All(fresh), /*threads=*/2));
    double inside = 0, width = 0;
    for (int s = 0; s < kShardCount; ++s) {
      for (size_t i = 0; i < predictions[s].size(); ++i) {
        const double actual = fresh.shards[s].labels[i];
        inside += predictions[s][i].lower <= actual && actual <= predictions[s][i].upper;
        width += predictions[s][i].upper - predictions[s][i].lower;
      }
    }
    // 1,800 rows calibrate, 6,000 are fresh. Of bands where more than 80 % come to nothing, no interval holds fewer.
    const double noise = 4 * std::sqrt(0.16 * (1 / 1800.0 + 1 / 6000.0));
    EXPECT_NEAR(inside / 6000, model.evaluation.value().interval_coverage(), noise) << family;
    EXPECT_GT(inside / 6000, 0.8 - noise);
    EXPECT_LT(inside / 6000, 0.87 + noise);
    EXPECT_NEAR(width / 6000 / model.evaluation.value().mean_interval_width(), 1, 0.1);
  }
}

TEST(ValuePipelineTest, CoefficientsAreListedByPart) {
  const Dataset customers = Customers(3000);
  ASSERT_OK_AND_ASSIGN(const TrainedModel model,
                       TrainModel(customers, SpecOf(ValueRegressionParameters::FAMILY_ZERO_INFLATED_LOGNORMAL), {}));
  ModelArtifact artifact;
  ASSERT_TRUE(artifact.ParseFromString(model.artifact_bytes));
  const int columns = artifact.preprocessing().num_columns();
  const auto& coefficients = model.evaluation.coefficients();
  ASSERT_EQ(coefficients.size(), 3 * (columns + 1));
  EXPECT_EQ(coefficients[0].part(), "mean");
  EXPECT_EQ(coefficients[0].column(), "spend");
  EXPECT_GT(coefficients[0].z(), 5);
  EXPECT_NEAR(coefficients[0].effect(), std::exp(artifact.value_regression().coefficients(0)), 1e-12);
  EXPECT_EQ(coefficients[columns + 1].part(), "occurrence");
  EXPECT_LT(coefficients[columns + 2].z(), -5);  // Whoever has not bought for long does not come back.
  EXPECT_EQ(coefficients[3 * columns + 2].part(), "spread");
  EXPECT_EQ(coefficients[3 * columns + 2].column(), "(intercept)");
}

TEST(ValuePipelineTest, EveryFamilyGivesTheSameBytesForAnyThreads) {
  const Dataset customers = Customers(1500);
  for (const auto family : kFamilies) {
    ASSERT_OK_AND_ASSIGN(const TrainedModel one, TrainModel(customers, SpecOf(family), {.threads = 1}));
    for (const int threads : {2, 3, 8}) {
      ASSERT_OK_AND_ASSIGN(const TrainedModel many, TrainModel(customers, SpecOf(family), {.threads = threads}));
      EXPECT_EQ(many.artifact_bytes, one.artifact_bytes) << family;
    }
  }
}

TEST(ValuePipelineTest, AFamilyThatCannotLearnTheValuesSaysWhichCan) {
  EXPECT_THAT(TrainModel(Customers(500), SpecOf(ValueRegressionParameters::FAMILY_GAMMA), {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("FAMILY_TWEEDIE")));
}

// Customers who were watched for one or for four months, and spend by the month.
Dataset WatchedCustomers(int rows) {
  Random random(3, 0);
  std::vector<float> size, months;
  std::vector<double> labels;
  for (int i = 0; i < rows; ++i) {
    size.push_back(static_cast<float>(random.Uniform()));
    months.push_back(i % 3 == 0 ? 1 : 4);
    labels.push_back(std::floor(months.back() * std::exp(3 * size.back()) * -std::log(1 - random.Uniform())));
  }
  return testutil::Table(rows).Number("size", size).Number("months", months, /*auxiliary=*/true).Labels(labels).Build();
}

TEST(ValuePipelineTest, ScoresAreAtAnExposureOfOneAndAreJudgedAtTheirs) {
  TrainingSpec spec = SpecOf(ValueRegressionParameters::FAMILY_POISSON);
  spec.clear_preprocessing();
  spec.mutable_dataset()->clear_features();
  spec.mutable_dataset()->add_features("size");
  spec.mutable_dataset()->set_auxiliary_features(0, "months");
  spec.set_exposure_feature("months");
  ASSERT_OK_AND_ASSIGN(const TrainedModel model, TrainModel(WatchedCustomers(4000), spec, {}));
  EXPECT_NEAR(model.evaluation.value().total_ratio(), 1, 0.1);
  EXPECT_NEAR(model.evaluation.value().interval_coverage(), 0.9, 0.02);
  ASSERT_OK_AND_ASSIGN(const auto predictor, model::Predictor::Load(model.artifact_bytes));
  // A month of a customer of size 1 is worth e^3, less a half by rounding down.
  EXPECT_NEAR(predictor->Predict({model::Cell::Number(1)}, false).output, std::exp(3), 3);
}

}  // namespace
}  // namespace clientele::training
