#include "common/storage/postgresql/leadership.h"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/ids.h"
#include "common/storage/postgresql/database.h"
#include "common/storage/postgresql/job_store.h"
#include "common/storage/postgresql/schedule_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/postgresql_server.h"
#include "tests/testing/status_matchers.h"

namespace clientele::storage::postgresql {
namespace {

constexpr absl::Duration kGrace = absl::Milliseconds(300);

// Programs on one database.
class LeadershipTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testutil::PostgresqlServer::IsInstalled()) GTEST_SKIP() << "PostgreSQL is not installed";
    url_ = testutil::PostgresqlServer::Get().NewDatabase();
    ASSERT_TRUE(Database::Open({.url = url_}).ok());
  }
  std::shared_ptr<const Database> Open() const { return *Database::Open({.url = url_}); }
  std::unique_ptr<Leadership> Program(const char* what = "training") const {
    return MakeLeadership(url_, what, kGrace);
  }
  // Asks until the answer is yes.
  static void Await(Leadership& program) {
    while (!program.Hold().value_or(false)) absl::SleepFor(absl::Milliseconds(10));
  }

  std::string url_;
};

TEST_F(LeadershipTest, OneLeadsAndLetsGoInOrder) {
  const auto one = Program(), other = Program();
  EXPECT_TRUE(*one->Hold()) << "nobody was before";
  EXPECT_TRUE(*one->Hold());
  EXPECT_FALSE(*other->Hold());
  other->Release();  // Of who does not lead it is nothing.
  EXPECT_FALSE(*other->Hold());
  one->Release();
  EXPECT_TRUE(*other->Hold()) << "at once: the one before has stopped";
  EXPECT_FALSE(*one->Hold());
}

TEST_F(LeadershipTest, WhoComesAfterACrashWaitsForWhatTheOtherMayStillDo) {
  auto one = Program();
  const auto other = Program();
  ASSERT_TRUE(*one->Hold());
  one.reset();  // Its session ends, and it has said nothing.
  const absl::Time crash = absl::Now();
  Await(*other);
  EXPECT_GE(absl::Now() - crash, kGrace);
  EXPECT_TRUE(*other->Hold());
}

TEST_F(LeadershipTest, WhoseSessionIsEndedLeadsNoMore) {
  const auto one = Program(), other = Program();
  ASSERT_TRUE(*one->Hold());
  testutil::PostgresqlServer::Get().EndSessions(url_);
  EXPECT_FALSE(one->Hold().ok());
  EXPECT_FALSE(other->Hold().value_or(false)) << "the other may not have noticed";
  Await(*other);
  EXPECT_FALSE(*one->Hold());
}

TEST_F(LeadershipTest, AHostThatSaysNothingLosesTheLead) {
  const auto one = Program(), other = Program();
  ASSERT_TRUE(*one->Hold());
  Await(*other);  // Nobody asks for `one` any more.
  EXPECT_FALSE(one->Hold().value_or(false));
}

TEST_F(LeadershipTest, OneLeadsInOneThingAndAnotherInAnother) {
  const auto one = Program("training"), other = Program("rescoring");
  EXPECT_TRUE(*one->Hold());
  EXPECT_TRUE(*other->Hold());
}

TEST_F(LeadershipTest, OfManyThatAskAtOnceOneLeads) {
  std::vector<std::unique_ptr<Leadership>> programs;
  for (int i = 0; i < 6; ++i) programs.push_back(Program());
  std::vector<int> leads(programs.size(), 0);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < programs.size(); ++i) {
    threads.emplace_back([&, i] { leads[i] = programs[i]->Hold().value_or(false) ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::count(leads.begin(), leads.end(), 1), 1);
}

TEST_F(LeadershipTest, ASoleProgramAlwaysLeads) {
  SoleLeadership sole;
  EXPECT_TRUE(*sole.Hold());
  sole.Release();
  EXPECT_TRUE(*sole.Hold());
}

// What a leader looks at to see what others have written.
TEST_F(LeadershipTest, ChangesOfOneProgramAreSeenByTheOther) {
  const auto jobs = MakeJobStore(Open()), others_jobs = MakeJobStore(Open());
  const TenantId tenant = *TenantId::Parse("acme");
  const int64_t before = *jobs->Changes();
  ASSERT_OK(others_jobs->Create(tenant, "a", training::v1::TrainingJob(), "", ""));
  const int64_t created = *jobs->Changes();
  EXPECT_GT(created, before);
  ASSERT_OK(others_jobs->RequestCancel(tenant, "a"));
  EXPECT_GT(*jobs->Changes(), created);

  const auto schedules = MakeScheduleStore(Open()), others = MakeScheduleStore(Open());
  training::v1::RetrainSchedule schedule;
  schedule.set_etag("e");
  int64_t seen = *schedules->Changes();
  const auto has_changed = [&] {
    const int64_t last = std::exchange(seen, *schedules->Changes());
    return seen > last;
  };
  EXPECT_FALSE(has_changed());
  ASSERT_OK(others->Create(tenant, "s", schedule));
  EXPECT_TRUE(has_changed());
  ASSERT_OK(others->Replace(tenant, "s", "e", schedule));
  EXPECT_TRUE(has_changed());
  ASSERT_OK(others->AddRun(tenant, "s", training::v1::ScheduleRun()));
  EXPECT_TRUE(has_changed());
  ASSERT_OK(others->Delete(tenant, "s", "e"));
  EXPECT_TRUE(has_changed());
}

}  // namespace
}  // namespace clientele::storage::postgresql
