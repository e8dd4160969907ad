// A difference of two scores in parts that add up, and in words. Pure functions.
//
// The customer is scored at a chain of stages, each of which differs from the one before in one thing; a part is the
// difference of two neighbours, so that the parts add up to the whole by construction (to rounding).
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/model/predictor.h"
#include "services/inference/scoring/scoring_model.h"

namespace clientele::inference {

inline constexpr absl::string_view kLateRecords = "records that arrived late";

// What differences are told on. On an additive one where the model has it, so that a part does not depend on where the
// score is.
enum class ScoreScale { kNone, kLogOdds, kFit, kValue, kLogHazardRatio };
// kNone: the model tells a segment or one of several classes.
ScoreScale ScaleOf(const ScoringModel& model);
// One that both have: values of two regressions with different families are compared as values. kNone: there is none.
ScoreScale CommonScale(const ScoringModel& from, const ScoringModel& to);
absl::string_view NameOf(ScoreScale scale);  // "log odds"; "" for kNone.
double ScoreOn(ScoreScale scale, const model::Prediction& prediction);

struct ScoreStages {
  double from = 0;     // The from-version, at from_time, of what was known then.
  double version = 0;  // The to-version of the same.
  double late = 0;     // And of what is known at to_time of the time up to from_time.
  double idle = 0;     // At to_time, as if nothing had happened since from_time.
  double others = 0;   // With the events that are not told one by one.
  struct Event {
    absl::Time time;
    std::string words;
    double score = 0;  // With this one and all before it.
  };
  std::vector<Event>
      events;  // In the order of time. The last one's score is that at to_time; without events, `others` is.
};

// Sets scores, change and parts. Records that arrived late are the first event where they make a difference.
void SetParts(const ScoreStages& stages, absl::Time from_time, v1::ExplainScoreChangeResponse& response);

// "Churn within 90 days rose from 12.5 % to 31.2 %: 60 days went by (+0.90), complaint on 2024-05-03 (+0.41)", the
// strongest parts first, at most three. `what` is scored, `from` and `to` are its scores for people.
std::string ChangeInWords(absl::string_view what, absl::string_view from, absl::string_view to, absl::Duration passed,
                          const v1::ExplainScoreChangeResponse& parts);
// For people: "12.5 %", "120.50 GBP", "hazard ratio 1.2".
std::string ScoreInWords(const ScoringModel& model, const model::Prediction& prediction);

}  // namespace clientele::inference
