// The rules of limits.h, one function each. Thresholds are in the code that uses them, with their reason.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "services/inference/card/limits.h"

namespace clientele::inference {

using Limit = clientele::model::v1::ModelCard::Limit;
using FoundLimit = std::optional<Limit>;  // None: all is well.

// From which size on something is a note, a caution, serious.
struct Levels {
  double note;
  double caution;
  double serious;
};
// UNSPECIFIED where `size` reaches none of them.
Limit::Severity SeverityAbove(double size, const Levels& levels);
// The same for what is bad where it is small: below, not at.
Limit::Severity SeverityBelow(double size, const Levels& levels);
// None where the severity is UNSPECIFIED.
FoundLimit Found(Limit::Severity severity, absl::string_view code, std::string text);

// What it was made of (data_limits.cc).
FoundLimit FewRows(const CardFacts& facts);
FoundLimit FewRowsForItsColumns(const CardFacts& facts);
FoundLimit FewJudged(const CardFacts& facts);
FoundLimit FewPositives(const CardFacts& facts);
FoundLimit RareClasses(const CardFacts& facts);
FoundLimit FewEvents(const CardFacts& facts);
FoundLimit NotHeldOut(const CardFacts& facts);
FoundLimit OftenMissing(const CardFacts& facts);
FoundLimit OldData(const CardFacts& facts);

// How good it is (quality_limits.cc).
FoundLimit NotEvaluated(const CardFacts& facts);
FoundLimit NotBetterThanTheRule(const CardFacts& facts);
FoundLimit GateFailed(const CardFacts& facts);
FoundLimit GatePassedNarrowly(const CardFacts& facts);
FoundLimit TooGood(const CardFacts& facts);
FoundLimit OneFeatureDecides(const CardFacts& facts);
FoundLimit PoorCalibration(const CardFacts& facts);
FoundLimit TotalOff(const CardFacts& facts);
FoundLimit PurchasesOff(const CardFacts& facts);
FoundLimit IntervalsMiss(const CardFacts& facts);
FoundLimit OrderIsChance(const CardFacts& facts);
FoundLimit SurvivalOff(const CardFacts& facts);
FoundLimit WeakSegments(const CardFacts& facts);
FoundLimit UnstableSegments(const CardFacts& facts);

// Whether the fit is what it should be (fit_limits.cc).
FoundLimit NotConverged(const CardFacts& facts);
FoundLimit Separable(const CardFacts& facts);
FoundLimit PurchaseFit(const CardFacts& facts);
FoundLimit SpendFit(const CardFacts& facts);
FoundLimit SpendGoesWithPurchases(const CardFacts& facts);
FoundLimit HazardsNotProportional(const CardFacts& facts);

}  // namespace clientele::inference
