#include "services/training/gate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/training/gate_metrics.h"

namespace clientele::training {
namespace {

using model::v1::Evaluation;
using model::v1::Gate;
using model::v1::GateDecision;
using model::v1::TrainingSpec;

constexpr double kLeastAccuracy = 0.80;

std::string Format(double value, int decimals) { return absl::StrFormat("%.*f", decimals, value); }

// Two numbers in words, with as many decimals as it takes to tell them apart.
struct Words {
  Words(double a, double b) {
    for (int decimals = std::max(std::abs(a), std::abs(b)) < 100 ? 3 : 1; decimals <= 12; ++decimals) {
      first = Format(a, decimals);
      second = Format(b, decimals);
      if (a == b || first != second) return;
    }
  }
  std::string first, second;
};

class Judge {
 public:
  Judge(const Evaluation& evaluation, const Evaluation* champion) : evaluation_(evaluation), champion_(champion) {}

  void Check(const Gate::Rule& rule) {
    const double value = Value(rule.metric());
    const auto failure = rule.failure() == Gate::FAILURE_REJECT ? Gate::FAILURE_REJECT : Gate::FAILURE_CANDIDATE;
    if (rule.has_at_least()) {
      const Words words(value, rule.at_least());
      const bool passed = value >= rule.at_least();
      Add(rule.metric(), value, passed, failure,
          absl::StrCat(rule.metric(), " ", words.first, passed ? " is at least " : " is below ", words.second));
    }
    if (rule.has_at_most()) {
      const Words words(value, rule.at_most());
      const bool passed = value <= rule.at_most();
      Add(rule.metric(), value, passed, failure,
          absl::StrCat(rule.metric(), " ", words.first, passed ? " is at most " : " is above ", words.second));
    }
    if (rule.has_better_than_champion_by()) CheckChampion(rule, value, failure);
  }

  // Better than always saying the more frequent class, by more than chance.
  template <typename Classifier>
  void CheckMajority(const Classifier& classifier) {
    const double gain = classifier.accuracy() - classifier.majority_share();
    const bool passed = gain > 0 && gain >= classifier.accuracy_standard_error();
    const Words words(classifier.accuracy(), classifier.majority_share());
    Add("accuracy", classifier.accuracy(), passed, Gate::FAILURE_REJECT,
        absl::StrCat("accuracy ", words.first, passed ? " beats" : " does not beat", " the majority class's ", words.second,
                     " by the standard error ", Format(classifier.accuracy_standard_error(), 3)));
  }

  void CheckMean() {
    const auto& value = evaluation_.value();
    const bool passed = value.rmse() < value.rmse_baseline();
    const Words words(value.rmse(), value.rmse_baseline());
    Add("rmse", value.rmse(), passed, Gate::FAILURE_REJECT,
        absl::StrCat("rmse ", words.first, passed ? " beats" : " does not beat", " the ", words.second,
                     " of always saying the mean"));
  }

  // Risks in a better order than chance. Retention from period to period knows no risks.
  void CheckOrder() {
    if (!evaluation_.survival().retention().empty()) return;
    const double concordance = evaluation_.survival().concordance();
    const bool passed = concordance > 0.5;
    Add("concordance", concordance, passed, Gate::FAILURE_REJECT,
        absl::StrCat("concordance ", Words(concordance, 0.5).first, passed ? " beats" : " does not beat", " chance, 0.5"));
  }

  GateDecision Decision() && {
    decision_.set_decision(worst_ == Gate::FAILURE_REJECT      ? GateDecision::DECISION_REJECTED
                           : worst_ == Gate::FAILURE_CANDIDATE ? GateDecision::DECISION_PUBLISHED_CANDIDATE
                                                               : GateDecision::DECISION_PUBLISHED_ACTIVE);
    return std::move(decision_);
  }

 private:
  double Value(const std::string& metric) const {
    return MetricOf(evaluation_, metric).value_or(std::numeric_limits<double>::quiet_NaN());
  }

  void CheckChampion(const Gate::Rule& rule, double value, Gate::Failure failure) {
    const auto of_champion = champion_ == nullptr ? std::nullopt : MetricOf(*champion_, rule.metric());
    if (!of_champion) {
      Add(rule.metric(), value, true, failure, absl::StrCat("there is no champion to compare ", rule.metric(), " with"));
      return;
    }
    const double gain = Improvement(rule.metric(), value, *of_champion);
    const bool passed = gain >= rule.better_than_champion_by();
    const Words words(value, *of_champion);
    const Words gains(gain, rule.better_than_champion_by());
    Add(rule.metric(), value, passed, failure,
        absl::StrCat(rule.metric(), " ", words.first, " against the champion's ", words.second, ": better by ", gains.first,
                     passed ? ", and at least " : ", and not by ", gains.second, passed ? " was asked" : ""));
  }

  void Add(absl::string_view metric, double value, bool passed, Gate::Failure failure, std::string explanation) {
    GateDecision::Check& check = *decision_.add_checks();
    check.set_metric(std::string(metric));
    check.set_value(value);
    check.set_passed(passed);
    check.set_explanation(std::isnan(value) && !passed ? absl::StrCat(metric, " is not a number: the holdout cannot tell it")
                                                       : std::move(explanation));
    if (!passed) worst_ = std::max(worst_, failure);
  }

  const Evaluation& evaluation_;
  const Evaluation* champion_;
  GateDecision decision_;
  Gate::Failure worst_ = Gate::FAILURE_UNSPECIFIED;
};

}  // namespace

GateDecision Decide(const TrainingSpec& spec, const Evaluation& evaluation, const Evaluation* champion) {
  Judge judge(evaluation, champion);
  if (!spec.gate().no_default_rules()) {
    if (evaluation.has_classifier()) {
      Gate::Rule accuracy;
      accuracy.set_metric("accuracy");
      accuracy.set_at_least(kLeastAccuracy);
      judge.Check(accuracy);
      judge.CheckMajority(evaluation.classifier());
    }
    if (evaluation.has_classes()) judge.CheckMajority(evaluation.classes());
    if (evaluation.has_value()) judge.CheckMean();
    if (evaluation.has_survival()) judge.CheckOrder();
  }
  for (const Gate::Rule& rule : spec.gate().rules()) judge.Check(rule);
  return std::move(judge).Decision();
}

}  // namespace clientele::training
