#include "services/inference/card/limits.h"

#include <algorithm>
#include <utility>

#include "services/inference/card/limit_rules.h"

namespace clientele::inference {
namespace {

using Rule = FoundLimit (*)(const CardFacts& facts);

constexpr Rule kRules[] = {
    &NotEvaluated,
    &NotBetterThanTheRule,
    &GateFailed,
    &GatePassedNarrowly,
    &TooGood,
    &OneFeatureDecides,
    &PoorCalibration,
    &TotalOff,
    &PurchasesOff,
    &IntervalsMiss,
    &OrderIsChance,
    &SurvivalOff,
    &WeakSegments,
    &UnstableSegments,
    &FewRows,
    &FewRowsForItsColumns,
    &FewJudged,
    &FewPositives,
    &RareClasses,
    &FewEvents,
    &NotHeldOut,
    &OftenMissing,
    &OldData,
    &NotConverged,
    &Separable,
    &PurchaseFit,
    &SpendFit,
    &SpendGoesWithPurchases,
    &HazardsNotProportional,
};

}  // namespace

Limit::Severity SeverityAbove(double size, const Levels& levels) {
  if (size >= levels.serious) return Limit::SEVERITY_SERIOUS;
  if (size >= levels.caution) return Limit::SEVERITY_CAUTION;
  return size >= levels.note ? Limit::SEVERITY_NOTE : Limit::SEVERITY_UNSPECIFIED;
}

Limit::Severity SeverityBelow(double size, const Levels& levels) {
  if (size < levels.serious) return Limit::SEVERITY_SERIOUS;
  if (size < levels.caution) return Limit::SEVERITY_CAUTION;
  return size < levels.note ? Limit::SEVERITY_NOTE : Limit::SEVERITY_UNSPECIFIED;
}

FoundLimit Found(Limit::Severity severity, absl::string_view code, std::string text) {
  if (severity == Limit::SEVERITY_UNSPECIFIED) return std::nullopt;
  Limit limit;
  limit.set_severity(severity);
  limit.set_code(std::string(code));
  limit.set_text(std::move(text));
  return limit;
}

std::vector<Limit> FindLimits(const CardFacts& facts) {
  std::vector<Limit> limits;
  for (const Rule rule : kRules) {
    if (FoundLimit found = rule(facts)) limits.push_back(*std::move(found));
  }
  std::stable_sort(limits.begin(), limits.end(),
                   [](const Limit& a, const Limit& b) { return a.severity() > b.severity(); });
  return limits;
}

}  // namespace clientele::inference
