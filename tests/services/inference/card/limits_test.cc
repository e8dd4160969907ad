// Each rule by a table: what is changed of a sound version, and what is then said.
#include "services/inference/card/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "absl/strings/str_cat.h"

namespace clientele::inference {
namespace {

using model::v1::FittedDistribution;
using model::v1::GateDecision;
using model::v1::Grade;
using model::v1::ModelArtifact;
using model::v1::ModelCard;
using ::testing::HasSubstr;
using Features = google::protobuf::RepeatedPtrField<ModelCard::CardFeature>;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

struct Subject {
  ModelArtifact artifact;
  v1::ModelVersion version;
  Features features;
  absl::Time now = kNow;
};

void AddFeature(Subject& subject, const std::string& name, double importance, double missing) {
  auto& feature = *subject.features.Add();
  feature.set_feature(name);
  feature.set_importance(importance);
  feature.set_missing_share(missing);
}

// Ten calibration bins of 300 customers, each as much off.
void Calibrate(double off, double half_width, Subject& subject) {
  auto& evaluation = *subject.artifact.mutable_evaluation()->mutable_classifier();
  evaluation.clear_calibration();
  evaluation.set_expected_calibration_error(off);
  for (int i = 0; i < 10; ++i) {
    auto& bin = *evaluation.add_calibration();
    bin.set_rows(300);
    bin.set_mean_score(0.1 * i + 0.05);
    bin.set_share_lower(bin.mean_score() + off - half_width);
    bin.set_share_upper(bin.mean_score() + off + half_width);
  }
}

Subject Base() {
  Subject subject;
  subject.artifact.mutable_evaluation()->set_train_rows(7'000);
  subject.artifact.mutable_evaluation()->set_holdout_rows(3'000);
  subject.artifact.mutable_preprocessing()->set_num_columns(20);
  auto& dataset = *subject.artifact.mutable_spec()->mutable_dataset();
  dataset.mutable_as_of()->set_seconds(absl::ToUnixSeconds(kNow - absl::Hours(24 * 100)));
  dataset.mutable_label()->mutable_no_purchase_within()->set_days(90);
  AddFeature(subject, "recency_days", 0.4, 0);
  AddFeature(subject, "spend_total", 0.35, 0.1);
  AddFeature(subject, "age", 0.25, 0.05);
  return subject;
}

Subject Churn() {
  Subject subject = Base();
  subject.artifact.mutable_logistic_regression()->set_iterations(6);
  auto& evaluation = *subject.artifact.mutable_evaluation()->mutable_classifier();
  evaluation.set_positives(900);
  evaluation.set_auc(0.82);
  evaluation.set_auc_standard_error(0.01);
  subject.artifact.mutable_evaluation()->mutable_grade()->set_letter(Grade::LETTER_A);
  Calibrate(0.004, 0.03, subject);
  return subject;
}

Subject Value() {
  Subject subject = Base();
  subject.artifact.mutable_value_regression()->mutable_intervals()->set_coverage(0.9);
  auto& evaluation = *subject.artifact.mutable_evaluation()->mutable_value();
  evaluation.set_total_ratio(1.01);
  evaluation.set_total_ratio_lower(0.96);
  evaluation.set_total_ratio_upper(1.06);
  evaluation.set_interval_coverage(0.9);
  evaluation.set_mean_interval_width(100);
  return subject;
}

Subject Segments() {
  Subject subject = Base();
  subject.artifact.mutable_spec()->mutable_split()->set_none(true);
  subject.artifact.mutable_kmeans()->set_num_clusters(2);
  auto& evaluation = *subject.artifact.mutable_evaluation()->mutable_clusters();
  evaluation.set_silhouette(0.4);
  evaluation.set_iterations(12);
  for (const char* name : {"Regulars", "Sleepers"}) {
    auto& profile = *evaluation.add_profiles();
    profile.set_name(name);
    profile.set_stability(0.9);
  }
  return subject;
}

Subject Lifetime() {
  Subject subject = Base();
  subject.artifact.mutable_spec()->mutable_split()->set_none(true);
  subject.artifact.mutable_lifetime_value()->mutable_purchases()->set_optimum(FittedDistribution::OPTIMUM_INTERIOR);
  auto& evaluation = *subject.artifact.mutable_evaluation()->mutable_lifetime_value();
  evaluation.set_holdout_days(270);
  evaluation.mutable_purchases()->set_actual(1'000);
  evaluation.mutable_purchases()->set_expected(990);
  return subject;
}

Subject Survival() {
  Subject subject = Base();
  subject.artifact.mutable_survival()->add_coefficients(0.5);
  subject.artifact.mutable_survival()->set_duration_unit("months");
  auto& evaluation = *subject.artifact.mutable_evaluation()->mutable_survival();
  evaluation.set_events(800);
  evaluation.set_concordance(0.75);
  evaluation.set_concordance_standard_error(0.01);
  return subject;
}

// "SERIOUS FEW_ROWS", one a limit.
std::vector<std::string> Codes(const Subject& subject) {
  std::vector<std::string> codes;
  for (const auto& limit : FindLimits({subject.artifact, subject.version, subject.features, 90, subject.now})) {
    codes.push_back(absl::StrCat(ModelCard::Limit::Severity_Name(limit.severity()).substr(9), " ", limit.code()));
    EXPECT_FALSE(limit.text().empty());
    EXPECT_EQ(limit.text().back(), '.') << limit.text();
  }
  return codes;
}

struct Case {
  const char* what;
  Subject (*base)();
  std::function<void(Subject&)> change;
  std::vector<std::string> expected;
};

auto& Evaluation(Subject& subject) { return *subject.artifact.mutable_evaluation(); }
auto& Classifier(Subject& subject) { return *Evaluation(subject).mutable_classifier(); }

void SetGate(double accuracy, bool passed, Subject& subject) {
  auto& rule = *subject.artifact.mutable_spec()->mutable_gate()->add_rules();
  rule.set_metric("accuracy");
  rule.set_at_least(0.8);
  Classifier(subject).set_accuracy_standard_error(0.007);
  auto& check = *subject.version.mutable_gate_decision()->add_checks();
  check.set_metric("accuracy");
  check.set_value(accuracy);
  check.set_passed(passed);
}

std::vector<Case> Cases() {
  return {
      {"a sound classifier", &Churn, [](Subject&) {}, {}},
      {"a sound value regression", &Value, [](Subject&) {}, {}},
      {"sound segments", &Segments, [](Subject&) {}, {}},
      {"a sound lifetime value", &Lifetime, [](Subject&) {}, {}},
      {"sound survival", &Survival, [](Subject&) {}, {}},

      {"800 rows", &Churn, [](Subject& s) { Evaluation(s).set_train_rows(800); }, {"NOTE FEW_ROWS"}},
      {"99 rows, 5 a column",
       &Churn,
       [](Subject& s) { Evaluation(s).set_train_rows(99); },
       {"SERIOUS FEW_ROWS", "CAUTION FEW_ROWS_A_COLUMN"}},
      {"columns do not matter to clusters",
       &Segments,
       [](Subject& s) { s.artifact.mutable_preprocessing()->set_num_columns(5'000); },
       {}},
      {"400 judged", &Value, [](Subject& s) { Evaluation(s).set_holdout_rows(400); }, {"NOTE FEW_JUDGED"}},
      {"49 judged", &Value, [](Subject& s) { Evaluation(s).set_holdout_rows(49); }, {"SERIOUS FEW_JUDGED"}},
      {"84 positives", &Churn, [](Subject& s) { Classifier(s).set_positives(84); }, {"CAUTION FEW_POSITIVES"}},
      {"20 negatives", &Churn, [](Subject& s) { Classifier(s).set_positives(2'980); }, {"SERIOUS FEW_POSITIVES"}},
      {"90 who left",
       &Survival,
       [](Subject& s) { Evaluation(s).mutable_survival()->set_events(90); },
       {"CAUTION FEW_EVENTS"}},
      {"judged on what it learnt from",
       &Churn,
       [](Subject& s) { s.artifact.mutable_spec()->mutable_split()->set_none(true); },
       {"SERIOUS NOT_HELD_OUT"}},
      {"nothing came after",
       &Lifetime,
       [](Subject& s) { Evaluation(s).mutable_lifetime_value()->set_holdout_days(0); },
       {"CAUTION NOT_HELD_OUT"}},
      {"half is missing", &Churn, [](Subject& s) { s.features[1].set_missing_share(0.55); }, {"CAUTION OFTEN_MISSING"}},
      {"what is missing hardly matters",
       &Churn,
       [](Subject& s) {
         s.features[2].set_missing_share(0.95);
         s.features[2].set_importance(0.01);
       },
       {}},
      {"a year old", &Churn, [](Subject& s) { s.now += absl::Hours(24 * 370); }, {"CAUTION OLD_DATA"}},
      {"old as its label makes it", &Churn, [](Subject& s) { s.now += absl::Hours(24 * 165); }, {}},
      {"no as_of, no age",
       &Churn,
       [](Subject& s) {
         s.now += absl::Hours(24 * 2'000);
         s.artifact.mutable_spec()->mutable_dataset()->clear_as_of();
       },
       {}},

      {"never judged", &Segments, [](Subject& s) { Evaluation(s).clear_clusters(); }, {"SERIOUS NOT_EVALUATED"}},
      {"grade C",
       &Churn,
       [](Subject& s) { Evaluation(s).mutable_grade()->set_letter(Grade::LETTER_C); },
       {"SERIOUS NOT_BETTER_THAN_THE_RULE"}},
      {"failed its gate", &Churn, [](Subject& s) { SetGate(0.79, false, s); }, {"CAUTION GATE_FAILED"}},
      {"passed narrowly", &Churn, [](Subject& s) { SetGate(0.803, true, s); }, {"NOTE GATE_PASSED_NARROWLY"}},
      {"passed clearly", &Churn, [](Subject& s) { SetGate(0.83, true, s); }, {}},
      {"too good", &Churn, [](Subject& s) { Classifier(s).set_auc(0.995); }, {"CAUTION TOO_GOOD"}},
      {"one feature decides",
       &Churn,
       [](Subject& s) { s.features[0].set_importance(0.95); },
       {"CAUTION ONE_FEATURE_DECIDES"}},
      {"probabilities off by 6 points",
       &Churn,
       [](Subject& s) { Calibrate(0.06, 0.03, s); },
       {"CAUTION POOR_CALIBRATION"}},
      {"as far off, but of so few that it is noise", &Churn, [](Subject& s) { Calibrate(0.06, 0.09, s); }, {}},
      {"20 % too much in total",
       &Value,
       [](Subject& s) {
         auto& value = *Evaluation(s).mutable_value();
         value.set_total_ratio(1.2), value.set_total_ratio_lower(1.1), value.set_total_ratio_upper(1.3);
       },
       {"CAUTION TOTAL_OFF"}},
      {"20 % too much, within noise",
       &Value,
       [](Subject& s) {
         auto& value = *Evaluation(s).mutable_value();
         value.set_total_ratio(1.2), value.set_total_ratio_lower(0.9), value.set_total_ratio_upper(1.5);
       },
       {}},
      {"intervals hold 80 % and not 90",
       &Value,
       [](Subject& s) { Evaluation(s).mutable_value()->set_interval_coverage(0.8); },
       {"CAUTION INTERVALS_MISS"}},
      {"AUC within chance",
       &Churn,
       [](Subject& s) { Classifier(s).set_auc(0.53), Classifier(s).set_auc_standard_error(0.02); },
       {"SERIOUS ORDER_IS_CHANCE"}},
      {"AUC is not a number",
       &Churn,
       [](Subject& s) { Classifier(s).set_auc(std::nan("")); },
       {"SERIOUS ORDER_IS_CHANCE"}},
      {"survival off by 9 points",
       &Survival,
       [](Subject& s) {
         auto& point = *Evaluation(s).mutable_survival()->add_calibration();
         point.set_horizon(12), point.set_predicted(0.8), point.set_observed(0.71);
       },
       {"CAUTION SURVIVAL_OFF"}},
      {"segments run into each other",
       &Segments,
       [](Subject& s) { Evaluation(s).mutable_clusters()->set_silhouette(0.05); },
       {"CAUTION WEAK_SEGMENTS"}},
      {"a segment comes back in half of the samples",
       &Segments,
       [](Subject& s) { Evaluation(s).mutable_clusters()->mutable_profiles(1)->set_stability(0.5); },
       {"CAUTION UNSTABLE_SEGMENTS"}},
      {"stability was not measured",
       &Segments,
       [](Subject& s) { Evaluation(s).mutable_clusters()->mutable_profiles(1)->set_stability(0); },
       {}},

      {"ended by the number of steps",
       &Churn,
       [](Subject& s) { s.artifact.mutable_logistic_regression()->set_iterations(100); },
       {"CAUTION NOT_CONVERGED"}},
      {"more steps were allowed",
       &Churn,
       [](Subject& s) {
         s.artifact.mutable_logistic_regression()->set_iterations(100);
         s.artifact.mutable_spec()->mutable_logistic_regression()->set_max_iterations(500);
       },
       {}},
      {"classes apart",
       &Churn,
       [](Subject& s) { s.artifact.mutable_logistic_regression()->set_separable(true); },
       {"SERIOUS SEPARABLE"}},
      {"nobody stops",
       &Lifetime,
       [](Subject& s) {
         s.artifact.mutable_lifetime_value()->mutable_purchases()->set_optimum(FittedDistribution::OPTIMUM_NO_DROPOUT);
       },
       {"CAUTION PURCHASE_FIT"}},
      {"a ridge of spend",
       &Lifetime,
       [](Subject& s) {
         s.artifact.mutable_lifetime_value()->mutable_spend()->set_optimum(FittedDistribution::OPTIMUM_RIDGE);
       },
       {"CAUTION SPEND_FIT"}},
      {"purchases off by a quarter",
       &Lifetime,
       [](Subject& s) { Evaluation(s).mutable_lifetime_value()->mutable_purchases()->set_expected(750); },
       {"CAUTION PURCHASES_OFF"}},
      {"frequent buyers spend more",
       &Lifetime,
       [](Subject& s) { Evaluation(s).mutable_lifetime_value()->set_frequency_spend_correlation(0.25); },
       {"CAUTION SPEND_GOES_WITH_PURCHASES"}},
      {"hazards cross",
       &Survival,
       [](Subject& s) {
         auto& test = *Evaluation(s).mutable_survival()->add_proportionality();
         test.set_name("GLOBAL"), test.set_p_value(1e-6);
       },
       {"CAUTION HAZARDS_NOT_PROPORTIONAL"}},
      {"one column's hazard alone does not decide",
       &Survival,
       [](Subject& s) {
         auto& test = *Evaluation(s).mutable_survival()->add_proportionality();
         test.set_name("plan=gold"), test.set_p_value(1e-6);
       },
       {}},
      {"the most severe first",
       &Churn,
       [](Subject& s) {
         SetGate(0.803, true, s);
         s.now += absl::Hours(24 * 1'000);
       },
       {"SERIOUS OLD_DATA", "NOTE GATE_PASSED_NARROWLY"}},
  };
}

TEST(LimitsTest, EachRuleSaysWhatItFindsAndNothingElse) {
  for (const Case& one : Cases()) {
    Subject subject = one.base();
    one.change(subject);
    EXPECT_EQ(Codes(subject), one.expected) << one.what;
  }
}

TEST(LimitsTest, ALimitSaysTheNumbers) {
  Subject subject = Churn();
  Classifier(subject).set_positives(84);
  Classifier(subject).set_auc_standard_error(0.03);
  const auto limits = FindLimits({subject.artifact, subject.version, subject.features, 90, subject.now});
  ASSERT_EQ(limits.size(), 1u);
  EXPECT_EQ(limits[0].text(),
            "Only 84 customers who stay away are among those it was judged on: the AUC may be off by 0.06.");
}

}  // namespace
}  // namespace clientele::inference
