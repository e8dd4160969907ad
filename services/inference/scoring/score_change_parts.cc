#include "services/inference/scoring/score_change_parts.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/timestamps.h"
#include "common/text/numbers.h"
#include "common/text/values.h"

namespace clientele::inference {
namespace {

constexpr size_t kMostTold = 3;

struct Part {
  std::string words;
  double change = 0;
};

std::string TimeInWords(absl::Duration passed) {
  const double days = absl::ToDoubleHours(passed) / 24;
  if (days < 1) return "time went by";
  return absl::StrCat(Counted(static_cast<int64_t>(std::floor(days)), "day"), " went by");
}

std::vector<Part> PartsOf(absl::Duration passed, const v1::ExplainScoreChangeResponse& response) {
  std::vector<Part> parts = {{"another version of the model", response.model_change()},
                             {TimeInWords(passed), response.time_change()},
                             {"earlier events", response.other_events()}};
  for (const auto& event : response.events()) {
    const bool late = event.event() == kLateRecords;
    const std::string day = late ? "" : absl::StrCat(" on ", FormatDate(FromProto(event.event_time())));
    parts.push_back({absl::StrCat(event.event(), day), event.change()});
  }
  return parts;
}

}  // namespace

ScoreScale ScaleOf(const ScoringModel& model) {
  switch (model.algorithm()) {
    case v1::ALGORITHM_LOGISTIC_REGRESSION: return ScoreScale::kLogOdds;
    case v1::ALGORITHM_VALUE_REGRESSION: return ScoreScale::kFit;
    case v1::ALGORITHM_LIFETIME_VALUE: return ScoreScale::kValue;
    case v1::ALGORITHM_SURVIVAL: return ScoreScale::kLogHazardRatio;
    default: return ScoreScale::kNone;
  }
}

ScoreScale CommonScale(const ScoringModel& from, const ScoringModel& to) {
  const ScoreScale scale = ScaleOf(to);
  if (ScaleOf(from) != scale) return ScoreScale::kNone;
  if (scale != ScoreScale::kFit) return scale;
  const auto& before = from.predictor().artifact().value_regression();
  const auto& after = to.predictor().artifact().value_regression();
  return before.family() == after.family() && before.target() == after.target() ? scale : ScoreScale::kValue;
}

absl::string_view NameOf(ScoreScale scale) {
  switch (scale) {
    case ScoreScale::kLogOdds: return "log odds";
    case ScoreScale::kFit: return "fit";
    case ScoreScale::kValue: return "value";
    case ScoreScale::kLogHazardRatio: return "log hazard ratio";
    case ScoreScale::kNone: break;
  }
  return "";
}

double ScoreOn(ScoreScale scale, const model::Prediction& prediction) {
  return scale == ScoreScale::kValue ? prediction.output : prediction.fit;
}

void SetParts(const ScoreStages& stages, absl::Time from_time, v1::ExplainScoreChangeResponse& response) {
  response.set_from_score(stages.from);
  response.set_model_change(stages.version - stages.from);
  response.set_time_change(stages.idle - stages.late);
  response.set_other_events(stages.others - stages.idle);
  const auto add = [&](absl::Time time, absl::string_view words, double change) {
    auto& event = *response.add_events();
    *event.mutable_event_time() = ToProto(time);
    event.set_event(std::string(words));
    event.set_change(change);
  };
  if (stages.late != stages.version) add(from_time, kLateRecords, stages.late - stages.version);
  double before = stages.others;
  for (const ScoreStages::Event& event : stages.events) {
    add(event.time, event.words, event.score - before);
    before = event.score;
  }
  response.set_to_score(before);
  response.set_change(before - stages.from);
}

std::string ChangeInWords(absl::string_view what, absl::string_view from, absl::string_view to, absl::Duration passed,
                          const v1::ExplainScoreChangeResponse& response) {
  std::vector<Part> parts = PartsOf(passed, response);
  std::erase_if(parts, [](const Part& part) { return part.change == 0; });
  if (parts.empty()) return absl::StrCat(what, " is as it was: ", to);
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Part& a, const Part& b) { return std::abs(a.change) > std::abs(b.change); });
  parts.resize(std::min(parts.size(), kMostTold));
  const absl::string_view moved = response.change() > 0 ? " rose" : response.change() < 0 ? " fell" : " went";
  return absl::StrCat(what, moved, " from ", from, " to ", to, ": ",
                      absl::StrJoin(parts, ", ", [](std::string* out, const Part& part) {
                        absl::StrAppend(out, part.words, absl::StrFormat(" (%+.2f)", part.change));
                      }));
}

std::string ScoreInWords(const ScoringModel& model, const model::Prediction& prediction) {
  switch (ScaleOf(model)) {
    case ScoreScale::kLogOdds: return Share(prediction.output);
    case ScoreScale::kLogHazardRatio: return absl::StrCat("hazard ratio ", Significant(prediction.output));
    default: {
      const std::string& currency = model.predictor().artifact().base_currency();
      return absl::StrCat(FormatNumber(prediction.output, 2), currency.empty() ? "" : " ", currency);
    }
  }
}

}  // namespace clientele::inference
