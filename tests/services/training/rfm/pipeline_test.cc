// RFM from a dataset to a served score: parameters, worth, moves, identities.
#include "services/training/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "clientele/model/v1/artifact.pb.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/predictor.h"
#include "services/training/algorithms/segments.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/gate.h"
#include "services/training/learners/random.h"
#include "services/training/learners/rfm/parameters.h"
#include "services/training/learners/rfm/train.h"
#include "services/training/readiness.h"
#include "tests/services/training/rfm/tables.h"
#include "tests/services/training/support/matrices.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using dataset::kMissingNumber;
using model::Cell;
using model::v1::RfmEvaluation;
using model::v1::RfmModel;
using model::v1::RfmParameters;
using model::v1::TrainingSpec;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::RfmCustomer;
using testutil::RfmSpec;
using testutil::RfmTable;

std::vector<RfmCustomer> Customers(int count, uint64_t seed = 1) {
  Random random(seed, 3);
  std::vector<RfmCustomer> customers;
  for (int i = 0; i < count; ++i) {
    const double frequency = 1 + std::floor(9 * random.Uniform() * random.Uniform());
    customers.push_back(
        {absl::StrCat(i), std::floor(400 * random.Uniform()), frequency, 20 * frequency / (1.05 - random.Uniform())});
  }
  return customers;
}

struct Trained {
  TrainedModel model;
  std::shared_ptr<const model::Predictor> predictor;
  const RfmModel& rfm() const { return predictor->artifact().rfm(); }
  const RfmEvaluation& evaluation() const { return model.evaluation.rfm(); }
};

absl::StatusOr<Trained> Train(const Dataset& dataset, const TrainingSpec& spec,
                              const model::Predictor* champion = nullptr, int threads = 2) {
  Trained trained;
  CLIENTELE_ASSIGN_OR_RETURN(trained.model, TrainModel(dataset, spec, {.threads = threads, .champion = champion}));
  CLIENTELE_ASSIGN_OR_RETURN(trained.predictor, model::Predictor::Load(trained.model.artifact_bytes));
  return trained;
}

TEST(RfmPipelineTest, TheSegmentsHoldEveryCustomerOnce) {
  ASSERT_OK_AND_ASSIGN(const Trained trained, Train(RfmTable(Customers(1000)).Build(), RfmSpec()));
  int64_t customers = 0, cells = 0, sizes = 0;
  double value_share = 0;
  for (int s = 0; s < trained.rfm().segments_size(); ++s) {
    const auto& segment = trained.evaluation().segments(s);
    EXPECT_EQ(segment.name(), trained.rfm().segments(s).name());
    EXPECT_EQ(segment.customers(), trained.rfm().segments(s).size());
    EXPECT_EQ(trained.rfm().segments(s).identity(), s + 1);
    EXPECT_FALSE(segment.has_previous_customers());
    EXPECT_FALSE(segment.has_label_mean());
    customers += segment.customers();
    sizes += trained.rfm().segments(s).size();
    value_share += segment.value_share();
  }
  for (const auto& cell : trained.evaluation().cells()) cells += cell.customers();
  EXPECT_EQ(customers, 1000);
  EXPECT_EQ(cells, 1000);
  EXPECT_EQ(sizes, 1000);
  EXPECT_NEAR(value_share, 1, 1e-12);
  EXPECT_EQ(trained.evaluation().unscored(), 0);
  EXPECT_EQ(trained.evaluation().moves_size(), 0);
  EXPECT_EQ(trained.model.evaluation.train_rows(), 1000);
  EXPECT_EQ(Decide(RfmSpec(), trained.model.evaluation, nullptr).decision(),
            model::v1::GateDecision::DECISION_PUBLISHED_ACTIVE);
}

TEST(RfmPipelineTest, SameBytesForAnyNumberOfThreads) {
  const Dataset dataset = RfmTable(Customers(3000)).Build();
  ASSERT_OK_AND_ASSIGN(const Trained one, Train(dataset, RfmSpec(), nullptr, 1));
  ASSERT_OK_AND_ASSIGN(const Trained three, Train(dataset, RfmSpec(), nullptr, 3));
  EXPECT_EQ(one.model.sha256, three.model.sha256);
}

TEST(RfmPipelineTest, CustomersWithoutAPurchaseAreCountedAndTeachNothing) {
  std::vector<RfmCustomer> customers = Customers(400);
  ASSERT_OK_AND_ASSIGN(const Trained buyers, Train(RfmTable(customers).Build(), RfmSpec()));
  for (int i = 0; i < 100; ++i) customers.push_back({"none", kMissingNumber, 0, i % 2 ? -10.0 : 0.0});
  ASSERT_OK_AND_ASSIGN(const Trained all, Train(RfmTable(customers).Build(), RfmSpec()));
  EXPECT_EQ(all.evaluation().unscored(), 100);
  EXPECT_EQ(all.model.evaluation.train_rows(), 400);
  EXPECT_THAT(all.rfm().recency_cuts(), ::testing::ElementsAreArray(buyers.rfm().recency_cuts()));
  EXPECT_THAT(all.rfm().monetary_cuts(), ::testing::ElementsAreArray(buyers.rfm().monetary_cuts()));
  const model::Prediction none = all.predictor->Predict({Cell::Missing(), Cell::Number(0), Cell::Number(0)}, true);
  EXPECT_FALSE(none.rfm.any());
}

TEST(RfmPipelineTest, FixedCutsAndRulesOfOnesOwn) {
  TrainingSpec spec = RfmSpec();
  RfmParameters& rfm = *spec.mutable_rfm();
  rfm.set_scoring(RfmParameters::SCORING_FIXED_CUTS);
  for (const double cut : {30.0, 90.0}) rfm.add_recency_cuts(cut);
  rfm.add_frequency_cuts(1);
  rfm.add_monetary_cuts(100);
  auto& warm = *rfm.add_rules();
  warm.set_segment("Warm");
  warm.set_action("Write");
  warm.mutable_recency()->set_at_least(3);
  rfm.set_other_segment("Cold");
  const std::vector<RfmCustomer> customers = {{"a", 30, 1, 100}, {"b", 31, 2, 101}, {"c", 90, 1, 5},
                                              {"d", 91, 1, 5},   {"e", 0, 9, 900},  {"f", 29, 1, 1}};
  ASSERT_OK_AND_ASSIGN(const Trained trained, Train(RfmTable(customers).Build(), spec));
  EXPECT_THAT(trained.evaluation().recency_counts(), ElementsAre(1, 2, 3));  // 30 days are not above the cut.
  EXPECT_THAT(trained.evaluation().frequency_counts(), ElementsAre(4, 2));
  ASSERT_EQ(trained.rfm().segments_size(), 2);
  EXPECT_EQ(trained.evaluation().segments(0).customers(), 3);
  EXPECT_EQ(trained.evaluation().segments(0).value(), 1001);
  EXPECT_EQ(trained.evaluation().segments(0).action(), "Write");
  EXPECT_EQ(trained.evaluation().segments(1).name(), "Cold");
}

TEST(RfmPipelineTest, EveryPresetTrains) {
  for (int preset = 1; preset < RfmParameters::Preset_ARRAYSIZE; ++preset) {
    TrainingSpec spec = RfmSpec();
    spec.mutable_rfm()->set_preset(static_cast<RfmParameters::Preset>(preset));
    ASSERT_OK_AND_ASSIGN(const Trained trained, Train(RfmTable(Customers(500)).Build(), spec));
    const bool quartiles = preset == RfmParameters::PRESET_QUARTILE_SIX;
    EXPECT_EQ(trained.rfm().recency_cuts_size(), quartiles ? 3 : 4);
  }
}

// What was 30 days ago, for some of five customers; the label is what came after.
Dataset WithPast() {
  const std::vector<RfmCustomer> now = {{"", 5, 4, 500}, {"", 100, 2, 200}, {"", 100, 2, 300},
                                        {"", 3, 1, 40},  {"", 300, 1, 30},  {"", kMissingNumber, 0, 0}};
  testutil::Table table = RfmTable(now);
  table.Number("recency_days_30d_ago", {kMissingNumber, 100, 31, kMissingNumber, 300, kMissingNumber}, true);
  table.Number("purchases_30d_ago", {0, 2, 2, 0, 1, 0}, true)
      .Number("spend_total_30d_ago", {0, 200, 280, 0, 30, 0}, true);
  table.Labels({50, 0, 20, 10, 0, 1});
  Dataset dataset = table.Build();
  auto& recency = *dataset.header.mutable_columns(3)->mutable_feature()->mutable_aggregate();
  recency.set_aggregation(common::v1::FeatureDefinition::AGGREGATION_DAYS_SINCE_LAST);
  recency.set_window_skip_days(30);
  return dataset;
}

TrainingSpec PastSpec() {
  TrainingSpec spec = RfmSpec();
  RfmParameters& rfm = *spec.mutable_rfm();
  rfm.set_previous_recency_feature("recency_days_30d_ago");
  rfm.set_previous_frequency_feature("purchases_30d_ago");
  rfm.set_previous_monetary_feature("spend_total_30d_ago");
  for (const auto& feature :
       {rfm.previous_recency_feature(), rfm.previous_frequency_feature(), rfm.previous_monetary_feature()}) {
    spec.mutable_dataset()->add_auxiliary_features(feature);
  }
  spec.mutable_dataset()->mutable_label()->mutable_spend_within()->set_days(30);
  rfm.set_scoring(RfmParameters::SCORING_FIXED_CUTS);
  rfm.add_recency_cuts(20);
  rfm.add_frequency_cuts(1);
  rfm.add_monetary_cuts(100);
  rfm.add_rules()->set_segment("Near");
  rfm.mutable_rules(0)->mutable_recency()->set_at_least(2);
  rfm.set_other_segment("Far");
  return spec;
}

TEST(RfmPipelineTest, TellsWhoMovedAndWhatCameAfter) {
  ASSERT_OK_AND_ASSIGN(const Trained trained, Train(WithPast(), PastSpec()));
  const RfmEvaluation& evaluation = trained.evaluation();
  ASSERT_EQ(evaluation.segments_size(), 2);
  const auto& near = evaluation.segments(0);
  const auto& far = evaluation.segments(1);
  EXPECT_EQ(near.customers(), 2);
  EXPECT_EQ(near.value(), 540);
  EXPECT_EQ(near.label_mean(), 30);
  EXPECT_NEAR(far.label_mean(), 20.0 / 3, 1e-12);
  // 31 days up to now were 1 day then.
  EXPECT_EQ(near.previous_customers(), 1);
  EXPECT_EQ(near.previous_value(), 280);
  EXPECT_EQ(far.previous_customers(), 2);
  EXPECT_EQ(far.previous_value(), 230);
  EXPECT_EQ(evaluation.unscored(), 1);
  std::map<std::string, std::pair<int64_t, double>> moves;
  for (const auto& move : evaluation.moves()) {
    moves[absl::StrCat(move.from_segment(), ">", move.to_segment())] = {move.customers(), move.value()};
  }
  EXPECT_EQ(moves, (std::map<std::string, std::pair<int64_t, double>>{
                       {">Near", {2, 540}}, {"Far>Far", {2, 230}}, {"Near>Far", {1, 300}}}));
  EXPECT_EQ(evaluation.moves(2).customers(), 1);  // Largest first.
}

TEST(RfmPipelineTest, SegmentsKeepTheirNumbersByName) {
  const Dataset dataset = RfmTable(Customers(600)).Build();
  ASSERT_OK_AND_ASSIGN(const Trained first, Train(dataset, RfmSpec()));
  ASSERT_OK_AND_ASSIGN(const Trained again, Train(dataset, RfmSpec(), first.predictor.get()));
  EXPECT_EQ(again.model.sha256, first.model.sha256);
  TrainingSpec spec = RfmSpec();
  for (const char* name : {"Sleeping", "Champions"}) spec.mutable_rfm()->add_rules()->set_segment(name);
  spec.mutable_rfm()->mutable_rules(0)->mutable_recency()->set_at_most(2);
  ASSERT_OK_AND_ASSIGN(const Trained own, Train(dataset, spec, first.predictor.get()));
  EXPECT_EQ(own.rfm().segments(0).identity(), 13);  // Above the twelve that there were.
  EXPECT_EQ(own.rfm().segments(1).identity(), first.rfm().segments(0).identity());
  EXPECT_EQ(own.rfm().segments(2).identity(), 12);  // Other.
}

TEST(RfmPipelineTest, TheMigrationTellsWhoMovedSinceTheChampion) {
  std::vector<RfmCustomer> customers = Customers(600);
  ASSERT_OK_AND_ASSIGN(const Trained first, Train(RfmTable(customers).Build(), RfmSpec()));
  for (RfmCustomer& customer : customers) customer.recency += 200;
  customers.push_back({"none", kMissingNumber, 0, 0});
  const Dataset later = RfmTable(customers).Build();
  ASSERT_OK_AND_ASSIGN(const Trained second, Train(later, RfmSpec(), first.predictor.get()));
  ASSERT_OK_AND_ASSIGN(const auto migration, MigrationOf(first.predictor.get(), "v1", *second.predictor, later, 2));
  EXPECT_EQ(migration.value_feature(), "spend_total");
  int64_t all = 0, stayed = 0;
  bool none_stayed = false;
  for (const auto& move : migration.moves()) {
    all += move.customers();
    if (move.from_identity() == move.to_identity()) stayed += move.customers();
    none_stayed = none_stayed || (move.from_segment() == "No purchase yet" && move.to_segment() == "No purchase yet");
  }
  EXPECT_EQ(all, 601);
  EXPECT_LT(stayed, 300);
  EXPECT_TRUE(none_stayed);
}

TEST(RfmPipelineTest, WarnsOfScoresThatNobodyHas) {
  std::vector<RfmCustomer> customers = Customers(600);
  for (RfmCustomer& customer : customers) customer.frequency = 1;
  ASSERT_OK_AND_ASSIGN(const Trained trained, Train(RfmTable(customers).Build(), RfmSpec()));
  EXPECT_THAT(trained.evaluation().frequency_counts(), ElementsAre(600, 0, 0, 0, 0));
  std::vector<std::string> codes;
  for (const auto& issue : trained.model.issues) codes.push_back(issue.code());
  EXPECT_THAT(codes, Contains("TIED_SCORES"));
}

TEST(RfmPipelineTest, DataThatCannotBeScoredAreToldBeforehand) {
  std::vector<RfmCustomer> none(200, {"", kMissingNumber, 0, 0});
  const auto issues = CheckReadiness(RfmTable(none).Build(), RfmSpec());
  ASSERT_FALSE(issues.empty());
  EXPECT_EQ(issues[0].code(), "TOO_FEW_BUYERS");
  TrainingSpec spec = RfmSpec();
  spec.mutable_rfm()->set_monetary_feature("plan");
  const Dataset texts = RfmTable(Customers(9)).Category("plan", std::vector<std::string>(9, "a")).Build();
  EXPECT_EQ(CheckReadiness(texts, spec)[0].code(), "NOT_A_NUMBER");
  EXPECT_EQ(CheckReadiness(texts, spec)[0].subject(), "plan");
}

TEST(RfmLearnerTest, RanksFindTheSameCutsAsOne) {
  const std::vector<RfmCustomer> customers = Customers(500);
  const RfmParameters parameters = WithDefaults(RfmParameters());
  TrainingMatrix matrix;
  matrix.columns = 3;
  for (int i = 0; i < 500; ++i) {
    TrainingShard& shard = matrix.shards[i * kShardCount / 500];
    ++shard.rows;
    for (const double value : {customers[i].recency, customers[i].frequency, customers[i].monetary}) {
      shard.values.push_back(static_cast<float>(value));
    }
  }
  LocalCommunicator local;
  ASSERT_OK_AND_ASSIGN(const RfmModel one, FitRfm(matrix, {0, 1, 2}, parameters, local));
  for (const int ranks : {1, 2, 5}) {
    const auto models =
        testutil::RunOnRanks<RfmModel>(matrix, ranks, [&](const TrainingMatrix& part, Communicator& communicator) {
          return FitRfm(part, {0, 1, 2}, parameters, communicator);
        });
    for (const auto& model : models) {
      ASSERT_OK(model);
      EXPECT_EQ(model->SerializeAsString(), one.SerializeAsString()) << ranks;
    }
  }
  ASSERT_OK_AND_ASSIGN(const Trained alone, Train(RfmTable(customers).Build(), RfmSpec()));
  EXPECT_THAT(one.monetary_cuts(), ::testing::ElementsAreArray(alone.rfm().monetary_cuts()));
  EXPECT_EQ(one.segments(0).size(), alone.rfm().segments(0).size());
}

struct BadRfm {
  const char* name;
  const char* field;
  void (*change)(RfmParameters&);
};

class BadRfmTest : public ::testing::TestWithParam<BadRfm> {};

TEST_P(BadRfmTest, IsRefusedByItsField) {
  TrainingSpec spec = RfmSpec();
  GetParam().change(*spec.mutable_rfm());
  const absl::Status status = ValidateRfm(spec.rfm(), spec.dataset(), "rfm");
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(FieldOf(status), GetParam().field) << status;
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadRfmTest,
    ::testing::Values(
        BadRfm{"Feature", "rfm.recency_feature", [](RfmParameters& p) { p.set_recency_feature("tenure_days"); }},
        BadRfm{"FeatureTwice", "rfm.monetary_feature", [](RfmParameters& p) { p.set_monetary_feature("purchases"); }},
        BadRfm{"PreviousAlone", "rfm.previous_frequency_feature",
               [](RfmParameters& p) { p.set_previous_recency_feature("recency_days"); }},
        BadRfm{"PreviousUnknown", "rfm.previous_recency_feature",
               [](RfmParameters& p) { p.set_previous_recency_feature("recency_days_30d_ago"); }},
        BadRfm{"CutsOfQuantiles", "rfm.recency_cuts", [](RfmParameters& p) { p.add_recency_cuts(1); }},
        BadRfm{"NoCuts", "rfm.recency_cuts",
               [](RfmParameters& p) { p.set_scoring(RfmParameters::SCORING_FIXED_CUTS); }},
        BadRfm{"CutsFall", "rfm.recency_cuts[1]",
               [](RfmParameters& p) {
                 p.set_scoring(RfmParameters::SCORING_FIXED_CUTS);
                 for (const double cut : {2.0, 2.0}) p.add_recency_cuts(cut);
               }},
        BadRfm{"PresetOfOtherScores", "rfm.scoring",
               [](RfmParameters& p) { p.set_scoring(RfmParameters::SCORING_QUARTILES); }},
        BadRfm{"QuartilesPresetOfQuintiles", "rfm.scoring",
               [](RfmParameters& p) {
                 p.set_preset(RfmParameters::PRESET_QUARTILE_SIX);
                 p.set_scoring(RfmParameters::SCORING_QUINTILES);
               }},
        BadRfm{"PresetBesideRules", "rfm.preset",
               [](RfmParameters& p) {
                 p.set_preset(RfmParameters::PRESET_VALUE_MATRIX);
                 p.add_rules()->set_segment("a");
               }},
        BadRfm{"RuleWithoutName", "rfm.rules[0].segment", [](RfmParameters& p) { p.add_rules(); }},
        BadRfm{"RuleNamedOther", "rfm.rules[0].segment", [](RfmParameters& p) { p.add_rules()->set_segment("Other"); }},
        BadRfm{"RuleNamedNoPurchase", "rfm.rules[0].segment",
               [](RfmParameters& p) { p.add_rules()->set_segment("No purchase yet"); }},
        BadRfm{"RangeBeyond", "rfm.rules[0].recency.at_least",
               [](RfmParameters& p) {
                 p.add_rules()->set_segment("a");
                 p.mutable_rules(0)->mutable_recency()->set_at_least(6);
               }},
        BadRfm{"RangeEmpty", "rfm.rules[0].frequency.at_most",
               [](RfmParameters& p) {
                 p.add_rules()->set_segment("a");
                 p.mutable_rules(0)->mutable_frequency()->set_at_least(4);
                 p.mutable_rules(0)->mutable_frequency()->set_at_most(3);
               }}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace clientele::training
