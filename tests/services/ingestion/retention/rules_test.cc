#include "services/ingestion/retention/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/timestamps.h"
#include "tests/testing/status_matchers.h"

namespace clientele::ingestion {
namespace {

using ::testing::HasSubstr;
using testutil::IsOk;
using testutil::StatusIs;

RetentionRules Rules(const std::vector<std::pair<int, int>>& kinds_and_days) {
  RetentionRules rules;
  for (const auto& [kind, days] : kinds_and_days) {
    v1::RetentionRule& rule = *rules.Add();
    rule.set_kind(static_cast<common::v1::RecordKind>(kind));
    rule.set_days(days);
  }
  return rules;
}

absl::Time At(int year, int month, int day, int hour) {
  return absl::FromCivil(absl::CivilHour(year, month, day, hour), absl::UTCTimeZone());
}

TEST(RetentionRulesTest, AKindHasOneRuleOfReasonableLength) {
  EXPECT_THAT(CheckRules("rules", Rules({{2, 730}, {3, 1}})), IsOk());
  EXPECT_THAT(CheckRules("rules", Rules({})), IsOk());
  EXPECT_THAT(CheckRules("rules", Rules({{2, 5}, {2, 6}})),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("rules[1].kind: RECORD_KIND_TRANSACTION comes twice")));
  for (const int kind : {0, -1, 99}) {
    EXPECT_THAT(CheckRules("rules", Rules({{kind, 5}})),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("rules[0].kind")));
  }
  for (const int days : {0, -1, 36'501}) {
    EXPECT_THAT(CheckRules("rules", Rules({{2, days}})),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("rules[0].days")));
  }
}

TEST(RetentionRulesTest, ACutIsTheBeginningOfADayOfTheTenant) {
  const LocalTime utc = *LocalTime::Load("UTC"), berlin = *LocalTime::Load("Europe/Berlin");
  const auto utc_cuts = CutsAt(Rules({{3, 1}, {2, 30}}), utc, At(2026, 3, 31, 23));
  ASSERT_EQ(utc_cuts.size(), 2);
  EXPECT_EQ(utc_cuts[0].kind(), common::v1::RECORD_KIND_TRANSACTION) << "by kind";
  EXPECT_EQ(FromProto(utc_cuts[0].cut_time()), At(2026, 3, 1, 0));
  EXPECT_EQ(FromProto(utc_cuts[1].cut_time()), At(2026, 3, 30, 0)) << "yesterday's are kept";
  // In Berlin it is already the first of April, by summer time; on the second of March it was winter there.
  const auto berlin_cuts = CutsAt(Rules({{2, 30}}), berlin, At(2026, 3, 31, 23));
  EXPECT_EQ(FromProto(berlin_cuts[0].cut_time()), At(2026, 3, 1, 23));
}

TEST(RetentionRulesTest, ARunBeginsWithANewDayAPolicyOrWhatWasSuperseded) {
  const LocalTime utc = *LocalTime::Load("UTC");
  const absl::Time morning = At(2026, 3, 31, 9);
  v1::StoredRetention stored;
  EXPECT_EQ(NextCuts(stored, utc, morning), std::nullopt) << "without rules";
  *stored.mutable_policy()->mutable_rules() = Rules({{2, 30}});
  ASSERT_TRUE(NextCuts(stored, utc, morning).has_value());
  BeginRun("tenants/acme", *NextCuts(stored, utc, morning), morning, stored);
  EXPECT_EQ(stored.runs(0).name(), "tenants/acme/retentionRuns/1");
  EXPECT_EQ(NextCuts(stored, utc, morning + absl::Hours(24)), std::nullopt) << "while one is under way";
  EndRun(v1::RetentionRun::STATE_DONE, morning, stored);
  EXPECT_EQ(NextCuts(stored, utc, morning + absl::Hours(14)), std::nullopt) << "the same day";
  EXPECT_TRUE(NextCuts(stored, utc, morning + absl::Hours(15)).has_value()) << "the next";

  BeginRun("tenants/acme", *NextCuts(stored, utc, morning + absl::Hours(15)), morning, stored);
  EndRun(v1::RetentionRun::STATE_SUPERSEDED, morning, stored);
  EXPECT_TRUE(NextCuts(stored, utc, morning + absl::Hours(15)).has_value()) << "what was not done is begun anew";
  stored.mutable_policy()->clear_rules();
  ASSERT_TRUE(NextCuts(stored, utc, morning).has_value());
  BeginRun("tenants/acme", *NextCuts(stored, utc, morning), morning, stored);
  EXPECT_EQ(stored.policy().cuts_size(), 0) << "without rules nothing is refused any more";
  EXPECT_EQ(NextCuts(stored, utc, morning), std::nullopt);
  EXPECT_EQ(stored.runs_size(), 2);
}

TEST(RetentionRulesTest, TheLastHundredRunsAreKept) {
  v1::StoredRetention stored;
  const LocalTime utc = *LocalTime::Load("UTC");
  for (int day = 0; day < 130; ++day) {
    BeginRun("tenants/acme", CutsAt(Rules({{2, 1}}), utc, At(2026, 1, 1 + day, 0)), At(2026, 1, 1 + day, 0), stored);
    EndRun(v1::RetentionRun::STATE_DONE, At(2026, 1, 1 + day, 1), stored);
  }
  EXPECT_EQ(stored.runs_size(), 100);
  EXPECT_EQ(stored.runs(99).name(), "tenants/acme/retentionRuns/130");
}

}  // namespace
}  // namespace clientele::ingestion
