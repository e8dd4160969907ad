#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/timestamps.h"
#include "common/text/model_words.h"
#include "common/text/numbers.h"
#include "common/text/values.h"
#include "services/inference/card/limit_rules.h"

namespace clientele::inference {
namespace {

using clientele::model::v1::ModelArtifact;

constexpr double kNever = 1e300;  // As a level: not reached.

const auto& EvaluationOf(const CardFacts& facts) { return facts.artifact.evaluation(); }

bool LearnsFromLabel(const ModelArtifact& artifact) {
  return artifact.has_logistic_regression() || artifact.has_multinomial_regression() || artifact.has_value_regression();
}

std::string NameOf(const clientele::model::v1::ModelCard::CardFeature& feature) {
  return feature.display_name().empty() ? feature.feature() : feature.display_name();
}

}  // namespace

FoundLimit FewRows(const CardFacts& facts) {
  const auto rows = static_cast<double>(EvaluationOf(facts).train_rows());
  return Found(SeverityBelow(rows, {1'000, 500, 100}), "FEW_ROWS",
               absl::StrCat("It has learnt from ", Counted(EvaluationOf(facts).train_rows(), "customer"),
                            " only; others may be different."));
}

// Ten rows a coefficient is the usual least; penalties make up for some of it.
FoundLimit FewRowsForItsColumns(const CardFacts& facts) {
  if (!LearnsFromLabel(facts.artifact)) return std::nullopt;
  const int columns = facts.artifact.preprocessing().num_columns();
  const auto rows = static_cast<double>(EvaluationOf(facts).train_rows());
  if (columns == 0) return std::nullopt;
  return Found(SeverityBelow(rows / columns, {20, 10, 2}), "FEW_ROWS_A_COLUMN",
               absl::StrFormat("It weighs %d columns from %s, %.1f for each: with fewer features it may do better.",
                               columns, Counted(EvaluationOf(facts).train_rows(), "customer"), rows / columns));
}

FoundLimit FewJudged(const CardFacts& facts) {
  if (facts.artifact.spec().split().none() || !LearnsFromLabel(facts.artifact)) return std::nullopt;
  const auto rows = static_cast<double>(EvaluationOf(facts).holdout_rows());
  return Found(SeverityBelow(rows, {500, 200, 50}), "FEW_JUDGED",
               absl::StrCat("It was judged on ", Counted(EvaluationOf(facts).holdout_rows(), "customer"),
                            " only: its measures are rough."));
}

// By the rarer class; half of the AUC's 95 % interval says what that means.
FoundLimit FewPositives(const CardFacts& facts) {
  if (!EvaluationOf(facts).has_classifier()) return std::nullopt;
  const auto& evaluation = EvaluationOf(facts).classifier();
  const int64_t negatives = EvaluationOf(facts).holdout_rows() - evaluation.positives();
  const bool positive = evaluation.positives() <= negatives;
  const auto& label = facts.artifact.spec().dataset().label();
  return Found(SeverityBelow(static_cast<double>(std::min(evaluation.positives(), negatives)), {200, 100, 25}),
               "FEW_POSITIVES",
               absl::StrFormat("Only %s %s are among those it was judged on: the AUC may be off by %.2f.",
                               FormatCount(std::min(evaluation.positives(), negatives)),
                               positive ? PositivesInWords(label) : NegativesInWords(label),
                               kNormal95 * evaluation.auc_standard_error()));
}

FoundLimit RareClasses(const CardFacts& facts) {
  if (!EvaluationOf(facts).has_classes()) return std::nullopt;
  std::vector<std::string> rare;
  double least = kNever;
  for (const auto& one : EvaluationOf(facts).classes().classes()) {
    if (one.rows() >= 30) continue;
    rare.push_back(absl::StrCat(one.name(), " (", FormatCount(one.rows()), ")"));
    least = std::min(least, static_cast<double>(one.rows()));
  }
  return Found(rare.empty() ? Limit::SEVERITY_UNSPECIFIED : SeverityBelow(least, {31, 30, 10}), "RARE_CLASSES",
               absl::StrCat("Hardly anything is known of how well it finds ", absl::StrJoin(rare, ", "),
                            ": too few were judged."));
}

FoundLimit FewEvents(const CardFacts& facts) {
  if (!EvaluationOf(facts).has_survival()) return std::nullopt;
  const int64_t events = EvaluationOf(facts).survival().events();
  return Found(
      SeverityBelow(static_cast<double>(events), {200, 100, 25}), "FEW_EVENTS",
      absl::StrCat("Only ", Counted(events, "customer"), " left while they were seen; the rest is still open."));
}

// What is judged by what came later has not seen it.
FoundLimit NotHeldOut(const CardFacts& facts) {
  const auto& evaluation = EvaluationOf(facts);
  if (evaluation.has_lifetime_value()) {
    const bool judged = evaluation.lifetime_value().holdout_days() > 0;
    return Found(judged ? Limit::SEVERITY_UNSPECIFIED : Limit::SEVERITY_CAUTION, "NOT_HELD_OUT",
                 "Nothing that came after it judges it: train it as of an earlier day, with a label.");
  }
  const bool should = LearnsFromLabel(facts.artifact) || evaluation.has_survival();
  if (!should || !facts.artifact.spec().split().none()) return std::nullopt;
  return Found(LearnsFromLabel(facts.artifact) ? Limit::SEVERITY_SERIOUS : Limit::SEVERITY_CAUTION, "NOT_HELD_OUT",
               "It was judged on the customers it has learnt from: expect it to do worse on others.");
}

// Where there is importance, only features that matter.
FoundLimit OftenMissing(const CardFacts& facts) {
  constexpr double kMatters = 0.02, kOften = 0.2;
  const bool weighed = std::any_of(facts.features.begin(), facts.features.end(),
                                   [](const auto& feature) { return feature.importance() > 0; });
  std::vector<std::string> names;
  double most = 0;
  for (const auto& feature : facts.features) {
    if (feature.missing_share() < kOften || (weighed && feature.importance() < kMatters)) continue;
    most = std::max(most, feature.missing_share());
    names.push_back(absl::StrCat(NameOf(feature), " (", Share(feature.missing_share()), ")"));
  }
  const size_t all = names.size();
  if (all > 3) names.resize(3);
  return Found(SeverityAbove(most, {kOften, 0.5, 0.9}), "OFTEN_MISSING",
               absl::StrCat("Often missing in training: ", absl::StrJoin(names, ", "),
                            all > 3 ? absl::StrCat(" and ", all - 3, " more") : "", "."));
}

FoundLimit OldData(const CardFacts& facts) {
  const auto& dataset = facts.artifact.spec().dataset();
  if (!dataset.has_as_of()) return std::nullopt;
  const absl::Time as_of = FromProto(dataset.as_of());
  const double days = absl::ToDoubleHours(facts.now - as_of) / 24;
  return Found(SeverityAbove(days - facts.label_days, {180, 365, 730}), "OLD_DATA",
               absl::StrCat("What it has learnt ends on ", FormatDate(as_of), ", ",
                            Counted(static_cast<int64_t>(days), "day"), " ago: train it again."));
}

}  // namespace clientele::inference
