// The best of several models of value, from the purchases to an artifact.
#include "services/training/selection/select.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <memory>

#include "clientele/model/v1/artifact.pb.h"
#include "common/model/predictor.h"
#include "services/training/draft.h"
#include "services/training/gate.h"
#include "services/training/learners/random.h"
#include "tests/services/training/support/lifetime_value_data.h"
#include "tests/services/training/support/public_data.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using model::v1::ModelArtifact;
using model::v1::TrainingSpec;
using model::v1::ValueRegressionParameters;
using model::v1::ValueSelection;
using model::v1::ValueSelectionParameters;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testutil::Purchase;
using testutil::StatusIs;

constexpr int kDays = 180;
const absl::CivilDay kAsOf(2024, 7, 1);

// Customers who buy at rates of their own until they leave, from January 2023 on.
std::vector<Purchase> Shop(int customers) {
  std::vector<Purchase> purchases;
  Random random(11, 1);
  for (int i = 0; i < customers; ++i) {
    const absl::CivilDay first = absl::CivilDay(2023, 1, 1) + static_cast<int>(120 * random.Uniform());
    const double gap = 10 + 80 * random.Uniform(), spend = 5 + 60 * random.Uniform();
    double day = 0;
    while (day < 730 && (day == 0 || random.Uniform() > 0.08)) {
      purchases.push_back(
          {absl::StrCat("c", 10'000 + i), first + static_cast<int>(day), spend * (0.5 + random.Uniform())});
      day += 1 - gap * std::log(1 - random.Uniform());
    }
  }
  return purchases;
}

TrainingSpec SelectionSpec(int days = kDays) {
  TrainingSpec spec = testutil::LifetimeValueSpec(days);
  spec.set_model("value-selection");
  spec.mutable_value_selection();
  return spec;
}

class SelectTest : public testing::Test {
 protected:
  absl::StatusOr<TrainedModel> Train(const TrainingSpec& spec, int threads = 1) const {
    return TrainModel(later_, spec, {.threads = threads, .earlier = &earlier_});
  }
  const std::vector<Purchase> purchases_ = Shop(700);
  const Dataset later_ = testutil::PurchaseDataset(purchases_, kAsOf, kDays);
  const Dataset earlier_ = testutil::PurchaseDataset(purchases_, kAsOf - kDays, kDays);
};

ModelArtifact Parse(const TrainedModel& trained) {
  ModelArtifact artifact;
  EXPECT_TRUE(artifact.ParseFromString(trained.artifact_bytes));
  return artifact;
}

TEST_F(SelectTest, TriesAllAndKeepsTheOneWithTheLowestError) {
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, Train(SelectionSpec()));
  const ValueSelection& selection = trained.evaluation.selection();
  ASSERT_EQ(selection.candidates_size(), 7);  // Five, and two rules.
  EXPECT_EQ(selection.candidates(6).algorithm(), "rule");
  double best = INFINITY;
  std::string name;
  for (const auto& candidate : selection.candidates()) {
    EXPECT_EQ(candidate.failure(), "") << candidate.name();
    EXPECT_GT(candidate.mae(), 0);
    if (candidate.algorithm() == "rule" || candidate.mae() >= best) continue;
    best = candidate.mae();
    name = candidate.name();
  }
  EXPECT_EQ(selection.chosen(), name);
  ASSERT_EQ(selection.recommendations_size(), 3);
  EXPECT_EQ(selection.recommendations(0).candidate(), name);
  EXPECT_THAT(selection.recommendations(0).explanation(), HasSubstr("mean absolute error"));
  EXPECT_NEAR(trained.evaluation.value().mae(), best, 1e-12);
  EXPECT_EQ(trained.evaluation.holdout_rows(), later_.rows());
}

TEST_F(SelectTest, WhatLeavesIsTheWinnersOwnArtifact) {
  TrainingSpec spec = SelectionSpec();
  auto* tweedie = spec.mutable_value_selection()->add_candidates();
  tweedie->mutable_value_regression()->set_family(ValueRegressionParameters::FAMILY_TWEEDIE);
  ASSERT_OK_AND_ASSIGN(const TrainedModel regression, Train(spec));
  ModelArtifact artifact = Parse(regression);
  EXPECT_TRUE(artifact.has_value_regression());
  EXPECT_TRUE(artifact.spec().has_value_regression());
  EXPECT_EQ(artifact.evaluation().train_rows(), earlier_.rows());
  EXPECT_OK(model::Predictor::Load(regression.artifact_bytes).status());
  EXPECT_EQ(Decide(spec, regression.evaluation, nullptr).decision(),
            model::v1::GateDecision::DECISION_PUBLISHED_ACTIVE);

  tweedie->mutable_lifetime_value();
  ASSERT_OK_AND_ASSIGN(const TrainedModel purchases, Train(spec));
  artifact = Parse(purchases);
  EXPECT_TRUE(artifact.spec().has_lifetime_value());
  EXPECT_TRUE(artifact.evaluation().has_lifetime_value());
  EXPECT_EQ(artifact.lineage().as_of().seconds(), later_.header.as_of().seconds());
  // The same model as if it had been asked for alone.
  TrainingSpec alone = spec;
  alone.mutable_lifetime_value();
  ASSERT_OK_AND_ASSIGN(const TrainedModel same, TrainModel(later_, alone, {}));
  EXPECT_EQ(Parse(same).lifetime_value().SerializeAsString(), artifact.lifetime_value().SerializeAsString());
}

// A regression of another day's label would have seen what it is judged on: labels of the later dataset must not matter
// to what it foretells.
TEST_F(SelectTest, NoRegressionHasSeenTheDaysThatJudge) {
  TrainingSpec spec = SelectionSpec();
  spec.mutable_value_selection()->add_candidates()->mutable_value_regression();
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, Train(spec));
  Dataset other = later_;
  for (auto& shard : other.shards) {
    for (double& label : shard.labels) label = 2 * label + 1;
  }
  ASSERT_OK_AND_ASSIGN(const TrainedModel again, TrainModel(other, spec, {.earlier = &earlier_}));
  const auto foretold = [](const TrainedModel& of) {
    return of.evaluation.value().total_ratio() * of.evaluation.value().mean_actual();
  };
  EXPECT_NEAR(foretold(again), foretold(trained), 1e-9 * foretold(trained));
  EXPECT_NE(again.evaluation.value().mae(), trained.evaluation.value().mae());
  EXPECT_EQ(again.evaluation.selection().candidates(1).name(), "training mean");
}

TEST_F(SelectTest, AChosenRegressionHasLearntAnewFromTheNewestWindow) {
  TrainingSpec spec = SelectionSpec();
  auto* tweedie = spec.mutable_value_selection()->add_candidates()->mutable_value_regression();
  tweedie->set_family(ValueRegressionParameters::FAMILY_TWEEDIE);
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, Train(spec));
  const ModelArtifact artifact = Parse(trained);
  EXPECT_TRUE(artifact.evaluation().selection().refitted());
  EXPECT_EQ(artifact.lineage().as_of().seconds(), later_.header.as_of().seconds());
  // The same model as if all it had been asked for were to learn now.
  model::v1::Split everybody;
  everybody.set_none(true);
  const TrainingSpec alone = artifact.spec();
  LoneTeam team;
  const TrainingOptions options = {.team = &team};
  ASSERT_OK_AND_ASSIGN(
      const Draft now,
      MakeDraft({.learnt = later_, .judged = later_, .spec = alone, .split = everybody, .options = options}));
  const auto &one = artifact.value_regression(), &other = now.artifact.value_regression();
  EXPECT_THAT(one.coefficients(), testing::ElementsAreArray(other.coefficients()));
  ASSERT_GT(trained.evaluation.coefficients_size(), 0);
  EXPECT_EQ(trained.evaluation.coefficients(0).estimate(), one.coefficients(0));
  // But for what it was judged by: in its own rows it would look better, and surer.
  EXPECT_GT(trained.evaluation.value().mae(), now.artifact.evaluation().value().mae());
  EXPECT_NE(one.intervals().SerializeAsString(), other.intervals().SerializeAsString());
  EXPECT_EQ(trained.evaluation.value().mae(), trained.evaluation.selection().candidates(0).mae());
}

TEST_F(SelectTest, OneThatCannotLearnAnewStaysAsItWasJudged) {
  TrainingSpec spec = SelectionSpec();
  auto* gamma = spec.mutable_value_selection()->add_candidates()->mutable_value_regression();
  gamma->set_family(ValueRegressionParameters::FAMILY_GAMMA);
  Dataset earlier = earlier_;
  for (auto& shard : earlier.shards) {
    for (double& label : shard.labels) label = std::max(label, 1.0);  // The newest window has zeros.
  }
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(later_, spec, {.earlier = &earlier}));
  EXPECT_FALSE(trained.evaluation.selection().refitted());
  EXPECT_EQ(Parse(trained).lineage().as_of().seconds(), earlier_.header.as_of().seconds());
  EXPECT_THAT(trained.issues, testing::Contains(testing::Property(&v1::DataIssue::code, "NOT_REFITTED")));
}

TEST_F(SelectTest, AChosenModelOfPurchasesHasLearntAnewFromTheNewestHistories) {
  TrainingSpec spec = SelectionSpec();
  spec.mutable_value_selection()->add_candidates()->mutable_lifetime_value();
  const Dataset newest = testutil::PurchaseDataset(purchases_, kAsOf + kDays, kDays);
  ASSERT_OK_AND_ASSIGN(const TrainedModel judged, Train(spec));
  int read = 0;
  TrainingOptions options;
  options.earlier = &earlier_;
  options.read_newest = [&] { return ++read, absl::StatusOr<Dataset>(newest); };
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(later_, spec, options));
  EXPECT_EQ(read, 1);
  const ModelArtifact artifact = Parse(trained);
  EXPECT_TRUE(artifact.evaluation().selection().refitted());
  EXPECT_FALSE(judged.evaluation.selection().refitted());
  EXPECT_EQ(artifact.lineage().as_of().seconds(), newest.header.as_of().seconds());
  // The same model as if it had been asked for alone, now.
  TrainingSpec alone = spec;
  alone.mutable_lifetime_value();
  ASSERT_OK_AND_ASSIGN(const TrainedModel now, TrainModel(newest, alone, {}));
  EXPECT_EQ(artifact.lifetime_value().SerializeAsString(), Parse(now).lifetime_value().SerializeAsString());
  EXPECT_NE(artifact.lifetime_value().SerializeAsString(), Parse(judged).lifetime_value().SerializeAsString());
  // What is said of how good it is is of the judging.
  EXPECT_EQ(trained.evaluation.value().SerializeAsString(), judged.evaluation.value().SerializeAsString());
  EXPECT_EQ(trained.evaluation.lifetime_value().SerializeAsString(),
            judged.evaluation.lifetime_value().SerializeAsString());
}

TEST_F(SelectTest, HistoriesThatCannotBeReadLeaveTheModelOfPurchasesAsItWasJudged) {
  TrainingSpec spec = SelectionSpec();
  spec.mutable_value_selection()->add_candidates()->mutable_lifetime_value();
  TrainingOptions options;
  options.earlier = &earlier_;
  options.read_newest = [] { return absl::StatusOr<Dataset>(absl::OutOfRangeError("too new")); };
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(later_, spec, options));
  EXPECT_FALSE(trained.evaluation.selection().refitted());
  EXPECT_EQ(Parse(trained).lineage().as_of().seconds(), later_.header.as_of().seconds());
  EXPECT_THAT(trained.issues, testing::Contains(testing::Property(&v1::DataIssue::message, HasSubstr("too new"))));
  options.read_newest = [] { return absl::StatusOr<Dataset>(absl::CancelledError("stop")); };
  EXPECT_THAT(TrainModel(later_, spec, options).status(), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(SelectTest, ThreadsDoNotChangeIt) {
  ASSERT_OK_AND_ASSIGN(const TrainedModel one, Train(SelectionSpec(), 1));
  for (const int threads : {2, 5}) {
    ASSERT_OK_AND_ASSIGN(const TrainedModel other, Train(SelectionSpec(), threads));
    EXPECT_EQ(one.sha256, other.sha256) << threads;
  }
}

TEST_F(SelectTest, TheAskedDecisionChooses) {
  for (const auto decision : {ValueSelectionParameters::DECISION_CUSTOMER, ValueSelectionParameters::DECISION_RANKING,
                              ValueSelectionParameters::DECISION_TOTAL}) {
    TrainingSpec spec = SelectionSpec();
    spec.mutable_value_selection()->set_decision(decision);
    ASSERT_OK_AND_ASSIGN(const TrainedModel trained, Train(spec));
    const ValueSelection& selection = trained.evaluation.selection();
    EXPECT_EQ(selection.chosen(), selection.recommendations(decision - 1).candidate());
  }
}

TEST_F(SelectTest, WhatCannotBeTrainedIsListedWithItsReason) {
  TrainingSpec spec = SelectionSpec();
  auto* impossible = spec.mutable_value_selection()->add_candidates();
  impossible->set_name("logarithm of nothing");
  impossible->mutable_value_regression()->set_family(ValueRegressionParameters::FAMILY_GAMMA);  // Labels of 0.
  spec.mutable_value_selection()->add_candidates()->mutable_lifetime_value();
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, Train(spec));
  const ValueSelection& selection = trained.evaluation.selection();
  EXPECT_EQ(selection.candidates(0).name(), "logarithm of nothing");
  EXPECT_NE(selection.candidates(0).failure(), "");
  EXPECT_EQ(selection.chosen(), "BG/NBD lifetime value");
  EXPECT_THAT(trained.issues, testing::Contains(testing::Property(&v1::DataIssue::code, "CANDIDATE_FAILED")));

  spec.mutable_value_selection()->mutable_candidates()->RemoveLast();
  EXPECT_THAT(Train(spec).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("no candidate can be trained"), HasSubstr("logarithm of nothing: "))));
}

TEST_F(SelectTest, AHistoryThatIsTooShortIsSaid) {
  const Dataset nobody = testutil::PurchaseDataset({}, kAsOf - kDays, kDays);
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(later_, SelectionSpec(), {.earlier = &nobody}));
  EXPECT_THAT(trained.evaluation.selection().candidates(3).failure(),
              AllOf(HasSubstr("nobody was a customer 180 days before as_of"), HasSubstr("too short")));
  EXPECT_EQ(trained.evaluation.selection().candidates(0).failure(), "");
  EXPECT_THAT(TrainModel(later_, SelectionSpec(), {}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("earlier")));
}

TEST_F(SelectTest, StopsWhenAsked) {
  TrainingOptions options;
  options.earlier = &earlier_;
  options.stop = StopToken(absl::InfiniteFuture(), std::make_shared<std::atomic<bool>>(true));
  EXPECT_THAT(TrainModel(later_, SelectionSpec(), options).status(), StatusIs(absl::StatusCode::kCancelled));
}

TEST(SelectPublicDataTest, CdnowIsJudgedOnTheSameCustomersByAll) {
  CLIENTELE_PUBLIC_TABLE(table, testutil::kCdnowSample);
  std::vector<Purchase> purchases;
  const int id = table.Column("sample_id"), date = table.Column("date"), spend = table.Column("spend");
  for (size_t i = 0; i < table.rows.size(); ++i) {
    purchases.push_back({table.rows[i][id], testutil::DayOf(table.rows[i][date]), table.Number(i, spend)});
  }
  const absl::CivilDay as_of(1997, 12, 31);
  const Dataset later = testutil::PurchaseDataset(purchases, as_of, kDays);
  const Dataset earlier = testutil::PurchaseDataset(purchases, as_of - kDays, kDays);
  // Features as they are: customers of the later day are older than any that taught, and exponentials would run away if
  // the selection did not see to it.
  const TrainingSpec spec = SelectionSpec();
  ASSERT_OK_AND_ASSIGN(const TrainedModel trained, TrainModel(later, spec, {.threads = 2, .earlier = &earlier}));
  EXPECT_EQ(trained.evaluation.holdout_rows(), 2357);
  const ValueSelection& selection = trained.evaluation.selection();
  double of_mean = 0;
  for (const auto& candidate : selection.candidates()) {
    EXPECT_EQ(candidate.failure(), "") << candidate.name();
    if (candidate.name() == "training mean") of_mean = candidate.mae();
  }
  for (const auto& candidate : selection.candidates()) {
    if (candidate.algorithm() == "rule") continue;
    EXPECT_LT(candidate.mae(), of_mean) << candidate.name();
    EXPECT_GT(candidate.normalised_gini(), 0.6) << candidate.name();
  }
  EXPECT_EQ(selection.chosen(), "Pareto/NBD lifetime value");
  EXPECT_EQ(selection.recommendations(1).candidate(), "Tweedie regression");
  EXPECT_THAT(selection.recommendations(1).explanation(), HasSubstr("which may be chance"));
}

}  // namespace
}  // namespace clientele::training
