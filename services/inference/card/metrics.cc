#include "services/inference/card/metrics.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"

namespace clientele::inference {
namespace {

using clientele::model::v1::ClassifierEvaluation;
using clientele::model::v1::ClusterEvaluation;
using clientele::model::v1::Evaluation;
using clientele::model::v1::LifetimeValueEvaluation;
using clientele::model::v1::ModelCard;
using clientele::model::v1::MulticlassEvaluation;
using clientele::model::v1::RfmEvaluation;
using clientele::model::v1::SurvivalEvaluation;
using clientele::model::v1::ValueEvaluation;
using CardMetric = ModelCard::CardMetric;
using Metrics = std::vector<CardMetric>;

constexpr auto kNumber = CardMetric::UNIT_NUMBER, kShare = CardMetric::UNIT_SHARE, kMoney = CardMetric::UNIT_MONEY;
constexpr bool kLowerIsBetter = true;

struct Interval {
  double lower = 0;
  double upper = 0;
};

// By its standard error, inside of what the measure can be.
Interval Normal(double value, double standard_error, double least = 0, double most = 1) {
  const double half = kNormal95 * standard_error;
  return {std::max(least, value - half), std::min(most, value + half)};
}

// One measure; what it is beside its value is added in a chain.
class Adder {
 public:
  Adder(Metrics& metrics, absl::string_view metric, absl::string_view title, double value, CardMetric::Unit unit,
        absl::string_view meaning, bool lower_is_better = false)
      : metrics_(metrics) {
    metric_.set_metric(std::string(metric));
    metric_.set_title(std::string(title));
    metric_.set_value(value);
    metric_.set_unit(unit);
    metric_.set_meaning(std::string(meaning));
    metric_.set_lower_is_better(lower_is_better);
  }
  ~Adder() {
    if (std::isfinite(metric_.value())) metrics_.push_back(std::move(metric_));
  }
  Adder(const Adder&) = delete;
  Adder& operator=(const Adder&) = delete;

  Adder& In(const Interval& interval) {
    if (!std::isfinite(interval.lower) || !std::isfinite(interval.upper)) return *this;
    if (interval.lower == interval.upper) return *this;  // None was made.
    metric_.set_lower(interval.lower);
    metric_.set_upper(interval.upper);
    return *this;
  }
  Adder& Against(double baseline, absl::string_view name) {
    if (!std::isfinite(baseline)) return *this;
    metric_.set_baseline(baseline);
    metric_.set_baseline_name(std::string(name));
    return *this;
  }

 private:
  Metrics& metrics_;
  CardMetric metric_;
};

void AddClassifier(const Evaluation& evaluation, Metrics& m) {
  const ClassifierEvaluation& e = evaluation.classifier();
  const double rows = static_cast<double>(evaluation.holdout_rows());
  const double share = rows > 0 ? static_cast<double>(e.positives()) / rows : std::nan("");
  Adder(m, "auc", "AUC", e.auc(), kNumber, "How often one who does is scored above one who does not; 1 is always")
      .In(Normal(e.auc(), e.auc_standard_error()))
      .Against(0.5, "chance");
  Adder(m, "accuracy", "Accuracy", e.accuracy(), kShare, "Of all calls, how many are right")
      .In(Normal(e.accuracy(), e.accuracy_standard_error()))
      .Against(e.majority_share(), "always the more frequent");
  if (!e.deciles().empty()) {
    Adder(m, "top_decile_lift", "Lift of the first tenth", e.deciles(0).lift(), kNumber,
          "How many times more of them are in the tenth scored highest than among all")
        .Against(1, "chance");
  }
  Adder(m, "log_loss", "Log loss", e.log_loss(), kNumber, "How surprised its probabilities are by what happened",
        kLowerIsBetter)
      .Against(e.log_loss_baseline(), "the share of all");
  Adder(m, "brier", "Brier score", e.brier(), kNumber, "Mean squared distance of probability and outcome",
        kLowerIsBetter)
      .Against(share * (1 - share), "the share of all");
  Adder(m, "expected_calibration_error", "Calibration error", e.expected_calibration_error(), kNumber,
        "How far a probability is off what then happens, on average", kLowerIsBetter);
  Adder(m, "average_precision", "Average precision", e.average_precision(), kNumber,
        "Precision over all thresholds, weighted by what each finds")
      .Against(share, "the share of all");
  Adder(m, "precision", "Precision", e.precision(), kShare, "Of those called, how many are right")
      .Against(share, "calling everybody");
  Adder(m, "recall", "Recall", e.recall(), kShare, "Of those to be found, how many are called");
  Adder(m, "f1", "F1", e.f1(), kNumber, "Precision and recall in one: their harmonic mean");
}

void AddClasses(const MulticlassEvaluation& e, Metrics& m) {
  Adder(m, "accuracy", "Accuracy", e.accuracy(), kShare, "Of all calls, how many are right")
      .In(Normal(e.accuracy(), e.accuracy_standard_error()))
      .Against(e.majority_share(), "always the most frequent");
  Adder(m, "macro_f1", "Macro F1", e.macro_f1(), kNumber, "Mean of the classes' F1, rare ones counting as much");
  Adder(m, "log_loss", "Log loss", e.log_loss(), kNumber, "How surprised its probabilities are by what happened",
        kLowerIsBetter)
      .Against(e.log_loss_baseline(), "the shares of all");
}

// The simple rule that does best by `measure`; null: none.
const ValueEvaluation::Baseline* BestRule(const ValueEvaluation& e,
                                          double (ValueEvaluation::Baseline::*measure)() const) {
  const ValueEvaluation::Baseline* best = nullptr;
  for (const auto& rule : e.baselines()) {
    if (!std::isfinite((rule.*measure)())) continue;
    if (best == nullptr || (rule.*measure)() > (best->*measure)()) best = &rule;
  }
  return best;
}

void AddValue(const ValueEvaluation& e, double coverage_asked, Metrics& m) {
  const auto* gini = BestRule(e, &ValueEvaluation::Baseline::normalised_gini);
  const auto* spearman = BestRule(e, &ValueEvaluation::Baseline::spearman);
  Adder(m, "normalised_gini", "Normalised Gini", e.normalised_gini(), kNumber,
        "How well the money is in order; 1 is perfect, 0 chance")
      .Against(gini == nullptr ? std::nan("") : gini->normalised_gini(), gini == nullptr ? "" : gini->name());
  Adder(m, "spearman", "Spearman", e.spearman(), kNumber, "How well customers are in order; 1 is perfect, 0 chance")
      .Against(spearman == nullptr ? std::nan("") : spearman->spearman(), spearman == nullptr ? "" : spearman->name());
  Adder(m, "mae", "Mean error", e.mae(), kMoney, "How far a customer's value is off, on average", kLowerIsBetter)
      .Against(e.mae_baseline(), "always the mean");
  Adder(m, "rmse", "Root mean squared error", e.rmse(), kMoney, "The same, large errors counting more", kLowerIsBetter)
      .Against(e.rmse_baseline(), "always the mean");
  Adder(m, "total_ratio", "Predicted total", e.total_ratio(), kNumber,
        "All predictions together / what all spent; 1 is right")
      .In({e.total_ratio_lower(), e.total_ratio_upper()});
  Adder(m, "top_decile_share", "Held by the first tenth", e.top_decile_share(), kShare,
        "Of all value, held by the tenth predicted highest")
      .Against(0.1, "chance");
  if (e.mean_interval_width() > 0) {
    Adder(m, "interval_coverage", "Intervals hold", e.interval_coverage(), kShare,
          absl::StrCat("Of the actual values, inside their intervals; ", Share(coverage_asked), " was asked"));
  }
}

void AddClusters(const ClusterEvaluation& e, Metrics& m) {
  Adder(m, "silhouette", "Silhouette", e.silhouette(), kNumber, "1 far apart, 0 touching, below 0 mixed");
  Adder(m, "explained_share", "Explained", e.explained_share(), kShare,
        "Of what tells customers apart, how much the segment tells");
  double least = 0;
  for (const auto& profile : e.profiles()) {
    if (profile.stability() > 0 && (least == 0 || profile.stability() < least)) least = profile.stability();
  }
  if (least > 0) {
    Adder(m, "least_stability", "Least stable segment", least, kNumber,
          "How much of it comes back in resamples; below 0.6 it is not to be trusted");
  }
  Adder(m, "davies_bouldin", "Davies-Bouldin", e.davies_bouldin(), kNumber, "How wide segments are for their distance",
        kLowerIsBetter);
  if (e.calinski_harabasz() > 0) {
    Adder(m, "calinski_harabasz", "Calinski-Harabasz", e.calinski_harabasz(), kNumber,
          "Variance between segments for that within");
  }
}

void AddSurvival(const SurvivalEvaluation& e, Metrics& m) {
  Adder(m, "concordance", "Concordance", e.concordance(), kNumber,
        "Of two customers, how often the one at higher risk leaves first")
      .In(Normal(e.concordance(), e.concordance_standard_error()))
      .Against(0.5, "chance");
  double worst = 0;
  for (const auto& point : e.calibration()) worst = std::max(worst, std::abs(point.predicted() - point.observed()));
  if (!e.calibration().empty()) {
    Adder(m, "survival_error", "Survival is off", worst, kShare, "Predicted and observed survival at most apart",
          kLowerIsBetter);
  }
  Adder(m, "events", "Who left", static_cast<double>(e.events()), kNumber,
        "Ends that were observed; all else is built on them");
}

void AddRfm(const RfmEvaluation& e, Metrics& m) {
  const RfmEvaluation::Segment* most = nullptr;
  for (const auto& segment : e.segments()) {
    if (most == nullptr || segment.value_share() > most->value_share()) most = &segment;
  }
  if (most == nullptr) return;
  Adder(m, "top_segment_value_share", "Held by the best segment", most->value_share(), kShare,
        absl::StrCat("Of all value, held by ", most->name()))
      .Against(most->share(), "its share of customers");
}

void AddLifetimeValue(const LifetimeValueEvaluation& e, Metrics& m) {
  if (e.has_purchases() && e.purchases().actual() > 0) {
    Adder(m, "purchases_ratio", "Predicted purchases", e.purchases().expected() / e.purchases().actual(), kNumber,
          absl::StrCat("In the ", e.holdout_days(), " days after: expected / actual; 1 is right"));
    Adder(m, "purchases_correlation", "Purchases, customer by customer", e.purchases().correlation(), kNumber,
          "Correlation of expected and actual purchases");
  }
  Adder(m, "portfolio_value", "Value of all customers", e.portfolio().value(), kMoney,
        "Expected and discounted, in the horizon")
      .In({e.portfolio().value_lower(), e.portfolio().value_upper()});
}

}  // namespace

Metrics CardMetrics(const Evaluation& e, double coverage) {
  Metrics metrics;
  if (e.has_classifier()) AddClassifier(e, metrics);
  if (e.has_classes()) AddClasses(e.classes(), metrics);
  if (e.has_value()) AddValue(e.value(), coverage, metrics);
  if (e.has_clusters()) AddClusters(e.clusters(), metrics);
  if (e.has_survival()) AddSurvival(e.survival(), metrics);
  if (e.has_rfm()) AddRfm(e.rfm(), metrics);
  if (e.has_lifetime_value()) AddLifetimeValue(e.lifetime_value(), metrics);
  return metrics;
}

}  // namespace clientele::inference
