// What begins a retraining besides the calendar and erasures: drift, and outcomes that are known. Pure functions from
// what the schedule says, what inference measured of the champion and what the schedule's runs have answered already.
//
// Each finding is answered once. A champion's drift is, when a run has answered drift since it was published: whatever
// that run's model became, only a version published later can drift anew. Outcomes are counted from the champion's
// as_of on, and its k-th multiple of the threshold is answered by the k-th run. Between any two such runs lies the
// schedule's interval.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "clientele/inference/v1/monitoring_service.pb.h"
#include "clientele/training/v1/schedule_service.pb.h"

namespace clientele::training {

// The schedule's, or the defaults.
absl::Duration TriggerInterval(const v1::RetrainSchedule& schedule);
absl::Duration DriftWindow(const v1::DriftTrigger& trigger);
int64_t MinimumRows(const v1::DriftTrigger& trigger);

// From where on outcomes are new to the champion.
absl::Time OutcomesSince(const inference::v1::ModelVersion& champion);

// Whether a run by drift or outcomes may begin at `now`. `runs` are the schedule's, newest first, here and below.
bool MayTrigger(const v1::RetrainSchedule& schedule, absl::Span<const v1::ScheduleRun> runs, absl::Time now);

// Whether a run has answered drift since the champion was published.
bool IsDriftAnswered(const inference::v1::ModelVersion& champion, absl::Span<const v1::ScheduleRun> runs);

// The furthest of the report's drifts that reaches its threshold and is significant: of features, else of the score.
// Nothing: there is none, or too few rows tell.
std::optional<v1::DriftFinding> FindDrift(const v1::DriftTrigger& trigger, const inference::v1::DriftReport& report);

// The outcomes of the report (from OutcomesSince on), where they are as many as the next run asks for.
std::optional<v1::OutcomeFinding> FindOutcomes(const v1::OutcomeTrigger& trigger,
                                               const inference::v1::ModelVersion& champion,
                                               const inference::v1::OutcomeReport& report,
                                               absl::Span<const v1::ScheduleRun> runs);

// OK, or INVALID_ARGUMENT about `field`.path.
absl::Status ValidateTriggers(const v1::RetrainSchedule& schedule, absl::string_view field);

}  // namespace clientele::training
