#include "services/training/schedules/triggers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "common/base/durations.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using inference::v1::DriftReport;
using inference::v1::ModelVersion;
using inference::v1::OutcomeReport;
using testutil::IsOk;
using v1::DriftTrigger;
using v1::OutcomeTrigger;
using v1::RetrainSchedule;
using v1::ScheduleRun;

const absl::Time kNow = absl::FromUnixSeconds(1'795'651'200);

ScheduleRun RunAt(absl::Time time) {
  ScheduleRun run;
  *run.mutable_scheduled_time() = ToProto(time);
  return run;
}
ScheduleRun DriftRun(absl::Time time, const std::string& version) {
  ScheduleRun run = RunAt(time);
  run.mutable_drift()->set_model_version(version);
  return run;
}
ScheduleRun OutcomeRun(const std::string& version, int64_t threshold) {
  ScheduleRun run = RunAt(kNow);
  run.mutable_outcomes()->set_model_version(version);
  run.mutable_outcomes()->set_threshold(threshold);
  return run;
}
ModelVersion Version(const std::string& name, absl::Time published) {
  ModelVersion version;
  version.set_name(name);
  *version.mutable_create_time() = ToProto(published);
  return version;
}
void SetDrift(double index, bool drifted, inference::v1::FeatureDrift& drift) {
  drift.set_population_stability_index(index);
  drift.set_drifted(drifted);
}

TEST(MayTriggerTest, OnlyRunsByDriftOrOutcomesCountForTheInterval) {
  RetrainSchedule schedule;
  *schedule.mutable_trigger_interval() = ToSecondsProto(absl::Hours(5));
  const absl::Time recent = kNow - absl::Hours(4), old = kNow - absl::Hours(5);
  ScheduleRun erasure = RunAt(recent);
  erasure.set_due_version("v1");
  const struct {
    const char* what;
    std::vector<ScheduleRun> runs;
    bool may;
  } cases[] = {
      {"nothing ran yet", {}, true},
      {"the calendar's", {RunAt(recent)}, true},
      {"an erasure's", {erasure}, true},
      {"by drift, recently", {RunAt(kNow), DriftRun(recent, "v1")}, false},
      {"by drift, long ago", {DriftRun(old, "v1")}, true},
      {"by outcomes, just now, and drift long ago", {OutcomeRun("v1", 10), DriftRun(old, "v1")}, false},
  };
  for (const auto& one : cases) EXPECT_EQ(MayTrigger(schedule, one.runs, kNow), one.may) << one.what;
  schedule.clear_trigger_interval();
  EXPECT_FALSE(MayTrigger(schedule, {DriftRun(kNow - absl::Hours(24 * 7 - 1), "v1")}, kNow)) << "7 days by default";
  EXPECT_TRUE(MayTrigger(schedule, {DriftRun(kNow - absl::Hours(24 * 7), "v1")}, kNow));
}

TEST(IsDriftAnsweredTest, UntilAVersionServesThatWasPublishedAfterTheAnswer) {
  const std::vector<ScheduleRun> answered = {RunAt(kNow), DriftRun(kNow - absl::Hours(2), "v5")};
  EXPECT_FALSE(IsDriftAnswered(Version("v5", kNow), {}));
  EXPECT_TRUE(IsDriftAnswered(Version("v5", kNow - absl::Hours(9)), answered));
  EXPECT_FALSE(IsDriftAnswered(Version("v6", kNow - absl::Hours(1)), answered)) << "what the answer came to";
  EXPECT_TRUE(IsDriftAnswered(Version("v4", kNow - absl::Hours(20)), answered)) << "a rollback";
  EXPECT_TRUE(IsDriftAnswered(Version("v5b", kNow - absl::Hours(3)), answered)) << "an older candidate, promoted since";
  EXPECT_TRUE(IsDriftAnswered(Version("v5", kNow), answered)) << "whatever the other machine's clock says";
  EXPECT_FALSE(IsDriftAnswered(Version("v5", kNow), {OutcomeRun("v5", 10)}));
}

TEST(FindDriftTest, IsTheFurthestOfThoseThatReachTheirThresholdAndAreNoChance) {
  const struct {
    const char* what;
    double feature_threshold, score_threshold;
    int64_t rows;
    double a, b, score;
    bool b_drifted;
    const char* found;  // Null: nothing.
  } cases[] = {
      {"none is far enough", 0.25, 0.25, 2'000, 0.2, 0.24, 0.2, true, nullptr},
      {"one is, to the digit", 0.25, 0.25, 2'000, 0.2, 0.25, 0.2, true, "b"},
      {"two are", 0.25, 0.25, 2'000, 0.9, 0.3, 0.9, true, "a"},
      {"it may be chance", 0.25, 0, 2'000, 0.2, 0.9, 0.2, false, nullptr},
      {"the score alone", 0.25, 0.25, 2'000, 0.2, 0.2, 0.25, true, ""},
      {"a feature, but features are not looked at", 0, 0.25, 2'000, 0.9, 0.9, 0.2, true, nullptr},
      {"the score, but it is not looked at", 0.25, 0, 2'000, 0.2, 0.2, 0.9, true, nullptr},
      {"too few rows", 0.25, 0.25, 999, 0.9, 0.9, 0.9, true, nullptr},
      {"just enough", 0.25, 0.25, 1'000, 0.9, 0.8, 0.9, true, "a"},
  };
  for (const auto& one : cases) {
    DriftTrigger trigger;
    trigger.set_feature_threshold(one.feature_threshold);
    trigger.set_score_threshold(one.score_threshold);
    DriftReport report;
    report.set_model_version("v1");
    report.set_rows(one.rows);
    auto& b = *report.add_features();
    b.set_feature("b");
    SetDrift(one.b, one.b_drifted, b);
    auto& a = *report.add_features();
    a.set_feature("a");
    SetDrift(one.a, true, a);
    SetDrift(one.score, true, *report.mutable_score());
    const auto found = FindDrift(trigger, report);
    ASSERT_EQ(found.has_value(), one.found != nullptr) << one.what;
    if (!found.has_value()) continue;
    EXPECT_EQ(found->feature(), one.found) << one.what;
    EXPECT_EQ(found->model_version(), "v1");
    EXPECT_EQ(found->rows(), one.rows);
    EXPECT_GE(found->population_stability_index(), found->threshold());
  }
}

TEST(FindOutcomesTest, AreTheNextMultipleThatNoRunHasAnswered) {
  const ModelVersion champion = Version("v3", kNow);
  const struct {
    const char* what;
    int64_t known;
    std::vector<ScheduleRun> runs;
    int64_t threshold;  // 0: nothing.
  } cases[] = {
      {"too few", 99, {}, 0},
      {"just enough", 100, {}, 100},
      {"more than once", 250, {}, 200},
      {"answered", 150, {OutcomeRun("v3", 100)}, 0},
      {"the next", 205, {OutcomeRun("v3", 100)}, 200},
      {"another version's answer", 100, {OutcomeRun("v2", 300)}, 100},
      {"answered under another threshold", 150, {OutcomeRun("v3", 140)}, 0},
      {"the next after that", 200, {OutcomeRun("v3", 140)}, 200},
  };
  OutcomeTrigger trigger;
  trigger.set_new_outcomes(100);
  for (const auto& one : cases) {
    OutcomeReport report;
    report.add_realised()->set_scores(one.known - 20);
    report.add_realised()->set_scores(20);
    const auto found = FindOutcomes(trigger, champion, report, one.runs);
    ASSERT_EQ(found.has_value(), one.threshold > 0) << one.what;
    if (!found.has_value()) continue;
    EXPECT_EQ(found->threshold(), one.threshold) << one.what;
    EXPECT_EQ(found->outcomes(), one.known);
    EXPECT_EQ(FromProto(found->since()), kNow) << "published then, and its spec names no as_of";
  }
}

TEST(ValidateTriggersTest, NamesTheFieldThatIsWrong) {
  const auto field_of = [](auto change) {
    RetrainSchedule schedule;
    schedule.mutable_drift_trigger()->set_feature_threshold(0.25);
    schedule.mutable_outcome_trigger()->set_new_outcomes(500);
    change(schedule);
    return FieldOf(ValidateTriggers(schedule, "s"));
  };
  EXPECT_EQ(field_of([](RetrainSchedule&) {}), "");
  EXPECT_EQ(field_of([](RetrainSchedule& s) { s.mutable_drift_trigger()->set_feature_threshold(0.05); }),
            "s.drift_trigger.feature_threshold");
  EXPECT_EQ(field_of([](RetrainSchedule& s) { s.mutable_drift_trigger()->set_score_threshold(std::nan("")); }),
            "s.drift_trigger.score_threshold");
  EXPECT_EQ(field_of([](RetrainSchedule& s) { s.mutable_drift_trigger()->set_feature_threshold(0); }),
            "s.drift_trigger.feature_threshold");
  EXPECT_EQ(field_of([](RetrainSchedule& s) { s.mutable_drift_trigger()->set_minimum_rows(99); }),
            "s.drift_trigger.minimum_rows");
  EXPECT_EQ(field_of([](RetrainSchedule& s) {
              *s.mutable_drift_trigger()->mutable_window() = ToSecondsProto(absl::Hours(1));
            }),
            "s.drift_trigger.window");
  EXPECT_EQ(field_of([](RetrainSchedule& s) { s.mutable_outcome_trigger()->set_new_outcomes(0); }),
            "s.outcome_trigger.new_outcomes");
  EXPECT_EQ(field_of([](RetrainSchedule& s) { *s.mutable_trigger_interval() = ToSecondsProto(absl::Minutes(59)); }),
            "s.trigger_interval");
  EXPECT_THAT(ValidateTriggers(RetrainSchedule(), "s"), IsOk());
}

}  // namespace
}  // namespace clientele::training
