#include "services/cli/commands/schedule_flags.h"

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "tests/services/cli/run_command.h"
#include "tests/testing/temp_dir.h"

namespace clientele::cli {
namespace {

using ::testing::HasSubstr;
using training::v1::RetrainSchedule;

ScheduleFlags Parsed(const std::vector<std::string>& arguments) {
  ScheduleFlags flags;
  CLI::App app;
  AddScheduleFlags(app, flags);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  app.parse(reversed);
  return flags;
}

RetrainSchedule Schedule() {
  RetrainSchedule schedule;
  schedule.mutable_spec()->set_model("churn");
  schedule.set_cron("@daily");
  schedule.set_overlap(RetrainSchedule::OVERLAP_FORBID);
  schedule.mutable_jitter()->set_seconds(60);
  schedule.mutable_erasure_lead()->set_seconds(3600);
  schedule.mutable_drift_trigger()->set_feature_threshold(0.25);
  schedule.mutable_drift_trigger()->mutable_window()->set_seconds(86'400);
  schedule.mutable_outcome_trigger()->set_new_outcomes(500);
  schedule.set_description("nightly");
  schedule.set_etag("abc");
  return schedule;
}

RetrainSchedule Changed(const std::vector<std::string>& arguments) {
  RetrainSchedule schedule = Schedule();
  const absl::Status status = ApplyScheduleFlags(Parsed(arguments), schedule);
  EXPECT_TRUE(status.ok()) << status;
  return schedule;
}

TEST(ScheduleFlagsTest, WhatIsNotSaidStaysAsItIs) {
  EXPECT_EQ(Parsed({}), ScheduleFlags());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(Changed({}), Schedule()));
  RetrainSchedule expected = Schedule();
  expected.mutable_drift_trigger()->set_score_threshold(0.5);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(Changed({"--score-drift", "0.5"}), expected));
}

TEST(ScheduleFlagsTest, EachFlagChangesItsField) {
  const RetrainSchedule changed = Changed({"--time-zone",
                                           "Europe/Berlin",
                                           "--as-of-lag",
                                           "48h",
                                           "--known-at-scheduled-time",
                                           "--jitter",
                                           "10m",
                                           "--overlap",
                                           "replace",
                                           "--starting-deadline",
                                           "2h",
                                           "--erasure-lead",
                                           "168h",
                                           "--drift",
                                           "0.1",
                                           "--score-drift",
                                           "0.2",
                                           "--drift-rows",
                                           "700",
                                           "--drift-window",
                                           "72h",
                                           "--new-outcomes",
                                           "900",
                                           "--trigger-interval",
                                           "24h",
                                           "--threads",
                                           "3",
                                           "--description",
                                           "by need"});
  RetrainSchedule expected = Schedule();
  expected.set_time_zone("Europe/Berlin");
  expected.mutable_as_of_lag()->set_seconds(48 * 3600);
  expected.set_known_at_scheduled_time(true);
  expected.mutable_jitter()->set_seconds(600);
  expected.set_overlap(RetrainSchedule::OVERLAP_REPLACE);
  expected.mutable_starting_deadline()->set_seconds(2 * 3600);
  expected.mutable_erasure_lead()->set_seconds(168 * 3600);
  expected.mutable_drift_trigger()->set_feature_threshold(0.1);
  expected.mutable_drift_trigger()->set_score_threshold(0.2);
  expected.mutable_drift_trigger()->set_minimum_rows(700);
  expected.mutable_drift_trigger()->mutable_window()->set_seconds(72 * 3600);
  expected.mutable_outcome_trigger()->set_new_outcomes(900);
  expected.mutable_trigger_interval()->set_seconds(24 * 3600);
  expected.set_threads(3);
  expected.set_description("by need");
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(changed, expected)) << changed.DebugString();
}

TEST(ScheduleFlagsTest, WhatWasSetCanBeTakenAway) {
  EXPECT_FALSE(Changed({"--drift", "0"}).has_drift_trigger());
  EXPECT_TRUE(Changed({"--drift", "0", "--score-drift", "0.3"}).has_drift_trigger());
  EXPECT_FALSE(Changed({"--new-outcomes", "0"}).has_outcome_trigger());
  EXPECT_EQ(Changed({"--erasure-lead", "0s"}).erasure_lead().seconds(), 0);
  EXPECT_FALSE(Changed({"--jitter", "default"}).has_jitter());
  EXPECT_FALSE(Changed({"--drift-window", "default"}).drift_trigger().has_window());
  EXPECT_EQ(Changed({"--description", "none"}).description(), "");
  RetrainSchedule schedule = Schedule();
  schedule.set_known_at_scheduled_time(true);
  EXPECT_TRUE(ApplyScheduleFlags(Parsed({"--known-at-as-of"}), schedule).ok());
  EXPECT_FALSE(schedule.known_at_scheduled_time());
}

TEST(ScheduleFlagsTest, ANewSpecTakesThePlaceOfTheOldOne) {
  const testutil::TempDir dir;
  const std::string file = dir.File("value.json");
  std::ofstream(file) << R"({"model": "value", "seed": "7"})";
  RetrainSchedule schedule = Schedule();
  schedule.mutable_spec()->mutable_gate();
  ScheduleFlags flags;
  flags.spec_file = file;
  ASSERT_TRUE(ApplyScheduleFlags(flags, schedule).ok());
  EXPECT_EQ(schedule.spec().model(), "value");
  EXPECT_FALSE(schedule.spec().has_gate());
  flags.spec_file = absl::StrCat(file, ".none");
  EXPECT_FALSE(ApplyScheduleFlags(flags, schedule).ok());
}

TEST(ScheduleFlagsTest, ADurationThatIsNoneIsRefusedByItsFlag) {
  for (const char* flag :
       {"--as-of-lag", "--jitter", "--starting-deadline", "--erasure-lead", "--drift-window", "--trigger-interval"}) {
    RetrainSchedule schedule = Schedule();
    const absl::Status status = ApplyScheduleFlags(Parsed({flag, "soon"}), schedule);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << flag;
    EXPECT_THAT(std::string(status.message()), HasSubstr(flag));
  }
}

TEST(SchedulesCommandTest, AnUpdateSaysWhatToChange) {
  const Ran nothing = RunCommand({"schedules", "update", "nightly"});
  EXPECT_EQ(nothing.code, ExitCode::kUsage);
  EXPECT_THAT(nothing.err, HasSubstr("nothing to change; say --cron"));
  EXPECT_EQ(RunCommand({"schedules", "update"}).code, ExitCode::kUsage);
  EXPECT_EQ(RunCommand({"schedules", "update", "nightly", "--overlap", "both"}).code, ExitCode::kUsage);
  EXPECT_EQ(RunCommand({"schedules", "update", "nightly", "--new-outcomes", "-1"}).code, ExitCode::kUsage);
  const Ran help = RunCommand({"schedules", "update", "--help"});
  EXPECT_EQ(help.code, ExitCode::kOk);
  EXPECT_THAT(help.out, HasSubstr("what is not said stays as it is"));
}

}  // namespace
}  // namespace clientele::cli
