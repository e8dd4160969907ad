#include "services/inference/quality/verdict.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/numbers.h"

namespace clientele::inference {
namespace {

using v1::QualityMeasure;
using v1::QualityQuarter;
using v1::QualityTarget;

// "0.841 (0.82 to 0.86)"
std::string InWords(const QualityMeasure& measure) {
  std::string text = Significant(measure.value());
  if (!measure.has_lower()) return text;
  const std::string between = Between(measure.lower(), measure.upper(), ThreeDigits);
  return between.empty() ? text : absl::StrCat(text, " (", between, ")");
}

// Half the width of its interval; NaN where none is known.
double Half(const QualityMeasure& measure) {
  return measure.has_lower() ? (measure.upper() - measure.lower()) / 2 : std::nan("");
}

void SetLevel(const QualityTarget& target, bool lower_is_better, QualityQuarter& quarter) {
  if (!target.has_level() || !quarter.has_holdout()) return;
  const double value = quarter.holdout().value();
  quarter.set_level_met(lower_is_better ? value <= target.level() : value >= target.level());
}

void SetGain(const QualityTarget& target, bool lower_is_better, const QualityQuarter* before, QualityQuarter& quarter) {
  if (!quarter.has_holdout() || before == nullptr || !before->has_holdout()) return;
  const double was = before->holdout().value();
  const double gain = (quarter.holdout().value() - was) * (lower_is_better ? -1 : 1);
  quarter.set_gain(gain);
  if (was == 0) return;
  quarter.set_relative_gain(gain / std::abs(was));
  quarter.set_gain_met(quarter.relative_gain() >= target.gain());
}

QualityQuarter::Verdict VerdictOf(const QualityTarget& target, const QualityQuarter& quarter) {
  const bool level_missed = quarter.has_level_met() && !quarter.level_met();
  const bool gain_missed = quarter.has_gain_met() && !quarter.gain_met();
  if (level_missed || gain_missed) return QualityQuarter::VERDICT_MISSED;
  const bool level_known = quarter.has_level_met() || !target.has_level();
  return level_known && quarter.has_gain_met() ? QualityQuarter::VERDICT_MET : QualityQuarter::VERDICT_UNKNOWN;
}

// "4.5 % better than 0.805 in 2026-Q3, 5 % was asked; it may be chance"
std::string GainInWords(const QualityTarget& target, const QualityQuarter& before, const QualityQuarter& quarter) {
  const double relative = quarter.relative_gain();
  std::string text = absl::StrCat(Share(std::abs(relative)), relative < 0 ? " worse" : " better", " than ",
                                  Significant(before.holdout().value()), " in ", before.quarter(), ", ",
                                  Share(target.gain()), " better was asked");
  const bool same = quarter.champions().rbegin()->model_version() == before.champions().rbegin()->model_version();
  if (same) return absl::StrCat(text, ": the champion is still the same");
  if (target.metric() == "accuracy" && before.holdout().value() * (1 + target.gain()) > 1) {
    absl::StrAppend(&text, ", which would be more than 100 %");
  }
  // Of two holdouts: nothing is known of what they share.
  const double noise = std::hypot(Half(quarter.holdout()), Half(before.holdout()));
  if (std::abs(quarter.gain()) <= noise) absl::StrAppend(&text, "; the difference may be chance");
  return text;
}

std::string TextOf(const QualityTarget& target, const QualityQuarter* before, const QualityQuarter& quarter) {
  if (quarter.champions().empty()) return "There was no champion.";
  if (!quarter.has_holdout()) return absl::StrCat("The champion has no ", target.metric(), ".");
  std::vector<std::string> parts = {absl::StrCat(target.metric(), " ", InWords(quarter.holdout()))};
  if (quarter.has_level_met()) {
    parts.push_back(
        absl::StrCat(quarter.level_met() ? "as good as the " : "not the ", Plain(target.level()), " asked"));
  }
  parts.push_back(quarter.has_relative_gain() ? GainInWords(target, *before, quarter)
                                              : std::string("there is no quarter before to compare with"));
  return Sentence(absl::StrJoin(parts, "; "));
}

}  // namespace

void JudgeQuarter(const QualityTarget& target, bool lower_is_better, const QualityQuarter* before,
                  QualityQuarter& quarter) {
  SetLevel(target, lower_is_better, quarter);
  SetGain(target, lower_is_better, before, quarter);
  quarter.set_verdict(VerdictOf(target, quarter));
  quarter.set_text(TextOf(target, before, quarter));
}

}  // namespace clientele::inference
