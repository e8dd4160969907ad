#include "services/training/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <memory>
#include <set>

#include "clientele/model/v1/artifact.pb.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/model/predictor.h"
#include "services/training/forget_ids.h"
#include "services/training/gate.h"
#include "services/training/learners/random.h"
#include "services/training/split.h"
#include "tests/services/training/support/classification_data.h"
#include "tests/services/training/support/specs.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using ::testing::HasSubstr;
using model::v1::ModelArtifact;
using model::v1::TrainingSpec;
using testutil::ChurnSpec;
using testutil::Customers;
using testutil::Labelled;
using testutil::SegmentSpec;
using testutil::StatusIs;
using testutil::TierSpec;
using testutil::ValueSpec;

struct Case {
  std::string name;
  Labelled labelled;
  TrainingSpec (*spec)();
};

class TrainModelTest : public ::testing::TestWithParam<Case> {
 protected:
  const dataset::Dataset dataset_ = Customers(1500, GetParam().labelled);
  const TrainingSpec spec_ = GetParam().spec();
};

INSTANTIATE_TEST_SUITE_P(Algorithms, TrainModelTest,
                         ::testing::Values(Case{"Churn", Labelled::kChurn, ChurnSpec},
                                           Case{"Tier", Labelled::kTier, TierSpec},
                                           Case{"Value", Labelled::kSpend, ValueSpec},
                                           Case{"Segments", Labelled::kNone, SegmentSpec}),
                         [](const auto& test) { return test.param.name; });

TEST_P(TrainModelTest, GivesTheSameBytesForAnyThreadsAndAnyRun) {
  ASSERT_OK_AND_ASSIGN(const TrainedModel one, TrainModel(dataset_, spec_, {.threads = 1}));
  EXPECT_EQ(one.sha256, Sha256Hex(one.artifact_bytes));
  for (const int threads : {1, 2, 3}) {
    ASSERT_OK_AND_ASSIGN(const TrainedModel model, TrainModel(dataset_, spec_, {.threads = threads}));
    EXPECT_EQ(model.artifact_bytes, one.artifact_bytes) << threads;
  }
}

TEST_P(TrainModelTest, GivesTheSameBytesWhereTheIdsAreForgotten) {
  dataset::Dataset forgotten = dataset_;
  ASSERT_OK(ForgetIds(EffectiveSplit(spec_), 2, forgotten));
  ASSERT_OK_AND_ASSIGN(const TrainedModel known, TrainModel(dataset_, spec_, {.threads = 2}));
  ASSERT_OK_AND_ASSIGN(const TrainedModel model, TrainModel(forgotten, spec_, {.threads = 2}));
  EXPECT_EQ(model.artifact_bytes, known.artifact_bytes);
}

TEST_P(TrainModelTest, TheArtifactStandsOnItsOwn) {
  ASSERT_OK_AND_ASSIGN(const TrainedModel model, TrainModel(dataset_, spec_, {.threads = 2}));
  ASSERT_OK_AND_ASSIGN(const auto predictor, model::Predictor::Load(model.artifact_bytes));
  const ModelArtifact& artifact = predictor->artifact();
  EXPECT_EQ(artifact.spec().SerializeAsString(), spec_.SerializeAsString());
  ASSERT_EQ(artifact.schema_size(), 3);  // The auxiliary feature is not an input.
  EXPECT_EQ(artifact.schema(2).feature().name(), "plan");
  EXPECT_EQ(artifact.lineage().rows(), 1500);
  EXPECT_EQ(artifact.lineage().dataset_sha256(), dataset_.Digest());
  EXPECT_EQ(artifact.evaluation().SerializeAsString(), model.evaluation.SerializeAsString());
  EXPECT_EQ(model.evaluation.train_rows() + model.evaluation.holdout_rows(), 1500);
  EXPECT_NEAR(model.evaluation.train_rows() / 1500.0, 0.7, 0.05);
  EXPECT_EQ(artifact.histograms_size(), 3);
  EXPECT_GE(artifact.golden_rows_size(), 3);
  EXPECT_EQ(artifact.score_quantiles_size(), artifact.has_kmeans() ? 0 : 101);
}

TEST_P(TrainModelTest, TellsItsProgressWithoutFallingBack) {
  double last = 0;
  std::set<v1::Progress::Stage> stages;
  TrainingOptions options;
  options.on_progress = [&](const TrainingProgress& progress) {
    EXPECT_GE(progress.fraction, last);
    EXPECT_LE(progress.fraction, 1);
    EXPECT_FALSE(progress.message.empty());
    last = progress.fraction;
    stages.insert(progress.stage);
  };
  ASSERT_OK(TrainModel(dataset_, spec_, options));
  EXPECT_EQ(last, 1);
  EXPECT_EQ(stages.size(), 2);
}

TEST_P(TrainModelTest, StopsWhereverItIsAsked) {
  int calls = 0;
  TrainingOptions counting;
  counting.on_progress = [&](const TrainingProgress&) { ++calls; };
  ASSERT_OK(TrainModel(dataset_, spec_, counting));
  for (int at = 1; at <= calls; at += std::max(1, calls / 8)) {
    auto cancelled = std::make_shared<std::atomic<bool>>(false);
    TrainingOptions options{.stop = StopToken(absl::InfiniteFuture(), cancelled)};
    int told = 0;
    options.on_progress = [&](const TrainingProgress&) { *cancelled = ++told >= at; };
    EXPECT_THAT(TrainModel(dataset_, spec_, options), StatusIs(absl::StatusCode::kCancelled)) << at;
  }
}

TEST(TrainClassifierTest, FindsWhatMadeTheData) {
  ASSERT_OK_AND_ASSIGN(const TrainedModel model, TrainModel(Customers(4000, Labelled::kChurn), ChurnSpec(), {}));
  const auto& classifier = model.evaluation.classifier();
  EXPECT_GT(classifier.auc(), 0.85);
  EXPECT_LT(classifier.log_loss(), classifier.log_loss_baseline());
  EXPECT_LT(classifier.expected_calibration_error(), 0.06);
  const auto decision = Decide(ChurnSpec(), model.evaluation, nullptr);
  EXPECT_NE(decision.decision(), model::v1::GateDecision::DECISION_REJECTED);
}

TEST(TrainClassifierTest, TellsItsCoefficientsAndItsGradeAgainstTheBestRecencyRule) {
  ASSERT_OK_AND_ASSIGN(const TrainedModel model, TrainModel(Customers(4000, Labelled::kChurn), ChurnSpec(), {}));
  std::vector<std::string> columns;
  for (const auto& one : model.evaluation.coefficients()) columns.push_back(one.column());
  EXPECT_THAT(columns, ::testing::ElementsAre("spend", "recency", "recency (missing)", "plan=basic", "plan=gold",
                                              "plan (missing)", "(intercept)"));
  const auto& recency = model.evaluation.coefficients(1);
  EXPECT_GT(recency.z(), 5);
  EXPECT_LT(recency.p_value(), 1e-6);
  EXPECT_GT(recency.effect_lower(), 1);
  EXPECT_NEAR(recency.effect(), std::exp(recency.estimate()), 1e-12);
  const auto& grade = model.evaluation.grade();
  // Gold customers stay longer than their recency says: the model knows, the rule does not.
  EXPECT_EQ(grade.measure(), "share of leavers found");
  EXPECT_THAT(grade.baseline(), HasSubstr("no purchase within"));
  EXPECT_GT(grade.gain(), 0);
  EXPECT_NE(grade.letter(), model::v1::Grade::LETTER_UNSPECIFIED);
  EXPECT_THAT(grade.explanation(), HasSubstr("points more (95 % interval"));
}

TEST(TrainClassifierTest, AnyOtherLabelIsGradedAgainstTheMoreFrequentClass) {
  TrainingSpec spec = ChurnSpec();
  spec.mutable_dataset()->mutable_label()->mutable_attribute()->set_attribute("gone");
  spec.mutable_dataset()->mutable_label()->mutable_attribute()->mutable_positive()->set_flag(true);
  ASSERT_OK_AND_ASSIGN(const TrainedModel model, TrainModel(Customers(4000, Labelled::kChurn), spec, {}));
  const auto& grade = model.evaluation.grade();
  EXPECT_EQ(grade.baseline(), "the more frequent class");
  EXPECT_NEAR(grade.value(), model.evaluation.classifier().accuracy(), 1e-12);
  EXPECT_EQ(grade.letter(), model::v1::Grade::LETTER_A);
  // Of labels that nothing tells, no model is better than chance.
  dataset::Dataset noise = Customers(1500, Labelled::kChurn);
  Random random(3, 1);
  for (auto& shard : noise.shards) {
    for (double& label : shard.labels) label = random.Uniform() < 0.4 ? 1 : 0;
  }
  ASSERT_OK_AND_ASSIGN(const TrainedModel chance, TrainModel(noise, spec, {}));
  EXPECT_EQ(chance.evaluation.grade().letter(), model::v1::Grade::LETTER_C);
}

TEST(TrainClassifierTest, CalibratesChoosesPenaltiesAndCounts) {
  TrainingSpec spec = ChurnSpec();
  auto& parameters = *spec.mutable_logistic_regression();
  parameters.mutable_penalty_path()->set_strengths(10);
  parameters.set_calibration(model::v1::LogisticRegressionParameters::CALIBRATION_ISOTONIC);
  parameters.mutable_threshold()->mutable_costs()->set_false_positive(1);
  parameters.mutable_threshold()->mutable_costs()->set_false_negative(5);
  ASSERT_OK_AND_ASSIGN(const TrainedModel model, TrainModel(Customers(3000, Labelled::kChurn), spec, {.threads = 2}));
  ModelArtifact artifact;
  ASSERT_TRUE(artifact.ParseFromString(model.artifact_bytes));
  EXPECT_EQ(artifact.logistic_regression().path_size(), 10);
  EXPECT_TRUE(artifact.logistic_regression().has_isotonic());
  const auto& classifier = model.evaluation.classifier();
  EXPECT_LT(classifier.threshold(), 0.4);  // A missed customer costs five false alarms.
  const auto& confusion = classifier.confusion();
  EXPECT_NEAR(classifier.cost(),
              static_cast<double>(confusion.false_positives() + 5 * confusion.false_negatives()) /
                  static_cast<double>(model.evaluation.holdout_rows()),
              1e-12);
  EXPECT_LT(classifier.expected_calibration_error(), 0.05);
  ASSERT_OK_AND_ASSIGN(const TrainedModel again, TrainModel(Customers(3000, Labelled::kChurn), spec, {.threads = 3}));
  EXPECT_EQ(again.artifact_bytes, model.artifact_bytes);
}

TEST(TrainClassesTest, FindsWhatMadeTheData) {
  ASSERT_OK_AND_ASSIGN(const TrainedModel model, TrainModel(Customers(4000, Labelled::kTier), TierSpec(), {}));
  const auto& classes = model.evaluation.classes();
  ASSERT_EQ(classes.classes_size(), 3);
  EXPECT_EQ(classes.classes(2).name(), "large");
  EXPECT_GT(classes.accuracy(), classes.majority_share() + 0.1);
  EXPECT_LT(classes.log_loss(), classes.log_loss_baseline());
  EXPECT_GT(classes.classes(0).auc(), 0.85);
  int64_t rows = 0;
  for (const int64_t count : classes.confusion()) rows += count;
  EXPECT_EQ(rows, model.evaluation.holdout_rows());
  EXPECT_EQ(model.evaluation.coefficients_size(), 3 * 7);
  EXPECT_EQ(model.evaluation.coefficients(7).part(), "small");
  EXPECT_EQ(Decide(TierSpec(), model.evaluation, nullptr).decision(),
            model::v1::GateDecision::DECISION_PUBLISHED_ACTIVE);
}

TEST(TrainValueTest, OrdersCustomersAndBeatsTheMean) {
  TrainingSpec spec = ValueSpec();
  const auto customers = Customers(4000, Labelled::kSpend);
  ASSERT_OK_AND_ASSIGN(const TrainedModel log1p, TrainModel(customers, spec, {}));
  EXPECT_GT(log1p.evaluation.value().spearman(), 0.4);
  spec.mutable_value_regression()->set_target(model::v1::ValueRegressionParameters::TARGET_PLAIN);
  ASSERT_OK_AND_ASSIGN(const TrainedModel plain, TrainModel(customers, spec, {}));
  EXPECT_LT(plain.evaluation.value().rmse(), plain.evaluation.value().rmse_baseline());
}

TEST(TrainClustersTest, ClustersHaveNamesAndProfiles) {
  ASSERT_OK_AND_ASSIGN(const TrainedModel model, TrainModel(Customers(2000, Labelled::kNone), SegmentSpec(), {}));
  ModelArtifact artifact;
  ASSERT_TRUE(artifact.ParseFromString(model.artifact_bytes));
  const auto& clusters = model.evaluation.clusters();
  ASSERT_EQ(clusters.profiles_size(), 4);
  std::set<std::string> names;
  int64_t rows = 0;
  for (int c = 0; c < 4; ++c) {
    EXPECT_EQ(artifact.kmeans().clusters(c).name(), clusters.profiles(c).name());
    EXPECT_NEAR(artifact.kmeans().clusters(c).size(), clusters.profiles(c).size(), 2);
    names.insert(clusters.profiles(c).name());
    rows += clusters.profiles(c).size();
  }
  EXPECT_EQ(names.size(), 4);
  EXPECT_EQ(rows, model.evaluation.train_rows());
  EXPECT_GT(clusters.explained_share(), 0.5);
  EXPECT_GT(clusters.silhouette(), 0.2);
}

TEST(TrainModelErrorsTest, SaysWhatIsWrong) {
  TrainingSpec bad = ChurnSpec();
  bad.mutable_logistic_regression()->set_l2_penalty(-1);
  EXPECT_EQ(FieldOf(TrainModel(Customers(100, Labelled::kChurn), bad, {}).status()), "spec.logistic_regression.l2_penalty");
  TrainingSpec other = ChurnSpec();
  other.mutable_dataset()->set_features(0, "income");
  EXPECT_THAT(TrainModel(Customers(100, Labelled::kChurn), other, {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("income")));
  EXPECT_THAT(TrainModel(Customers(100, Labelled::kNone), ChurnSpec(), {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no label")));
  const auto few = TrainModel(Customers(5, Labelled::kChurn), ChurnSpec(), {});
  EXPECT_THAT(few, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("fewer than")));
  EXPECT_EQ(ReasonOf(few.status()), "DATA_NOT_READY");
}

// Profiles in, attributes as features, the fixed split by an auxiliary feature: what the services do with this set.
TEST(TelcoChurnTest, ReachesTheReferenceThroughPreprocessingAndPredictor) {
  CLIENTELE_REFERENCE(reference);
  CLIENTELE_PUBLIC_TABLE(table, "telco_churn/telco_churn.csv.gz");
  const std::set<std::string> numbers = {"tenure", "MonthlyCharges", "TotalCharges"};
  const int n = static_cast<int>(table.rows.size());
  testutil::Table dataset(n);
  TrainingSpec spec;
  spec.set_model("churn");
  spec.mutable_dataset()->mutable_as_of()->set_seconds(1);
  spec.mutable_dataset()->mutable_label()->mutable_attribute()->set_attribute("Churn");
  spec.mutable_dataset()->mutable_label()->mutable_attribute()->mutable_positive()->set_text("Yes");
  spec.mutable_preprocessing()->mutable_defaults()->set_drop_first_category(true);
  std::vector<double> labels;
  for (int i = 0; i < n; ++i) labels.push_back(table.rows[i][table.Column("Churn")] == "Yes" ? 1 : 0);
  for (const std::string& name : table.header) {
    if (name == "customerID" || name == "Churn") continue;
    spec.mutable_dataset()->add_features(name);
    std::vector<float> values;
    std::vector<std::string> texts;
    for (int i = 0; i < n; ++i) {
      const double value = table.Number(i, table.Column(name));
      values.push_back(std::isnan(value) ? 0 : static_cast<float>(value));  // The reference counts a blank as 0.
      texts.push_back(table.rows[i][table.Column(name)]);
    }
    numbers.contains(name) ? dataset.Number(name, values) : dataset.Category(name, texts);
  }
  std::vector<std::string> fold;
  for (int i = 0; i < n; ++i) fold.push_back(std::to_string(i % 10));
  dataset.Category("fold", fold, /*auxiliary=*/true).Labels(labels);
  spec.mutable_dataset()->add_auxiliary_features("fold");
  spec.mutable_split()->mutable_feature()->set_feature("fold");
  for (const char* value : {"7", "8", "9"}) spec.mutable_split()->mutable_feature()->add_holdout_values(value);
  spec.mutable_logistic_regression();
  ASSERT_OK_AND_ASSIGN(const TrainedModel model, TrainModel(dataset.Build(), spec, {.threads = 2}));
  const auto& expected = reference["telco_churn"]["lr_l2"];
  const auto& classifier = model.evaluation.classifier();
  EXPECT_EQ(model.evaluation.train_rows(), 4931);
  EXPECT_EQ(classifier.positives(), expected["positives"].get<int64_t>());
  EXPECT_NEAR(classifier.auc(), expected["auc"].get<double>(), 1e-5);
  EXPECT_NEAR(classifier.log_loss(), expected["log_loss"].get<double>(), 1e-6);
  EXPECT_NEAR(classifier.brier(), expected["brier"].get<double>(), 1e-6);
  ModelArtifact artifact;
  ASSERT_TRUE(artifact.ParseFromString(model.artifact_bytes));
  EXPECT_NEAR(artifact.logistic_regression().objective() / expected["objective_train"].get<double>(), 1, 1e-6);
  EXPECT_EQ(Decide(spec, model.evaluation, nullptr).decision(),
            model::v1::GateDecision::DECISION_PUBLISHED_CANDIDATE);  // Accuracy 0.797.
}

}  // namespace
}  // namespace clientele::training
