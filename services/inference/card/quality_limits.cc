#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/text/numbers.h"
#include "services/inference/card/limit_rules.h"

namespace clientele::inference {
namespace {

using clientele::model::v1::Evaluation;
using clientele::model::v1::Gate;
using clientele::model::v1::GateDecision;
using clientele::model::v1::Grade;

const Evaluation& EvaluationOf(const CardFacts& facts) { return facts.artifact.evaluation(); }

// How far a measure of the gate is known: its standard error, or a fiftieth of the bound where none is told.
double NoiseOf(const Evaluation& evaluation, absl::string_view metric, double bound) {
  if (metric == "auc" && evaluation.has_classifier()) return evaluation.classifier().auc_standard_error();
  if (metric == "accuracy" && evaluation.has_classifier()) return evaluation.classifier().accuracy_standard_error();
  if (metric == "accuracy" && evaluation.has_classes()) return evaluation.classes().accuracy_standard_error();
  if (metric == "concordance") return evaluation.survival().concordance_standard_error();
  return std::abs(bound) / 50;
}

// "12 % more", "8 % less".
std::string Off(double ratio) {
  return absl::StrFormat("%.0f %% %s", 100 * std::abs(ratio - 1), ratio > 1 ? "more" : "less");
}

}  // namespace

FoundLimit NotEvaluated(const CardFacts& facts) {
  const bool evaluated =
      EvaluationOf(facts).kind_case() != Evaluation::KIND_NOT_SET || EvaluationOf(facts).has_lifetime_value();
  return Found(evaluated ? Limit::SEVERITY_UNSPECIFIED : Limit::SEVERITY_SERIOUS, "NOT_EVALUATED",
               "Nobody has judged it: how good it is is not known.");
}

FoundLimit NotBetterThanTheRule(const CardFacts& facts) {
  const Grade& grade = EvaluationOf(facts).grade();
  return Found(grade.letter() == Grade::LETTER_C ? Limit::SEVERITY_SERIOUS : Limit::SEVERITY_UNSPECIFIED,
               "NOT_BETTER_THAN_THE_RULE",
               absl::StrCat("Not shown to be better than a simple rule: ", grade.explanation(), "."));
}

FoundLimit GateFailed(const CardFacts& facts) {
  std::vector<std::string> failed;
  for (const auto& check : facts.version.gate_decision().checks()) {
    if (!check.passed()) failed.push_back(check.explanation().empty() ? check.metric() : check.explanation());
  }
  return Found(failed.empty() ? Limit::SEVERITY_UNSPECIFIED : Limit::SEVERITY_CAUTION, "GATE_FAILED",
               absl::StrCat("It did not pass its gate: ", absl::StrJoin(failed, "; "), "."));
}

// Nearer to a bound than the measure is known.
FoundLimit GatePassedNarrowly(const CardFacts& facts) {
  std::vector<std::string> narrow;
  for (const auto& check : facts.version.gate_decision().checks()) {
    for (const Gate::Rule& rule : facts.artifact.spec().gate().rules()) {
      if (!check.passed() || rule.metric() != check.metric()) continue;
      if (!rule.has_at_least() && !rule.has_at_most()) continue;
      const double bound = rule.has_at_least() ? rule.at_least() : rule.at_most();
      const double room = rule.has_at_least() ? check.value() - bound : bound - check.value();
      if (!(room < NoiseOf(EvaluationOf(facts), check.metric(), bound))) continue;
      narrow.push_back(absl::StrCat(check.metric(), " ", Significant(check.value()), " for ", Significant(bound)));
    }
  }
  return Found(
      narrow.empty() ? Limit::SEVERITY_UNSPECIFIED : Limit::SEVERITY_NOTE, "GATE_PASSED_NARROWLY",
      absl::StrCat("It passed its gate by less than its measures are known: ", absl::StrJoin(narrow, "; "), "."));
}

FoundLimit TooGood(const CardFacts& facts) {
  const bool classifier = EvaluationOf(facts).has_classifier();
  const double auc = EvaluationOf(facts).classifier().auc();
  return Found(classifier && auc > 0.98 ? Limit::SEVERITY_CAUTION : Limit::SEVERITY_UNSPECIFIED, "TOO_GOOD",
               absl::StrCat("An AUC of ", Significant(auc),
                            " is rarely true: look whether a feature is known only after the fact."));
}

FoundLimit OneFeatureDecides(const CardFacts& facts) {
  if (facts.features.size() < 2) return std::nullopt;
  const auto& first = *std::max_element(facts.features.begin(), facts.features.end(),
                                        [](const auto& a, const auto& b) { return a.importance() < b.importance(); });
  return Found(SeverityAbove(first.importance(), {0.6, 0.9, 2}), "ONE_FEATURE_DECIDES",
               absl::StrCat(Share(first.importance()), " of what tells customers apart is ", first.feature(),
                            ": where that is wrong, the score is."));
}

// The calibration error of few rows is noise, so it counts only where more than a third of the customers lie in bins
// whose interval leaves out what was predicted.
FoundLimit PoorCalibration(const CardFacts& facts) {
  if (!EvaluationOf(facts).has_classifier()) return std::nullopt;
  const auto& evaluation = EvaluationOf(facts).classifier();
  double rows = 0, off = 0;
  for (const auto& bin : evaluation.calibration()) {
    const bool holds = bin.mean_score() >= bin.share_lower() && bin.mean_score() <= bin.share_upper();
    rows += static_cast<double>(bin.rows());
    if (!holds) off += static_cast<double>(bin.rows());
  }
  if (!(rows > 0 && off > rows / 3)) return std::nullopt;
  const double error = evaluation.expected_calibration_error();
  return Found(SeverityAbove(error, {0.02, 0.05, 0.1}), "POOR_CALIBRATION",
               absl::StrCat("Its probabilities are off by ", Share(error),
                            " on average: trust the order, not the number, or calibrate it."));
}

FoundLimit TotalOff(const CardFacts& facts) {
  if (!EvaluationOf(facts).has_value()) return std::nullopt;
  const auto& value = EvaluationOf(facts).value();
  if (value.total_ratio_lower() <= 1 && value.total_ratio_upper() >= 1) return std::nullopt;
  return Found(SeverityAbove(std::abs(value.total_ratio() - 1), {0.05, 0.15, 0.4}), "TOTAL_OFF",
               absl::StrFormat("In total it predicts %s than customers spent (95 %% interval of the ratio %s).",
                               Off(value.total_ratio()),
                               Between(value.total_ratio_lower(), value.total_ratio_upper(), &ThreeDigits)));
}

FoundLimit PurchasesOff(const CardFacts& facts) {
  const auto& evaluation = EvaluationOf(facts).lifetime_value();
  if (!evaluation.has_purchases() || !(evaluation.purchases().actual() > 0)) return std::nullopt;
  const double ratio = evaluation.purchases().expected() / evaluation.purchases().actual();
  return Found(SeverityAbove(std::abs(ratio - 1), {0.05, 0.15, 0.4}), "PURCHASES_OFF",
               absl::StrFormat("In the %d days after, it expected %s purchases than there were.",
                               evaluation.holdout_days(), Off(ratio)));
}

FoundLimit IntervalsMiss(const CardFacts& facts) {
  const auto& value = EvaluationOf(facts).value();
  const double asked = facts.artifact.value_regression().intervals().coverage();
  if (asked == 0 || value.mean_interval_width() == 0) return std::nullopt;
  return Found(SeverityAbove(asked - value.interval_coverage(), {0.03, 0.06, 0.15}), "INTERVALS_MISS",
               absl::StrCat("Its intervals hold ", Share(value.interval_coverage()), " of the values and not ",
                            Share(asked), "."));
}

FoundLimit OrderIsChance(const CardFacts& facts) {
  double value = 1, error = 0;
  absl::string_view what;
  if (EvaluationOf(facts).has_classifier()) {
    const auto& classifier = EvaluationOf(facts).classifier();
    value = classifier.auc(), error = classifier.auc_standard_error(), what = "AUC";
  } else if (EvaluationOf(facts).has_survival() && facts.artifact.survival().coefficients_size() > 0) {
    const auto& survival = EvaluationOf(facts).survival();
    value = survival.concordance(), error = survival.concordance_standard_error(), what = "concordance";
  }
  const bool chance = !(value - kNormal95 * error > 0.5);  // Not a number too.
  return Found(chance ? Limit::SEVERITY_SERIOUS : Limit::SEVERITY_UNSPECIFIED, "ORDER_IS_CHANCE",
               absl::StrCat("Its order is not shown to be better than chance: ", what, " ", Significant(value), " +- ",
                            Significant(kNormal95 * error, 2), "."));
}

FoundLimit SurvivalOff(const CardFacts& facts) {
  double worst = 0, horizon = 0;
  for (const auto& point : EvaluationOf(facts).survival().calibration()) {
    const double off = std::abs(point.predicted() - point.observed());
    if (off > worst) worst = off, horizon = point.horizon();
  }
  return Found(SeverityAbove(worst, {0.03, 0.07, 0.15}), "SURVIVAL_OFF",
               absl::StrCat("At ", Significant(horizon), " ", facts.artifact.survival().duration_unit(),
                            " it is off by ", FormatNumber(100 * worst, 1), " points of survival."));
}

FoundLimit WeakSegments(const CardFacts& facts) {
  if (!EvaluationOf(facts).has_clusters()) return std::nullopt;
  const double silhouette = EvaluationOf(facts).clusters().silhouette();
  return Found(SeverityBelow(silhouette, {0.2, 0.1, 0}), "WEAK_SEGMENTS",
               absl::StrCat("Segments run into each other (silhouette ", Significant(silhouette),
                            "): they are a way to speak of customers rather than kinds of them."));
}

FoundLimit UnstableSegments(const CardFacts& facts) {
  std::vector<std::string> names;
  double least = 1;
  for (const auto& profile : EvaluationOf(facts).clusters().profiles()) {
    if (!(profile.stability() > 0 && profile.stability() < 0.6)) continue;
    least = std::min(least, profile.stability());
    names.push_back(absl::StrCat(profile.name(), " (", FormatNumber(profile.stability(), 2), ")"));
  }
  return Found(SeverityBelow(least, {0.6, 0.6, 0.4}), "UNSTABLE_SEGMENTS",
               absl::StrCat("Other customers would have given other segments than ", absl::StrJoin(names, ", "), "."));
}

}  // namespace clientele::inference
