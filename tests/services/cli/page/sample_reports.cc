#include "tests/services/cli/page/sample_reports.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace clientele::testutil {
namespace {

using cli::ModelReport;
using cli::PenaltyPathPoints;
using inference::v1::ModelVersion;
using model::v1::ClassifierEvaluation;
using model::v1::ClusterEvaluation;
using model::v1::Coefficient;
using model::v1::CurvePoint;
using model::v1::Evaluation;
using model::v1::MulticlassEvaluation;
using model::v1::ValueEvaluation;

void AddPoint(google::protobuf::RepeatedPtrField<CurvePoint>* curve, double x, double y) {
  CurvePoint* point = curve->Add();
  point->set_x(x);
  point->set_y(y);
}

void AddComparison(model::v1::ChampionComparison& comparison) {
  comparison.set_champion_version("tenants/demo/models/churn/versions/2");
  comparison.set_rows(3'588);
  model::v1::MetricComparison& metric = *comparison.add_metrics();
  metric.set_metric("accuracy");
  metric.set_value(0.831);
  metric.set_champion(0.81);
  metric.set_difference(0.021);
  metric.set_difference_lower(0.004);
  metric.set_difference_upper(0.038);
  model::v1::FeatureShift& shift = *comparison.add_data_drift();
  shift.set_feature("recency_days");
  shift.set_population_stability_index(0.31);
  comparison.mutable_movement()->set_moved_share(0.18);
  comparison.mutable_movement()->set_value_feature("spend_90d");
  comparison.mutable_movement()->set_value_moved_up(12'345);
}

ModelVersion MakeVersion(const std::string& model, const std::string& display_name) {
  ModelVersion version;
  version.set_name(absl::StrCat("tenants/demo/models/", model, "/versions/3"));
  version.set_sha256("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
  version.mutable_create_time()->set_seconds(1'790'000'000);
  version.add_aliases("champion");
  version.mutable_spec()->set_model(model);
  version.mutable_spec()->set_display_name(display_name);
  version.mutable_spec()->mutable_dataset()->mutable_as_of()->set_seconds(1'780'000'000);
  for (const char* feature : {"recency_days", "spend_90d", "purchases_90d"}) {
    inference::v1::InputColumn* input = version.add_inputs();
    input->set_feature(feature);
    input->set_display_name("Display name");
    input->set_unit("days");
  }
  version.mutable_evaluation()->set_train_rows(8'412);
  version.mutable_evaluation()->set_holdout_rows(3'588);
  version.mutable_gate_decision()->set_decision(model::v1::GateDecision::DECISION_PUBLISHED_ACTIVE);
  AddComparison(*version.mutable_gate_decision()->mutable_comparison());
  model::v1::GateDecision::Check* check = version.mutable_gate_decision()->add_checks();
  check->set_metric("accuracy");
  check->set_passed(true);
  check->set_explanation("accuracy 0.831 is at least 0.800");
  return version;
}

void AddGrade(Evaluation& evaluation, model::v1::Grade::Letter letter, const std::string& explanation) {
  evaluation.mutable_grade()->set_letter(letter);
  evaluation.mutable_grade()->set_explanation(explanation);
}

void AddCoefficient(Evaluation& evaluation, const std::string& column, double estimate, double error,
                    const std::string& part) {
  Coefficient* coefficient = evaluation.add_coefficients();
  coefficient->set_column(column);
  coefficient->set_estimate(estimate);
  coefficient->set_standard_error(error);
  coefficient->set_z(estimate / error);
  coefficient->set_p_value(std::erfc(std::abs(estimate / error) / std::sqrt(2.0)));
  coefficient->set_lower(estimate - 1.96 * error);
  coefficient->set_upper(estimate + 1.96 * error);
  coefficient->set_effect(std::exp(estimate));
  coefficient->set_effect_lower(std::exp(coefficient->lower()));
  coefficient->set_effect_upper(std::exp(coefficient->upper()));
  coefficient->set_part(part);
}

void AddCoefficients(Evaluation& evaluation, const std::string& part = "") {
  const std::vector<std::string> columns = {"recency_days",
                                            "spend_90d",
                                            "purchases_90d",
                                            "complaints_90d",
                                            "plan=gold",
                                            "plan=silver",
                                            "email_open_rate",
                                            "visits_90d_trend",
                                            "support_tickets_90d",
                                            "feedback_score_mean",
                                            "competitor_mentions",
                                            "negative_interaction_share",
                                            "purchase_gap_deviation_days",
                                            "region=Île-de-France"};
  double estimate = 0.92;
  for (const std::string& column : columns) {
    AddCoefficient(evaluation, column, estimate, 0.06 + 0.02 * std::abs(estimate), part);
    estimate *= -0.79;
  }
  AddCoefficient(evaluation, "(intercept)", -1.1, 0.05, part);
}

void FillCurves(ClassifierEvaluation& evaluation) {
  constexpr int kPoints = 100;
  for (int i = 0; i <= kPoints; ++i) {
    const double t = static_cast<double>(i) / kPoints;
    AddPoint(evaluation.mutable_roc_curve(), t, std::pow(t, 0.22));
    AddPoint(evaluation.mutable_precision_recall_curve(), t, 0.265 + 0.62 * (1 - std::pow(t, 1.7)));
  }
  for (int i = 0; i < 20; ++i) {
    const double p = (i + 0.5) / 20;
    evaluation.add_score_histogram_positives(std::round(900 * p * p * (1 - p) * 4));
    evaluation.add_score_histogram_negatives(std::round(2'400 * std::exp(-5 * p)));
  }
}

void FillBins(ClassifierEvaluation& evaluation) {
  double gain = 0;
  for (int i = 0; i < 10; ++i) {
    auto* decile = evaluation.add_deciles();
    const double share = 0.02 + 0.84 * std::exp(-0.42 * i);
    gain = std::min(1.0, gain + share / 2.65);
    decile->set_rows(359);
    decile->set_mean_score(share + 0.02);
    decile->set_positive_share(share);
    decile->set_lift(share / 0.265);
    decile->set_cumulative_gain(gain);
    auto* bin = evaluation.add_calibration();
    bin->set_lower(0.1 * i);
    bin->set_upper(0.1 * (i + 1));
    bin->set_rows(i == 9 ? 0 : static_cast<int64_t>(1'000 * std::exp(-0.4 * i)) + 12);
    bin->set_mean_score(0.1 * i + 0.05);
    bin->set_positive_share(0.1 * i + 0.05 + (i % 2 == 0 ? 0.015 : -0.02));
    bin->set_share_lower(bin->positive_share() - 0.02 - 0.008 * i);
    bin->set_share_upper(bin->positive_share() + 0.02 + 0.008 * i);
  }
}

void AddPath(PenaltyPathPoints& path) {
  for (int i = 0; i < 30; ++i) {
    auto* point = path.Add();
    point->set_strength(200 * std::pow(10, -0.1 * i));
    point->set_nonzero(std::min(14, i / 2));
    point->set_log_loss(0.412 + 0.16 * std::exp(-0.18 * i) + 0.00004 * i * i);
    point->set_log_loss_standard_error(0.008);
    point->set_chosen(i == 18);
  }
}

void FillPlane(ClusterEvaluation& evaluation, int cluster, double x, double y) {
  auto* projection = evaluation.mutable_projection();
  for (int i = 0; i < 150; ++i) {
    // A sunflower: points that fill a disc evenly.
    const double radius = 1.1 * std::sqrt(i / 150.0) * (1 + 0.6 * ((i * 7 + cluster) % 5) / 5), angle = 2.39996 * i;
    auto* point = projection->add_points();
    point->set_x(x + radius * std::cos(angle));
    point->set_y(y + 0.7 * radius * std::sin(angle));
    point->set_cluster(cluster);
  }
  auto* centroid = projection->add_centroids();
  centroid->set_x(x);
  centroid->set_y(y);
  centroid->set_cluster(cluster);
}

void AddProfile(ClusterEvaluation& evaluation, const std::string& name, double share, double stability) {
  const int cluster = evaluation.profiles_size();
  auto* profile = evaluation.add_profiles();
  profile->set_name(name);
  profile->set_share(share);
  profile->set_size(static_cast<int64_t>(12'000 * share));
  profile->set_stability(stability);
  profile->add_differs_by("recency 12 against 80 days");
  profile->add_differs_by("spend 812 against 240");
  profile->mutable_rule()->set_text("recency below 31.5 and spend at least 410");
  profile->mutable_rule()->set_precision(0.91);
  profile->mutable_rule()->set_recall(0.83);
  int column = 0;
  for (const char* feature : {"recency_days", "purchase_days", "spend_total", "spend_per_purchase_day", "visits_90d"}) {
    auto* mean = profile->add_means();
    mean->set_feature(feature);
    mean->set_z(1.9 * std::sin(2.1 * cluster + 1.3 * column));
    mean->set_overall_mean(120 * (column + 1));
    mean->set_mean(mean->overall_mean() * (1 + 0.4 * mean->z()));
    ++column;
  }
  auto* plan = profile->add_means();
  plan->set_feature("plan");
  plan->set_category(cluster % 2 == 0 ? "gold" : "basic");
  plan->set_mean(0.61);
  plan->set_overall_mean(0.34);
  plan->set_z(0.57);
}

model::v1::ModelCard MakeCard() {
  model::v1::ModelCard card;
  card.set_model_version("tenants/demo/models/churn/versions/3");
  card.set_summary("Finds customers who stay away, with a probability for each customer.");
  card.set_importance_basis("How far the feature moves the fit");
  auto& metric = *card.add_metrics();
  metric.set_metric("accuracy");
  metric.set_title("Accuracy");
  metric.set_value(0.84);
  metric.set_lower(0.82);
  metric.set_upper(0.86);
  metric.set_baseline(0.75);
  metric.set_baseline_name("always the more frequent");
  metric.set_unit(model::v1::ModelCard::CardMetric::UNIT_SHARE);
  auto& limit = *card.add_limits();
  limit.set_severity(model::v1::ModelCard::Limit::SEVERITY_CAUTION);
  limit.set_code("FEW_POSITIVES");
  limit.set_text("Only 84 of them were judged.");
  for (const char* name : {"recency_days", "spend_90d"}) {
    auto& feature = *card.add_features();
    feature.set_feature(name);
    feature.set_importance(0.5);
    feature.set_direction("raises");
  }
  return card;
}

}  // namespace

ModelReport ChurnReport() {
  ModelReport report;
  report.version = MakeVersion("churn", "Churn within 90 days");
  report.card = MakeCard();
  auto* spec = report.version.mutable_spec();
  spec->mutable_dataset()->mutable_label()->mutable_no_purchase_within()->set_days(90);
  spec->mutable_logistic_regression()->mutable_penalty_path();
  Evaluation& evaluation = *report.version.mutable_evaluation();
  AddGrade(
      evaluation, model::v1::Grade::LETTER_A,
      "accuracy 83.1 %, the baseline (no purchase within 45 days) 73.4 %: 9.7 points more (95 % interval 8.1 to 11.2)");
  ClassifierEvaluation& classifier = *evaluation.mutable_classifier();
  classifier.set_positives(951);
  classifier.set_auc(0.861);
  classifier.set_auc_standard_error(0.0071);
  classifier.set_accuracy(0.831);
  classifier.set_accuracy_standard_error(0.0063);
  classifier.set_majority_share(0.735);
  classifier.set_precision(0.712);
  classifier.set_recall(0.604);
  classifier.set_f1(0.654);
  classifier.set_log_loss(0.402);
  classifier.set_log_loss_baseline(0.578);
  classifier.set_brier(0.124);
  classifier.set_threshold(0.5);
  classifier.set_average_precision(0.704);
  classifier.set_expected_calibration_error(0.0183);
  classifier.mutable_confusion()->set_true_positives(574);
  classifier.mutable_confusion()->set_false_negatives(377);
  classifier.mutable_confusion()->set_false_positives(232);
  classifier.mutable_confusion()->set_true_negatives(2'405);
  FillCurves(classifier);
  FillBins(classifier);
  AddCoefficients(evaluation);
  AddPath(report.penalty_path);
  return report;
}

ModelReport ValueReport() {
  ModelReport report;
  report.currency = "EUR";
  report.version = MakeVersion("value", "Spend in the next 180 days");
  auto* spec = report.version.mutable_spec();
  spec->mutable_dataset()->mutable_label()->mutable_spend_within()->set_days(180);
  spec->mutable_value_regression()->set_family(model::v1::ValueRegressionParameters::FAMILY_TWEEDIE);
  Evaluation& evaluation = *report.version.mutable_evaluation();
  AddGrade(evaluation, model::v1::Grade::LETTER_B,
           "share of high-value customers found 61.2 %, the baseline (past spend rate) 54.0 %: 7.2 points more (95 % "
           "interval 4.0 to 10.1)");
  ValueEvaluation& value = *evaluation.mutable_value();
  value.set_rmse(412.7);
  value.set_rmse_baseline(588.1);
  value.set_mae(161.3);
  value.set_mae_baseline(290.4);
  value.set_r_squared(0.507);
  value.set_spearman(0.684);
  value.set_normalised_gini(0.742);
  value.set_top_decile_share(0.431);
  value.set_total_ratio(1.021);
  value.set_total_ratio_lower(0.964);
  value.set_total_ratio_upper(1.081);
  value.set_mean_actual(238.4);
  value.set_interval_coverage(0.903);
  value.set_mean_interval_width(655.2);
  double cumulative = 0;
  for (int i = 0; i < 10; ++i) {
    auto* decile = value.add_deciles();
    const double actual = 1'030 * std::exp(-0.55 * i) + 4;
    cumulative += actual / 2'480;
    decile->set_rows(358);
    decile->set_mean_actual(actual);
    decile->set_mean_predicted(actual * (i % 2 == 0 ? 1.06 : 0.93));
    decile->set_lower(actual * 0.91);
    decile->set_upper(actual * 1.09);
    decile->set_cumulative_share(std::min(1.0, cumulative));
  }
  for (int i = 0; i <= 100; ++i) AddPoint(value.mutable_gains_curve(), i / 100.0, 1 - std::pow(1 - i / 100.0, 3.6));
  for (const char* name : {"training mean", "past spend rate"}) {
    auto* baseline = value.add_baselines();
    baseline->set_name(name);
    baseline->set_rmse(510.2);
    baseline->set_mae(214.8);
    baseline->set_spearman(0.55);
    baseline->set_normalised_gini(0.61);
    baseline->set_total_ratio(1.204);
  }
  AddCoefficients(evaluation);
  return report;
}

ModelReport SegmentsReport() {
  ModelReport report;
  report.version = MakeVersion("segments", "Customer segments");
  auto* spec = report.version.mutable_spec();
  spec->mutable_split()->set_none(true);
  spec->mutable_kmeans()->set_min_clusters(3);
  Evaluation& evaluation = *report.version.mutable_evaluation();
  ClusterEvaluation& clusters = *evaluation.mutable_clusters();
  clusters.set_inertia(18'412.3);
  clusters.set_explained_share(0.562);
  clusters.set_silhouette(0.347);
  clusters.set_davies_bouldin(1.12);
  clusters.set_calinski_harabasz(5'210);
  clusters.mutable_projection()->set_explained_first(0.412);
  clusters.mutable_projection()->set_explained_second(0.228);
  AddProfile(clusters, "High spend, low recency", 0.18, 0.93);
  AddProfile(clusters, "Frequent visitors, small baskets", 0.31, 0.81);
  AddProfile(clusters, "Once and long ago", 0.37, 0.72);
  AddProfile(clusters, "New customers", 0.11, 0.55);
  AddProfile(clusters, "Returns & complaints", 0.03, 0.64);
  FillPlane(clusters, 0, 2.6, 1.1);
  FillPlane(clusters, 1, 0.6, -1.2);
  FillPlane(clusters, 2, -2.2, 0.2);
  FillPlane(clusters, 3, -0.4, 2.4);
  FillPlane(clusters, 4, 3.1, -2.2);
  for (int k = 3; k <= 8; ++k) {
    auto* choice = clusters.add_choices();
    choice->set_num_clusters(k);
    choice->set_inertia(42'000.0 / std::sqrt(k));
    choice->set_silhouette(0.347 - 0.02 * std::abs(k - 5));
    choice->set_calinski_harabasz(5'210 - 240 * std::abs(k - 5));
    choice->set_davies_bouldin(1.1 + 0.05 * k);
    choice->set_chosen(k == 5);
  }
  return report;
}

ModelReport ClassesReport() {
  ModelReport report;
  report.version = MakeVersion("next-category", "Next category");
  auto* label = report.version.mutable_spec()->mutable_dataset()->mutable_label()->mutable_attribute();
  label->set_attribute("next_category");
  report.version.mutable_spec()->mutable_multinomial_regression();
  Evaluation& evaluation = *report.version.mutable_evaluation();
  MulticlassEvaluation& classes = *evaluation.mutable_classes();
  classes.set_accuracy(0.714);
  classes.set_accuracy_standard_error(0.0075);
  classes.set_majority_share(0.402);
  classes.set_macro_f1(0.668);
  classes.set_log_loss(0.71);
  classes.set_log_loss_baseline(1.28);
  const std::vector<std::string> names = {"coffee", "tea & infusions", "machines", "accessories"};
  for (size_t row = 0; row < names.size(); ++row) {
    label->add_classes()->set_text(names[row]);
    auto* a_class = classes.add_classes();
    a_class->set_name(names[row]);
    a_class->set_rows(static_cast<int64_t>(1'440 / (row + 1)));
    a_class->set_precision(0.78 - 0.05 * static_cast<double>(row));
    a_class->set_recall(0.81 - 0.07 * static_cast<double>(row));
    a_class->set_f1(0.79 - 0.06 * static_cast<double>(row));
    a_class->set_auc(0.9 - 0.02 * static_cast<double>(row));
    for (size_t column = 0; column < names.size(); ++column) {
      classes.add_confusion(row == column ? 900 / static_cast<int64_t>(row + 1)
                                          : 60 + 20 * static_cast<int64_t>(column));
    }
    AddCoefficients(evaluation, names[row]);
  }
  return report;
}

}  // namespace clientele::testutil
