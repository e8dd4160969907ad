#include "services/training/schedules/triggers.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/durations.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::training {
namespace {

using inference::v1::DriftReport;
using inference::v1::FeatureDrift;
using inference::v1::ModelVersion;
using inference::v1::OutcomeReport;
using v1::DriftFinding;
using v1::DriftTrigger;
using v1::OutcomeFinding;
using v1::OutcomeTrigger;
using v1::RetrainSchedule;
using v1::ScheduleRun;

constexpr absl::Duration kDay = absl::Hours(24);
constexpr absl::Duration kDefaultInterval = absl::Hours(24 * 7);
constexpr absl::Duration kShortestInterval = absl::Hours(1);
constexpr absl::Duration kLongestInterval = absl::Hours(24 * 366);
constexpr absl::Duration kDefaultWindow = absl::Hours(24 * 7);
constexpr absl::Duration kLongestWindow = absl::Hours(24 * 90);
constexpr int64_t kDefaultRows = 1'000;
constexpr int64_t kFewestRows = 100;  // Of fewer, chance alone gives indices of a threshold's size.
constexpr int64_t kFewestOutcomes = 10;
constexpr int64_t kMost = 1'000'000'000;
constexpr double kLeastThreshold = 0.1;  // A smaller index is stable by any rule.
constexpr double kMostThreshold = 10;

bool IsTriggered(const ScheduleRun& run) { return run.has_drift() || run.has_outcomes(); }

// 0: not looked at.
bool Reaches(const FeatureDrift& drift, double threshold) {
  return threshold > 0 && drift.drifted() && drift.population_stability_index() >= threshold;
}

DriftFinding FindingOf(const DriftReport& report, const FeatureDrift& drift, absl::string_view feature,
                       double threshold) {
  DriftFinding finding;
  finding.set_model_version(report.model_version());
  finding.set_feature(std::string(feature));
  finding.set_population_stability_index(drift.population_stability_index());
  finding.set_threshold(threshold);
  finding.set_rows(report.rows());
  return finding;
}

absl::Status ValidateDrift(const DriftTrigger& trigger, absl::string_view field) {
  const auto path = [&](absl::string_view part) { return absl::StrCat(field, ".", part); };
  for (const auto& [name, threshold] : {std::pair("feature_threshold", trigger.feature_threshold()),
                                        {"score_threshold", trigger.score_threshold()}}) {
    if (threshold == 0 || (threshold >= kLeastThreshold && threshold <= kMostThreshold)) continue;
    return InvalidField(path(name), absl::StrCat(threshold, " is not 0 or ", kLeastThreshold, " to ", kMostThreshold));
  }
  if (trigger.feature_threshold() == 0 && trigger.score_threshold() == 0) {
    return InvalidField(path("feature_threshold"), "is 0, and score_threshold too: nothing would be looked at");
  }
  const int64_t rows = MinimumRows(trigger);
  if (rows < kFewestRows || rows > kMost) {
    return InvalidField(path("minimum_rows"), absl::StrCat(rows, " is not 0 or ", kFewestRows, " to ", kMost));
  }
  const absl::Duration window = DriftWindow(trigger);
  if (window < kDay || window > kLongestWindow) {
    return InvalidField(path("window"), absl::StrCat(absl::FormatDuration(window), " is not 1 to 90 days"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Duration TriggerInterval(const RetrainSchedule& schedule) {
  return schedule.has_trigger_interval() ? FromProto(schedule.trigger_interval()) : kDefaultInterval;
}

absl::Duration DriftWindow(const DriftTrigger& trigger) {
  return trigger.has_window() ? FromProto(trigger.window()) : kDefaultWindow;
}

int64_t MinimumRows(const DriftTrigger& trigger) {
  return trigger.minimum_rows() == 0 ? kDefaultRows : trigger.minimum_rows();
}

absl::Time OutcomesSince(const ModelVersion& champion) {
  const auto& dataset = champion.spec().dataset();
  return FromProto(dataset.has_as_of() ? dataset.as_of() : champion.create_time());
}

bool MayTrigger(const RetrainSchedule& schedule, absl::Span<const ScheduleRun> runs, absl::Time now) {
  const auto last = std::find_if(runs.begin(), runs.end(), IsTriggered);
  return last == runs.end() || FromProto(last->scheduled_time()) + TriggerInterval(schedule) <= now;
}

bool IsDriftAnswered(const ModelVersion& champion, absl::Span<const ScheduleRun> runs) {
  const auto last = std::find_if(runs.begin(), runs.end(), [](const ScheduleRun& run) { return run.has_drift(); });
  if (last == runs.end()) return false;
  // By name, too: the clocks of two machines may not agree.
  return last->drift().model_version() == champion.name() ||
         FromProto(champion.create_time()) <= FromProto(last->scheduled_time());
}

std::optional<DriftFinding> FindDrift(const DriftTrigger& trigger, const DriftReport& report) {
  if (report.rows() < MinimumRows(trigger)) return std::nullopt;
  const FeatureDrift* furthest = nullptr;
  for (const FeatureDrift& drift : report.features()) {
    if (!Reaches(drift, trigger.feature_threshold())) continue;
    if (furthest == nullptr || drift.population_stability_index() > furthest->population_stability_index()) {
      furthest = &drift;
    }
  }
  if (furthest != nullptr) return FindingOf(report, *furthest, furthest->feature(), trigger.feature_threshold());
  if (Reaches(report.score(), trigger.score_threshold())) {
    return FindingOf(report, report.score(), "", trigger.score_threshold());
  }
  return std::nullopt;
}

std::optional<OutcomeFinding> FindOutcomes(const OutcomeTrigger& trigger, const ModelVersion& champion,
                                           const OutcomeReport& report, absl::Span<const ScheduleRun> runs) {
  int64_t known = 0, answered = 0;
  for (const auto& realised : report.realised()) known += realised.scores();
  for (const ScheduleRun& run : runs) {
    if (run.outcomes().model_version() == champion.name()) answered = std::max(answered, run.outcomes().threshold());
  }
  // By the schedule as it is now: the threshold may have been another one.
  const int64_t next = (answered / trigger.new_outcomes() + 1) * trigger.new_outcomes();
  if (known < next) return std::nullopt;
  OutcomeFinding finding;
  finding.set_model_version(champion.name());
  finding.set_outcomes(known);
  finding.set_threshold(known / trigger.new_outcomes() * trigger.new_outcomes());
  *finding.mutable_since() = ToProto(OutcomesSince(champion));
  return finding;
}

absl::Status ValidateTriggers(const RetrainSchedule& schedule, absl::string_view field) {
  const auto path = [&](absl::string_view part) { return absl::StrCat(field, ".", part); };
  if (schedule.has_drift_trigger()) {
    CLIENTELE_RETURN_IF_ERROR(ValidateDrift(schedule.drift_trigger(), path("drift_trigger")));
  }
  const int64_t outcomes = schedule.outcome_trigger().new_outcomes();
  if (schedule.has_outcome_trigger() && (outcomes < kFewestOutcomes || outcomes > kMost)) {
    return InvalidField(path("outcome_trigger.new_outcomes"),
                        absl::StrCat(outcomes, " is not ", kFewestOutcomes, " to ", kMost));
  }
  const absl::Duration interval = TriggerInterval(schedule);
  if (interval < kShortestInterval || interval > kLongestInterval) {
    return InvalidField(path("trigger_interval"), absl::StrCat(absl::FormatDuration(interval),
                                                               " is not 1 hour to 366 days"));
  }
  return absl::OkStatus();
}

}  // namespace clientele::training
