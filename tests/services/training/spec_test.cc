#include "services/training/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "common/base/error.h"
#include "services/training/algorithm.h"
#include "tests/services/training/support/specs.h"

namespace clientele::training {
namespace {

using model::v1::TrainingSpec;
using testutil::ChurnSpec;
using testutil::SegmentSpec;
using testutil::TierSpec;
using testutil::ValueSpec;

TEST(ValidateSpecTest, AcceptsWhatIsRight) {
  for (const TrainingSpec& spec : {ChurnSpec(), TierSpec(), ValueSpec(), SegmentSpec()}) {
    EXPECT_TRUE(ValidateSpec(spec, "spec").ok()) << ValidateSpec(spec, "spec");
  }
}

struct BadSpec {
  std::string name;
  std::string field;  // After the prefix.
  TrainingSpec (*base)();
  std::function<void(TrainingSpec&)> spoil;
};

class BadSpecTest : public ::testing::TestWithParam<BadSpec> {};

TEST_P(BadSpecTest, NamesTheField) {
  TrainingSpec spec = GetParam().base();
  GetParam().spoil(spec);
  const absl::Status status = ValidateSpec(spec, "training_job.spec");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FieldOf(status), "training_job.spec." + GetParam().field);
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadSpecTest,
    ::testing::Values(
        BadSpec{"Model", "model", ChurnSpec, [](TrainingSpec& s) { s.set_model("Churn!"); }},
        BadSpec{"Algorithm", "algorithm", ChurnSpec, [](TrainingSpec& s) { s.clear_algorithm(); }},
        BadSpec{"Dataset", "dataset", SegmentSpec, [](TrainingSpec& s) { s.clear_dataset(); }},
        BadSpec{"Features", "dataset.features", ChurnSpec, [](TrainingSpec& s) { s.mutable_dataset()->clear_features(); }},
        BadSpec{"FeatureTwice", "dataset.features[3]", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->add_features("spend"); }},
        BadSpec{"AuxiliaryTwice", "dataset.auxiliary_features[1]", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->add_auxiliary_features("spend"); }},
        BadSpec{"FeatureEmpty", "dataset.features[3]", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->add_features(""); }},
        BadSpec{"AsOf", "dataset.as_of", ChurnSpec, [](TrainingSpec& s) { s.mutable_dataset()->clear_as_of(); }},
        BadSpec{"KnownAt", "dataset.known_at", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->mutable_known_at()->set_nanos(-1); }},
        BadSpec{"AuxiliaryLabelDays", "dataset.auxiliary_labels[1].purchases_within.days", ChurnSpec,
                [](TrainingSpec& s) {
                  s.mutable_dataset()->add_auxiliary_labels()->mutable_spend_within()->set_days(9);
                  s.mutable_dataset()->add_auxiliary_labels()->mutable_purchases_within();
                }},
        BadSpec{"AuxiliaryLabelKind", "dataset.auxiliary_labels[0]", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->add_auxiliary_labels(); }},
        BadSpec{"AuxiliaryLabels", "dataset.auxiliary_labels", ChurnSpec,
                [](TrainingSpec& s) {
                  for (int i = 0; i < 9; ++i) {
                    s.mutable_dataset()->add_auxiliary_labels()->mutable_spend_within()->set_days(9);
                  }
                }},
        BadSpec{"AuxiliaryLabelWithoutAsOf", "dataset.as_of", SegmentSpec,
                [](TrainingSpec& s) {
                  s.mutable_dataset()->clear_as_of();
                  s.mutable_dataset()->add_auxiliary_labels()->mutable_spend_within()->set_days(9);
                }},
        BadSpec{"PurchaseSeries", "dataset.purchase_series_days", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->set_purchase_series_days(367); }},
        BadSpec{"LabelMissing", "dataset.label", ChurnSpec, [](TrainingSpec& s) { s.mutable_dataset()->clear_label(); }},
        BadSpec{"LabelKind", "dataset.label", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->mutable_label()->clear_kind(); }},
        BadSpec{"LabelDays", "dataset.label.no_purchase_within.days", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->mutable_label()->mutable_no_purchase_within()->set_days(0); }},
        BadSpec{"LabelIsNumber", "dataset.label", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->mutable_label()->mutable_spend_within()->set_days(9); }},
        BadSpec{"LabelIsBinary", "dataset.label", ValueSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->mutable_label()->mutable_purchase_within()->set_days(9); }},
        BadSpec{"LabelNotWanted", "dataset.label", SegmentSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->mutable_label()->mutable_purchase_within()->set_days(9); }},
        BadSpec{"LabelAttribute", "dataset.label.attribute.attribute", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->mutable_label()->mutable_attribute(); }},
        BadSpec{"ClassesMissing", "dataset.label", TierSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->mutable_label()->mutable_attribute()->clear_classes(); }},
        BadSpec{"ClassesAreNumbers", "dataset.label", TierSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->mutable_label()->mutable_spend_within()->set_days(9); }},
        BadSpec{"ClassesNotWanted", "dataset.label", TierSpec, [](TrainingSpec& s) { s.mutable_logistic_regression(); }},
        BadSpec{"OneClass", "dataset.label.attribute.classes", TierSpec,
                [](TrainingSpec& s) {
                  s.mutable_dataset()->mutable_label()->mutable_attribute()->mutable_classes()->DeleteSubrange(1, 2);
                }},
        BadSpec{"ClassTwice", "dataset.label.attribute.classes[3]", TierSpec,
                [](TrainingSpec& s) {
                  s.mutable_dataset()->mutable_label()->mutable_attribute()->add_classes()->set_text("gone");
                }},
        BadSpec{"ClassEmpty", "dataset.label.attribute.classes[3]", TierSpec,
                [](TrainingSpec& s) { s.mutable_dataset()->mutable_label()->mutable_attribute()->add_classes(); }},
        BadSpec{"ClassesAndPositive", "dataset.label.attribute.classes", TierSpec,
                [](TrainingSpec& s) {
                  s.mutable_dataset()->mutable_label()->mutable_attribute()->mutable_positive()->set_text("gone");
                }},
        BadSpec{"MultinomialParameters", "multinomial_regression.l2_penalty", TierSpec,
                [](TrainingSpec& s) { s.mutable_multinomial_regression()->set_l2_penalty(0); }},
        BadSpec{"WeightUnknown", "weight_feature", ChurnSpec, [](TrainingSpec& s) { s.set_weight_feature("spend"); }},
        BadSpec{"WeightOfClusters", "weight_feature", SegmentSpec, [](TrainingSpec& s) { s.set_weight_feature("side"); }},
        BadSpec{"OffsetOfValues", "offset_feature", ValueSpec, [](TrainingSpec& s) { s.set_offset_feature("side"); }},
        BadSpec{"OffsetUnknown", "offset_feature", ChurnSpec, [](TrainingSpec& s) { s.set_offset_feature("nobody"); }},
        BadSpec{"ExposureOfClasses", "exposure_feature", ChurnSpec,
                [](TrainingSpec& s) { s.set_exposure_feature("side"); }},
        BadSpec{"ExposureOfLeastSquares", "exposure_feature", ValueSpec,
                [](TrainingSpec& s) { s.set_exposure_feature("side"); }},
        BadSpec{"GateMetricOfClasses", "gate.rules[0].metric", TierSpec,
                [](TrainingSpec& s) { s.mutable_gate()->add_rules()->set_metric("auc"); }},
        BadSpec{"Where", "dataset.where[0].at_least", ChurnSpec,
                [](TrainingSpec& s) {
                  auto& where = *s.mutable_dataset()->add_where();
                  where.set_feature("spend");
                  where.set_at_least(2);
                  where.set_at_most(1);
                }},
        BadSpec{"TrainShare", "split.hash.train_share", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_split()->mutable_hash()->set_train_share(1); }},
        BadSpec{"TrainShareNaN", "split.hash.train_share", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_split()->mutable_hash()->set_train_share(NAN); }},
        BadSpec{"SplitFeature", "split.feature.feature", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_split()->mutable_feature()->set_feature("nobody"); }},
        BadSpec{"SplitValues", "split.feature.holdout_values", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_split()->mutable_feature()->set_feature("side"); }},
        BadSpec{"SplitNone", "split.none", ChurnSpec, [](TrainingSpec& s) { s.mutable_split()->set_none(true); }},
        BadSpec{"Preprocessing", "preprocessing.per_feature[0].feature", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_preprocessing()->add_per_feature()->set_feature("side"); }},
        BadSpec{"Parameters", "kmeans.num_clusters", SegmentSpec,
                [](TrainingSpec& s) { s.mutable_kmeans()->set_num_clusters(1); }},
        BadSpec{"GateMetric", "gate.rules[0].metric", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_gate()->add_rules()->set_metric("rmse"); }},
        BadSpec{"GateBound", "gate.rules[0]", ChurnSpec,
                [](TrainingSpec& s) { s.mutable_gate()->add_rules()->set_metric("auc"); }},
        BadSpec{"GateNaN", "gate.rules[0].at_least", ChurnSpec,
                [](TrainingSpec& s) {
                  s.mutable_gate()->add_rules()->set_metric("auc");
                  s.mutable_gate()->mutable_rules(0)->set_at_least(NAN);
                }}),
    [](const auto& test) { return test.param.name; });

TEST(ValidateSpecTest, AcceptsFeaturesOfTheRowWhereTheyAreOfUse) {
  TrainingSpec churn = ChurnSpec();
  churn.mutable_dataset()->add_auxiliary_features("importance");
  churn.mutable_dataset()->add_auxiliary_features("prior");
  churn.set_weight_feature("importance");
  churn.set_offset_feature("prior");
  EXPECT_TRUE(ValidateSpec(churn, "spec").ok()) << ValidateSpec(churn, "spec");
  TrainingSpec value = ValueSpec();
  value.mutable_value_regression()->set_family(model::v1::ValueRegressionParameters::FAMILY_POISSON);
  value.mutable_dataset()->add_auxiliary_features("months");
  value.set_exposure_feature("months");
  EXPECT_TRUE(ValidateSpec(value, "spec").ok()) << ValidateSpec(value, "spec");
}

TEST(ClassNameTest, WritesEachKindOut) {
  common::v1::Value value;
  EXPECT_EQ(ClassName(value), "");
  value.set_text("gold");
  EXPECT_EQ(ClassName(value), "gold");
  value.set_number(2);
  EXPECT_EQ(ClassName(value), "2");
  value.set_flag(false);
  EXPECT_EQ(ClassName(value), "false");
}

// A selection trains others and has no line.
TEST(AlgorithmsTest, TheTableHasOneLineForEachFieldOfTheOneof) {
  const auto* oneof = TrainingSpec::descriptor()->FindOneofByName("algorithm");
  ASSERT_EQ(static_cast<int>(Algorithms().size()), oneof->field_count() - 1);
  for (int i = 0; i < oneof->field_count(); ++i) {
    if (oneof->field(i)->number() == TrainingSpec::kValueSelection) continue;
    const auto* algorithm = FindAlgorithm(static_cast<TrainingSpec::AlgorithmCase>(oneof->field(i)->number()));
    ASSERT_NE(algorithm, nullptr) << oneof->field(i)->name();
    EXPECT_EQ(algorithm->name, oneof->field(i)->name());
  }
}

}  // namespace
}  // namespace clientele::training
