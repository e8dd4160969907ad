// Lifetime value from a dataset of purchase histories to a served score.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "clientele/model/v1/artifact.pb.h"
#include "common/model/lifetime_value/predictor.h"
#include "services/training/pipeline.h"
#include "tests/services/training/support/lifetime_value_data.h"
#include "tests/services/training/support/public_data.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using model::Cell;
using model::v1::FittedDistribution;
using model::v1::ModelArtifact;
using model::v1::TrainingSpec;
using ::testing::HasSubstr;
using testutil::kCdnowHoldoutDays;
using testutil::LifetimeValueSpec;
using testutil::StatusIs;

TrainingSpec CdnowSpec() {
  TrainingSpec spec = LifetimeValueSpec(kCdnowHoldoutDays);
  spec.mutable_lifetime_value()->set_horizon_days(kCdnowHoldoutDays);
  spec.mutable_lifetime_value()->set_annual_discount_rate(0);
  return spec;
}

ModelArtifact Parse(const TrainedModel& trained) {
  ModelArtifact artifact;
  EXPECT_TRUE(artifact.ParseFromString(trained.artifact_bytes));
  return artifact;
}

double ParameterOf(const FittedDistribution& fitted, absl::string_view name) {
  for (const auto& parameter : fitted.parameters()) {
    if (parameter.name() == name) return parameter.value();
  }
  ADD_FAILURE() << "no parameter " << name;
  return 0;
}

TEST(LifetimeValuePipelineTest, CdnowComesOutAsTheReference) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  CLIENTELE_REFERENCE(reference);
  const auto& expected = reference["clv_cdnow"]["from_transactions"];
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(testutil::CdnowSample(table), CdnowSpec(), {.threads = 2}));
  const ModelArtifact artifact = Parse(trained);
  const auto& model = artifact.lifetime_value();
  EXPECT_NEAR(model.purchases().log_likelihood(), expected["bgnbd"]["loglik"].get<double>(), 1e-3);
  for (const char* name : {"r", "alpha", "a", "b"}) {
    const double value = expected["bgnbd"][name].get<double>();
    EXPECT_NEAR(ParameterOf(model.purchases(), name), value, 1e-4 * value) << name;
  }
  EXPECT_NEAR(model.spend().log_likelihood(), expected["gamma_gamma"]["loglik"].get<double>(), 1e-3);
  for (const char* name : {"p", "q", "gamma"}) {
    const double value = expected["gamma_gamma"][name].get<double>();
    EXPECT_NEAR(ParameterOf(model.spend(), name), value, 1e-3 * value) << name;
  }
  EXPECT_EQ(model.purchases().rows(), 2357);
  EXPECT_EQ(model.spend().rows(), 946);
  EXPECT_LT(model.purchases().distinct_rows(), 2357);
  EXPECT_TRUE(artifact.spec().split().none());
  EXPECT_EQ(artifact.evaluation().train_rows(), 2357);
  const auto& evaluation = artifact.evaluation().lifetime_value();
  EXPECT_EQ(evaluation.purchases().actual(), 1882);
  EXPECT_NEAR(evaluation.purchases().expected(), expected["bgnbd"]["sum_expected_holdout"].get<double>(), 0.05);
  EXPECT_EQ(evaluation.purchase_fit().parameters_size(), 4);
  ASSERT_TRUE(artifact.evaluation().has_value());
  EXPECT_LT(artifact.evaluation().value().rmse(), artifact.evaluation().value().rmse_baseline());
  EXPECT_EQ(artifact.evaluation().grade().baseline(), "past spend rate");
}

TEST(LifetimeValuePipelineTest, CdnowByParetoNbdComesOutAsTheReference) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  CLIENTELE_REFERENCE(reference);
  const auto& expected = reference["clv_cdnow"]["from_transactions"];
  TrainingSpec spec = CdnowSpec();
  spec.mutable_lifetime_value()->set_purchase_model(model::v1::LifetimeValueParameters::PURCHASE_MODEL_PARETO_NBD);
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(testutil::CdnowSample(table), spec, {.threads = 2}));
  const ModelArtifact artifact = Parse(trained);
  const auto& fitted = artifact.lifetime_value().purchases();
  EXPECT_NEAR(fitted.log_likelihood(), expected["paretonbd"]["loglik"].get<double>(), 1e-3);
  for (const char* name : {"r", "alpha", "s", "beta"}) {
    const double value = expected["paretonbd"][name].get<double>();
    EXPECT_NEAR(ParameterOf(fitted, name), value, 1e-3 * value) << name;
  }
  const auto& evaluation = artifact.evaluation().lifetime_value();
  EXPECT_NEAR(evaluation.purchases().expected(), expected["paretonbd"]["sum_expected_holdout"].get<double>(), 0.2);
  for (const auto& week : reference["clv_cdnow"]["weekly_cumulative"]) {
    const double value = week["paretonbd"].get<double>();
    EXPECT_NEAR(evaluation.tracking(week["week"].get<int>() - 1).expected_cumulative(), value, 1e-3 * value);
  }
}

TEST(LifetimeValuePipelineTest, ServedExamplesAreThoseOfTheReference) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  CLIENTELE_REFERENCE(reference);
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(testutil::CdnowSample(table), CdnowSpec(), {.threads = 2}));
  ASSERT_OK_AND_ASSIGN(const auto predictor, model::Predictor::Load(trained.artifact_bytes));
  const auto& lifetime = static_cast<const model::LifetimeValuePredictor&>(*predictor);
  for (const auto& example : reference["clv_cdnow"]["from_transactions"]["examples"]) {
    const auto zbar = example.find("zbar");  // Of those who came again.
    const double spend = zbar != example.end() && zbar->is_number() ? zbar->get<double>() : 0;
    const std::vector<Cell> row = {Cell::Number(example["x"].get<double>()), Cell::Number(example["t_x"].get<double>()),
                                   Cell::Number(example["T"].get<double>()), Cell::Number(spend), Cell::Number(100)};
    const model::LifetimeScore score = lifetime.Describe(row, 0, /*explain=*/true);
    EXPECT_NEAR(score.estimates.alive.value, example["bgnbd_p_alive"].get<double>(), 1e-5);
    EXPECT_NEAR(score.estimates.purchases.value, example["bgnbd_next_39w"].get<double>(),
                2e-5 * (1 + example["bgnbd_next_39w"].get<double>()));
    EXPECT_LE(score.estimates.value.lower, score.estimates.value.value);
  }
}

TEST(LifetimeValuePipelineTest, BytesAreTheSameForAnyNumberOfThreads) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  const Dataset dataset = testutil::CdnowSample(table);
  ASSERT_OK_AND_ASSIGN(const TrainedModel one, TrainModel(dataset, CdnowSpec(), {.threads = 1}));
  ASSERT_OK_AND_ASSIGN(const TrainedModel two, TrainModel(dataset, CdnowSpec(), {.threads = 2}));
  EXPECT_EQ(one.sha256, two.sha256);
}

TEST(LifetimeValuePipelineTest, CovariatesMoveScores) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  Dataset dataset = testutil::CdnowSample(table);
  TrainingSpec spec = CdnowSpec();
  spec.mutable_lifetime_value()->add_purchase_covariates("first_spend");
  spec.mutable_dataset()->add_features("first_spend");
  // A sixth input: what the first day brought; it goes before the auxiliary column.
  for (auto& shard : dataset.shards) {
    std::vector<float> numbers;
    for (int64_t row = 0; row < shard.rows; ++row) {
      const float* from = shard.numbers.data() + row * 6;
      numbers.insert(numbers.end(), from, from + 5);
      numbers.push_back(from[4] - from[0] * from[3]);
      numbers.push_back(from[5]);
    }
    shard.numbers = std::move(numbers);
  }
  auto& columns = *dataset.header.mutable_columns();
  *columns.Add() = columns.Get(5);
  columns.Mutable(5)->Clear();
  columns.Mutable(5)->mutable_feature()->set_name("first_spend");
  columns.Mutable(5)->set_type(common::v1::FEATURE_TYPE_NUMBER);
  dataset.places.push_back({false, 6});
  dataset.number_columns = 7;
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(dataset, spec, {.threads = 2}));
  const ModelArtifact artifact = Parse(trained);
  ASSERT_EQ(artifact.lifetime_value().purchases().covariates_size(), 1);
  EXPECT_EQ(artifact.lifetime_value().purchases().covariates(0).column(), "first_spend");
  EXPECT_GT(artifact.lifetime_value().purchases().covariates(0).coefficient(), 0.05);
  EXPECT_GT(artifact.lifetime_value().purchases().log_likelihood(), -9582.4);
  ASSERT_OK_AND_ASSIGN(const auto predictor, model::Predictor::Load(trained.artifact_bytes));
  // Without a repeat purchase nobody has stopped: more purchases are more value.
  std::vector<Cell> row = {Cell::Number(0), Cell::Number(0), Cell::Number(30), Cell::Number(0), Cell::Number(50),
                           Cell::Number(10)};
  const double small = predictor->Predict(row, false).output;
  row[5] = Cell::Number(200);
  EXPECT_GT(predictor->Predict(row, false).output, small);
}

TEST(LifetimeValuePipelineTest, WithoutLabelsThereIsAModelAndWhatCanBeSaidOfIt) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  Dataset dataset = testutil::CdnowSample(table);
  TrainingSpec spec = CdnowSpec();
  spec.mutable_dataset()->clear_label();
  spec.mutable_dataset()->clear_auxiliary_labels();
  dataset.header.set_has_label(false);
  dataset.header.set_auxiliary_labels(0);
  dataset.purchase_series.reset();
  for (auto& shard : dataset.shards) {
    shard.labels.clear();
    shard.auxiliary_labels.clear();
  }
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(dataset, spec, {.threads = 2}));
  EXPECT_FALSE(trained.evaluation.has_value());
  const auto& evaluation = trained.evaluation.lifetime_value();
  EXPECT_FALSE(evaluation.has_purchases());
  EXPECT_EQ(evaluation.holdout_days(), 0);
  EXPECT_EQ(evaluation.tracking_size(), 0);
  EXPECT_EQ(evaluation.conditional_size(), 0);
  EXPECT_GT(evaluation.portfolio().value(), 0);
}

TEST(LifetimeValuePipelineTest, CustomersWhoNeverBoughtDoNotTrainAndAreWorthNothing) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  Dataset dataset = testutil::CdnowSample(table);
  for (int f = 0; f < 5; ++f) dataset.shards[0].numbers[f] = dataset::kMissingNumber;
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(dataset, CdnowSpec(), {.threads = 2}));
  EXPECT_EQ(trained.evaluation.train_rows(), 2356);
  EXPECT_EQ(trained.evaluation.holdout_rows(), 2357);
}

TEST(LifetimeValuePipelineTest, SaysWhichHistoryIsMissing) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  Dataset dataset = testutil::CdnowSample(table);
  dataset.header.mutable_columns(1)->mutable_feature()->clear_purchase_summary();
  EXPECT_THAT(TrainModel(dataset, CdnowSpec(), {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("NUMBER_RECENCY")));
  dataset.header.mutable_columns(1)->mutable_feature()->mutable_purchase_summary()->set_number(
      common::v1::FeatureDefinition::PurchaseSummary::NUMBER_AGE);
  EXPECT_FALSE(TrainModel(dataset, CdnowSpec(), {}).ok());
}

TEST(LifetimeValuePipelineTest, ABootstrapAgreesWithTheIntervalsOfTheHessian) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  TrainingSpec spec = CdnowSpec();
  spec.mutable_lifetime_value()->set_bootstrap_replicates(100);
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(testutil::CdnowSample(table), spec, {.threads = 2}));
  ASSERT_OK_AND_ASSIGN(const TrainedModel again, TrainModel(testutil::CdnowSample(table), spec, {.threads = 1}));
  EXPECT_EQ(trained.sha256, again.sha256);
  const ModelArtifact artifact = Parse(trained);
  for (const FittedDistribution* fitted : {&artifact.lifetime_value().purchases(), &artifact.lifetime_value().spend()}) {
    for (const auto& parameter : fitted->parameters()) {
      EXPECT_LT(parameter.bootstrap_lower(), parameter.value()) << parameter.name();
      EXPECT_GT(parameter.bootstrap_upper(), parameter.value()) << parameter.name();
      const double width = std::log(parameter.upper() / parameter.lower());
      EXPECT_NEAR(std::log(parameter.bootstrap_upper() / parameter.bootstrap_lower()) / width, 1, 0.4) << parameter.name();
    }
  }
}

// The donations of Fader, Hardie and Shang (2010), one row a history, which stands for many donors.
TEST(LifetimeValuePipelineTest, DonationsInWholePeriodsGiveThePublishedBgBb) {
  CLIENTELE_PUBLIC_TABLE(table, "cdnow/donations_bgbb.csv");
  std::vector<float> x, t_x, n, spend, donors;
  for (const auto& row : table.rows) {
    x.push_back(std::stof(row[0]));
    t_x.push_back(std::stof(row[1]));
    n.push_back(std::stof(row[2]));
    donors.push_back(std::stof(row[3]));
    spend.push_back(x.back() > 0 ? 20 + 5 * static_cast<float>(x.size() % 7) : 0);
  }
  testutil::Table rows(static_cast<int>(x.size()));
  rows.Number("x", x).Number("t_x", t_x).Number("n", n).Number("z", spend).Number("donors", donors, /*auxiliary=*/true);
  Dataset dataset = rows.Build();
  using Summary = common::v1::FeatureDefinition::PurchaseSummary;
  for (int f = 0; f < 4; ++f) {
    auto& summary = *dataset.header.mutable_columns(f)->mutable_feature()->mutable_purchase_summary();
    summary.set_number(static_cast<Summary::Number>(Summary::NUMBER_FREQUENCY + f));
    summary.set_days_per_unit(365);
    summary.set_whole_units(true);
  }
  TrainingSpec spec;
  spec.set_model("donors");
  for (const char* feature : {"x", "t_x", "n", "z"}) spec.mutable_dataset()->add_features(feature);
  spec.mutable_dataset()->add_auxiliary_features("donors");
  spec.set_weight_feature("donors");
  auto& parameters = *spec.mutable_lifetime_value();
  parameters.set_purchase_model(model::v1::LifetimeValueParameters::PURCHASE_MODEL_BG_BB);
  parameters.set_horizon_days(5 * 365);
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(dataset, spec, {.threads = 1}));
  const auto fitted = Parse(trained).lifetime_value().purchases();
  EXPECT_NEAR(fitted.log_likelihood(), -33225.58127, 0.05);
  EXPECT_NEAR(ParameterOf(fitted, "alpha"), 1.2035, 2e-3);
  EXPECT_NEAR(ParameterOf(fitted, "beta"), 0.7497, 2e-3);
  EXPECT_NEAR(ParameterOf(fitted, "gamma"), 0.6567, 2e-3);
  EXPECT_NEAR(ParameterOf(fitted, "delta"), 2.7834, 2e-2);
}

}  // namespace
}  // namespace clientele::training
