#include "services/training/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/common/dataset/part_threads.h"
#include "tests/services/training/support/specs.h"

namespace clientele::training {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using model::v1::TrainingSpec;
using testutil::ChurnSpec;
using testutil::Customers;
using testutil::Labelled;
using testutil::SegmentSpec;
using testutil::Table;
using testutil::ValueSpec;
using v1::DataIssue;

MATCHER_P3(IssueIs, severity, code, subject, "") {
  return arg.severity() == severity && arg.code() == code && arg.subject() == subject && !arg.message().empty() &&
         !arg.recommendation().empty();
}
constexpr auto kError = DataIssue::SEVERITY_ERROR;
constexpr auto kWarning = DataIssue::SEVERITY_WARNING;

// One feature "x" 0, 1, 2, ... and these labels.
dataset::Dataset Labels(const std::vector<double>& labels) {
  std::vector<float> x;
  for (size_t i = 0; i < labels.size(); ++i) x.push_back(static_cast<float>(i * 7 % 11));
  return Table(static_cast<int>(labels.size())).Number("x", x).Labels(labels).Build();
}

TEST(CheckReadinessTest, GoodDataHaveNoIssue) {
  EXPECT_THAT(CheckReadiness(Customers(2000, Labelled::kChurn), ChurnSpec()), IsEmpty());
  EXPECT_THAT(CheckReadiness(Customers(2000, Labelled::kSpend), ValueSpec()), IsEmpty());
  EXPECT_THAT(CheckReadiness(Customers(2000, Labelled::kNone), SegmentSpec()), IsEmpty());
}

TEST(CheckReadinessTest, NoRowsSayToSetKnownAt) {
  TrainingSpec spec = ChurnSpec();
  const auto issues = CheckReadiness(Table(0).Number("x", {}).Labels({}).Build(), spec);
  ASSERT_THAT(issues, Contains(IssueIs(kError, "NO_ROWS", "dataset")));
  EXPECT_THAT(issues[0].recommendation(), HasSubstr("set known_at"));
  EXPECT_THAT(issues[0].message(), HasSubstr("(the default: as_of)"));
}

TEST(CheckReadinessTest, AClassifierNeedsBothClasses) {
  for (const double label : {0.0, 1.0}) {
    const auto issues = CheckReadiness(Labels(std::vector<double>(50, label)), ChurnSpec());
    EXPECT_THAT(issues, Contains(IssueIs(kError, "ONE_CLASS", "label")));
    EXPECT_EQ(issues[0].severity(), kError);  // The most severe first.
  }
  std::vector<double> labels(600, 0.0);
  for (int i = 0; i < 60; ++i) labels[i * 10] = 1;
  const auto few = CheckReadiness(Labels(labels), ChurnSpec());
  EXPECT_THAT(few, Contains(IssueIs(kWarning, "FEW_OF_A_CLASS", "label")));
  EXPECT_THAT(few, Not(Contains(::testing::Property(&DataIssue::severity, kError))));
  labels[0] = 0.5;
  EXPECT_THAT(CheckReadiness(Labels(labels), ChurnSpec()), Contains(IssueIs(kError, "LABEL_NOT_BINARY", "label")));
}

TEST(CheckReadinessTest, AClassifierOfManyClassesNeedsRowsOfEach) {
  EXPECT_THAT(CheckReadiness(Customers(2000, Labelled::kTier), testutil::TierSpec()), IsEmpty());
  std::vector<double> labels(600, 0.0);
  for (int i = 0; i < 60; ++i) labels[i * 10] = 1;
  const auto empty = CheckReadiness(Labels(labels), testutil::TierSpec());
  EXPECT_THAT(empty, Contains(IssueIs(kError, "CLASS_TOO_RARE", "label")));
  EXPECT_THAT(empty[0].message(), HasSubstr("\"large\" for only 0"));
  for (int i = 0; i < 300; ++i) labels[i * 2 + 1] = 2;
  EXPECT_THAT(CheckReadiness(Labels(labels), testutil::TierSpec()), Contains(IssueIs(kWarning, "FEW_OF_A_CLASS", "label")));
  labels[0] = 3;
  EXPECT_THAT(CheckReadiness(Labels(labels), testutil::TierSpec()), Contains(IssueIs(kError, "LABEL_NO_CLASS", "label")));
  labels[0] = 0.5;
  EXPECT_THAT(CheckReadiness(Labels(labels), testutil::TierSpec()), Contains(IssueIs(kError, "LABEL_NO_CLASS", "label")));
}

TEST(CheckReadinessTest, ARegressionNeedsLabelsThatDiffer) {
  EXPECT_THAT(CheckReadiness(Labels(std::vector<double>(50, 3.0)), ValueSpec()),
              Contains(IssueIs(kError, "CONSTANT_LABEL", "label")));
  std::vector<double> labels(1200, 0.0);
  labels[5] = 10;
  labels[6] = -4;
  const auto issues = CheckReadiness(Labels(labels), ValueSpec());
  EXPECT_THAT(issues, Contains(IssueIs(kWarning, "FEW_BUYERS", "label")));
  EXPECT_THAT(issues, Contains(IssueIs(kWarning, "NEGATIVE_LABELS", "label")));
  TrainingSpec plain = ValueSpec();
  plain.mutable_value_regression()->set_target(model::v1::ValueRegressionParameters::TARGET_PLAIN);
  EXPECT_THAT(CheckReadiness(Labels(labels), plain), Not(Contains(IssueIs(kWarning, "NEGATIVE_LABELS", "label"))));
}

TEST(CheckReadinessTest, AFamilySaysWhichValuesItCannotLearn) {
  using Parameters = model::v1::ValueRegressionParameters;
  const auto issues = [](Parameters::Family family, std::vector<double> labels) {
    TrainingSpec spec = ValueSpec();
    spec.mutable_value_regression()->set_family(family);
    return CheckReadiness(Labels(labels), spec);
  };
  std::vector<double> labels(60, 5.0);
  labels[7] = 8;
  EXPECT_THAT(issues(Parameters::FAMILY_HURDLE_GAMMA, labels), Contains(IssueIs(kError, "LABEL_NEVER_ZERO", "label")));
  EXPECT_THAT(issues(Parameters::FAMILY_GAMMA, labels), Not(Contains(IssueIs(kError, "LABEL_NOT_POSITIVE", "label"))));
  labels[8] = 0;
  EXPECT_THAT(issues(Parameters::FAMILY_GAMMA, labels), Contains(IssueIs(kError, "LABEL_NOT_POSITIVE", "label")));
  EXPECT_THAT(issues(Parameters::FAMILY_HURDLE_GAMMA, labels),
              Not(Contains(IssueIs(kError, "LABEL_NEVER_ZERO", "label"))));
  labels[9] = -1;
  EXPECT_THAT(issues(Parameters::FAMILY_POISSON, labels), Contains(IssueIs(kWarning, "NEGATIVE_LABELS", "label")));
  EXPECT_THAT(issues(Parameters::FAMILY_GAUSSIAN, labels),
              Not(Contains(IssueIs(kWarning, "NEGATIVE_LABELS", "label"))));
}

TEST(CheckReadinessTest, CountsRows) {
  EXPECT_THAT(CheckReadiness(Labels({0, 1, 0, 1}), ChurnSpec()), Contains(IssueIs(kError, "TOO_FEW_ROWS", "dataset")));
  EXPECT_THAT(CheckReadiness(Customers(300, Labelled::kChurn), ChurnSpec()),
              Contains(IssueIs(kWarning, "FEW_ROWS", "dataset")));
  EXPECT_THAT(CheckReadiness(Customers(3, Labelled::kNone), SegmentSpec()),
              Contains(IssueIs(kError, "TOO_FEW_ROWS", "dataset")));
}

TEST(CheckReadinessTest, LooksAtEveryFeature) {
  const int n = 1000;
  std::vector<float> constant(n, 4), empty(n, dataset::kMissingNumber), gaps, leak, extreme, good;
  std::vector<std::string> telling;
  std::vector<double> labels;
  Random random(3, 3);
  for (int i = 0; i < n; ++i) {
    labels.push_back(i % 3 == 0 ? 1 : 0);
    good.push_back(static_cast<float>(random.Uniform()));
    gaps.push_back(i % 4 == 0 ? dataset::kMissingNumber : static_cast<float>(random.Uniform()));
    leak.push_back(static_cast<float>(random.Uniform() - 3 * labels.back()));  // The other way round leaks as much.
    extreme.push_back(i == 17 ? 1e15f : static_cast<float>(random.Uniform()));
    telling.push_back(labels.back() == 1 ? "gone" : i % 2 == 0 ? "here" : "there");
  }
  const auto dataset = Table(n).Number("good", good).Number("constant", constant).Number("empty", empty)
                           .Number("gaps", gaps).Number("leak", leak).Number("extreme", extreme)
                           .Category("telling", telling).Labels(labels).Build();
  const auto issues = CheckReadiness(dataset, ChurnSpec());
  EXPECT_THAT(issues, ::testing::UnorderedElementsAre(
                          IssueIs(kWarning, "CONSTANT_FEATURE", "constant"), IssueIs(kWarning, "EMPTY_FEATURE", "empty"),
                          IssueIs(kWarning, "MISSING_VALUES", "gaps"), IssueIs(kWarning, "LEAKAGE_SUSPECTED", "leak"),
                          IssueIs(kWarning, "EXTREME_VALUES", "extreme"),
                          IssueIs(kWarning, "LEAKAGE_SUSPECTED", "telling")));
}

TEST(CheckReadinessTest, SaysTheSameOfAnyNumberOfParts) {
  std::vector<float> x, constant(300, -0.5f), leak;
  std::vector<std::string> telling, plan(300, "gold");
  std::vector<double> labels, odd;
  for (int i = 0; i < 300; ++i) {
    labels.push_back(i % 3 == 0 ? 1 : 0);
    odd.push_back(i == 100 ? 7 : i == 200 ? 8 : labels.back());
    x.push_back(i % 2 == 0 ? dataset::kMissingNumber : static_cast<float>(i));
    leak.push_back(static_cast<float>(labels.back() * 1e13));
    telling.push_back(labels.back() == 1 ? "gone" : "here");
  }
  const Table table = Table(300).Number("x", x).Number("constant", constant).Number("leak", leak)
                          .Category("telling", telling).Category("plan", plan);
  for (const auto& [dataset, spec] :
       {std::pair(Table(table).Labels(labels).Build(), ChurnSpec()),
        std::pair(Table(table).Labels(odd).Build(), ChurnSpec()),
        std::pair(Table(table).Labels(odd).Build(), ValueSpec()),
        std::pair(Customers(1200, Labelled::kTier), testutil::TierSpec()),
        std::pair(Table(0).Number("x", {}).Build(), SegmentSpec())}) {
    const auto told = [](const std::vector<DataIssue>& issues) {
      std::string bytes;
      for (const DataIssue& issue : issues) bytes += issue.ShortDebugString() + "\n";
      return bytes;
    };
    const std::string alone = told(CheckReadiness(dataset, spec));
    for (const int ranks : {2, 3, 8}) {
      EXPECT_THAT(testutil::OnParts<std::string>(dataset, ranks,
                                                 [&, &spec = spec](const auto& part, dataset::Parts& parts) {
                                                   return told(*CheckReadiness(part, spec, 2, parts));
                                                 }),
                  ::testing::Each(alone));
    }
  }
}

TEST(CheckReadinessTest, FeaturesThatTellNothingAreAnError) {
  std::vector<double> labels;
  for (int i = 0; i < 100; ++i) labels.push_back(i % 2);
  const auto dataset = Table(100).Number("constant", std::vector<float>(100, 1)).Labels(labels).Build();
  EXPECT_THAT(CheckReadiness(dataset, ChurnSpec()), Contains(IssueIs(kError, "NO_INFORMATIVE_FEATURE", "features")));
}

TEST(CheckReadinessTest, ComparesTheHistoryWithTheWindow) {
  auto dataset = Customers(2000, Labelled::kChurn);
  auto& spend = *dataset.header.mutable_columns(0)->mutable_feature()->mutable_purchase_summary();
  spend.set_number(common::v1::FeatureDefinition::PurchaseSummary::NUMBER_FREQUENCY);
  auto& recency = *dataset.header.mutable_columns(1)->mutable_feature()->mutable_aggregate();
  recency.set_kind(common::v1::RECORD_KIND_TRANSACTION);
  recency.set_aggregation(common::v1::FeatureDefinition::AGGREGATION_DAYS_SINCE_FIRST);
  TrainingSpec spec = ChurnSpec();
  EXPECT_THAT(CheckReadiness(dataset, spec), IsEmpty());  // 300 days are more than twice 90.
  spec.mutable_dataset()->mutable_label()->mutable_no_purchase_within()->set_days(200);
  EXPECT_THAT(CheckReadiness(dataset, spec), Contains(IssueIs(kWarning, "SHORT_HISTORY", "dataset")));
  for (auto& shard : dataset.shards) {
    for (int64_t i = 0; i < shard.rows; ++i) shard.numbers[i * 2] = i % 5 == 0 ? 1 : 0;
  }
  EXPECT_THAT(CheckReadiness(dataset, spec), Contains(IssueIs(kWarning, "FEW_REPEAT_BUYERS", "dataset")));
}

TEST(CheckReadinessTest, ASplitThatLeavesNothingIsAnError) {
  TrainingSpec spec = ChurnSpec();
  spec.mutable_split()->mutable_feature()->set_feature("side");
  spec.mutable_split()->mutable_feature()->add_holdout_values("nobody");
  EXPECT_THAT(CheckReadiness(Customers(1000, Labelled::kChurn), spec), Contains(IssueIs(kError, "EMPTY_SPLIT", "split")));
  spec.mutable_split()->mutable_feature()->set_feature("spend");
  EXPECT_THAT(CheckReadiness(Customers(1000, Labelled::kChurn), spec),
              Contains(IssueIs(kError, "SPLIT_IMPOSSIBLE", "split")));
}

}  // namespace
}  // namespace clientele::training
