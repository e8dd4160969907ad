#include "services/training/jobs/next_job.h"

#include <algorithm>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;

TenantId Id(const char* id) { return *TenantId::Parse(id); }

std::vector<TenantId> Waiting(std::initializer_list<const char*> ids) {
  std::vector<TenantId> waiting;
  for (const char* id : ids) waiting.push_back(Id(id));
  return waiting;
}

// The tenants of the next `count` jobs where none of them ends.
std::vector<std::string> Start(std::vector<TenantId> waiting, std::map<TenantId, TenantLoad> loads, int count) {
  std::vector<std::string> started;
  for (int i = 1; i <= count; ++i) {
    const auto next = NextJob(waiting, loads);
    if (!next.has_value()) break;
    TenantLoad& load = loads.at(waiting[*next]);
    ++load.running;
    load.last_start = 100 + i;
    started.push_back(waiting[*next].value());
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(*next));
  }
  return started;
}

TEST(NextJobTest, WhoMayNotBeginWaitsWhateverRuns) {
  const auto waiting = Waiting({"acme", "beta"});
  TenantLoad held, busy;
  held.share.may_begin = false;
  busy.running = 5;
  EXPECT_EQ(NextJob(waiting, {{Id("acme"), held}, {Id("beta"), busy}}), 1u);
  EXPECT_EQ(NextJob(waiting, {{Id("acme"), held}, {Id("beta"), held}}), std::nullopt);
}

TEST(NextJobTest, OneTenantsJobsGoFromTheOldestOn) {
  const auto waiting = Waiting({"acme", "acme"});
  EXPECT_EQ(NextJob(waiting, {{Id("acme"), {}}}), 0u);
  EXPECT_EQ(NextJob({}, {}), std::nullopt);
}

TEST(NextJobTest, ATenantWithManyJobsDoesNotKeepOthersWaiting) {
  EXPECT_THAT(Start(Waiting({"flood", "flood", "flood", "flood", "acme", "beta"}),
                    {{Id("acme"), {}}, {Id("beta"), {}}, {Id("flood"), {}}}, 6),
              ElementsAre("flood", "acme", "beta", "flood", "flood", "flood"));
}

TEST(NextJobTest, WhereOneRunsAtATimeTenantsTakeTurns) {
  std::map<TenantId, TenantLoad> loads = {{Id("acme"), {.share = {}, .last_start = 6}},
                                          {Id("flood"), {.share = {}, .last_start = 7}}};
  EXPECT_EQ(NextJob(Waiting({"flood", "flood", "acme"}), loads), 2u);
  loads.at(Id("acme")).last_start = 8;
  EXPECT_EQ(NextJob(Waiting({"flood", "flood", "acme"}), loads), 0u);
}

TEST(NextJobTest, AWeightOfTwoHasTwiceAsManyRunning) {
  const auto started = Start(Waiting({"a", "a", "a", "a", "a", "a", "b", "b", "b", "b", "b", "b"}),
                             {{Id("a"), {.share = {.weight = 2}}}, {Id("b"), {}}}, 6);
  EXPECT_EQ(std::count(started.begin(), started.end(), "a"), 4);
}

TEST(NextJobTest, NobodyHasMoreRunningThanItMay) {
  EXPECT_THAT(Start(Waiting({"flood", "flood", "flood", "acme"}),
                    {{Id("acme"), {}}, {Id("flood"), {.share = {.max_running = 2}}}}, 9),
              ElementsAre("flood", "acme", "flood"));
}

}  // namespace
}  // namespace clientele::training
