#include "services/training/jobs/next_job.h"

#include <algorithm>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;

TenantId Id(const char* id) { return *TenantId::Parse(id); }

std::vector<WaitingJob> Waiting(std::initializer_list<const char*> ids) {
  std::vector<WaitingJob> waiting;
  for (const char* id : ids) waiting.push_back({Id(id)});
  return waiting;
}

// Where memory plays no part.
std::optional<size_t> Next(const std::vector<WaitingJob>& waiting, const std::map<TenantId, TenantLoad>& loads) {
  return NextJob(waiting, loads, {}).next;
}

// The tenants of the next `count` jobs where none of them ends.
std::vector<std::string> Start(std::vector<WaitingJob> waiting, std::map<TenantId, TenantLoad> loads, int count) {
  std::vector<std::string> started;
  for (int i = 1; i <= count; ++i) {
    const auto next = Next(waiting, loads);
    if (!next.has_value()) break;
    TenantLoad& load = loads.at(waiting[*next].tenant);
    ++load.running;
    load.last_start = 100 + i;
    started.push_back(waiting[*next].tenant.value());
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(*next));
  }
  return started;
}

TEST(NextJobTest, WhoMayNotBeginWaitsWhateverRuns) {
  const auto waiting = Waiting({"acme", "beta"});
  TenantLoad held, busy;
  held.share.may_begin = false;
  busy.running = 5;
  EXPECT_EQ(Next(waiting, {{Id("acme"), held}, {Id("beta"), busy}}), 1u);
  EXPECT_EQ(Next(waiting, {{Id("acme"), held}, {Id("beta"), held}}), std::nullopt);
}

TEST(NextJobTest, OneTenantsJobsGoFromTheOldestOn) {
  const auto waiting = Waiting({"acme", "acme"});
  EXPECT_EQ(Next(waiting, {{Id("acme"), {}}}), 0u);
  EXPECT_EQ(Next({}, {}), std::nullopt);
}

TEST(NextJobTest, ATenantWithManyJobsDoesNotKeepOthersWaiting) {
  EXPECT_THAT(Start(Waiting({"flood", "flood", "flood", "flood", "acme", "beta"}),
                    {{Id("acme"), {}}, {Id("beta"), {}}, {Id("flood"), {}}}, 6),
              ElementsAre("flood", "acme", "beta", "flood", "flood", "flood"));
}

TEST(NextJobTest, WhereOneRunsAtATimeTenantsTakeTurns) {
  std::map<TenantId, TenantLoad> loads = {{Id("acme"), {.share = {}, .last_start = 6}},
                                          {Id("flood"), {.share = {}, .last_start = 7}}};
  EXPECT_EQ(Next(Waiting({"flood", "flood", "acme"}), loads), 2u);
  loads.at(Id("acme")).last_start = 8;
  EXPECT_EQ(Next(Waiting({"flood", "flood", "acme"}), loads), 0u);
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

struct MemoryCase {
  const char* what;
  std::vector<WaitingJob> waiting;
  MemoryBudget memory;
  std::optional<size_t> next;
  std::vector<size_t> without_room, overtaken;
};

TEST(NextJobTest, WhatRunsFitsIntoMemoryTogether) {
  const TenantId a = Id("a"), b = Id("b");
  const MemoryCase cases[] = {
      {"no budget", {{a, 900}}, {0, 5'000}, 0, {}, {}},
      {"it fits", {{a, 60}}, {100, 40}, 0, {}, {}},
      {"it does not", {{a, 61}}, {100, 40}, std::nullopt, {0}, {}},
      {"where nothing runs, everything does", {{a, 900}}, {100, 0}, 0, {}, {}},
      {"a smaller one of another tenant goes first", {{a, 61}, {b, 60}}, {100, 40}, 1, {0}, {0}},
      {"and one of the same", {{a, 61}, {a, 60}}, {100, 40}, 1, {0}, {0}},
      {"an older one overtakes nobody", {{a, 60}, {b, 61}}, {100, 40}, 0, {1}, {}},
      {"who was overtaken often enough is waited for", {{a, 61, 4}, {b, 1}}, {100, 40}, std::nullopt, {0}, {}},
      {"once there is room, it goes first", {{b, 1}, {a, 60, 4}}, {100, 40}, 1, {}, {}},
      {"of two, the older", {{a, 61, 4}, {b, 60, 4}}, {100, 40}, std::nullopt, {0}, {}},
      {"not yet often enough", {{a, 61, 3}, {b, 1}}, {100, 40}, 1, {0}, {0}},
  };
  const std::map<TenantId, TenantLoad> loads = {{a, {}}, {b, {.share = {}, .running = 0, .last_start = 1}}};
  for (const MemoryCase& each : cases) {
    const NextJobs jobs = NextJob(each.waiting, loads, each.memory);
    EXPECT_EQ(jobs.next, each.next) << each.what;
    EXPECT_EQ(jobs.without_room, each.without_room) << each.what;
    EXPECT_EQ(jobs.overtaken, each.overtaken) << each.what;
  }
}

struct ShareCase {
  const char* what;
  std::vector<WaitingJob> waiting;
  int64_t of_a = 0;  // Set aside for what runs of "a"; of "b" nothing does.
  std::optional<size_t> next;
  std::vector<size_t> without_share, without_room, overtaken, overtaken_by_own;
};

TEST(NextJobTest, WhatRunsOfATenantFitsIntoItsShare) {
  const TenantId a = Id("a"), b = Id("b");
  const ShareCase cases[] = {
      {"it fits", {{a, 20}}, 30, 0, {}, {}, {}, {}},
      {"it does not", {{a, 21}}, 30, std::nullopt, {0}, {}, {}, {}},
      {"where nothing runs of the tenant, everything does", {{a, 90}}, 0, 0, {}, {}, {}, {}},
      {"another tenant goes first and does not overtake it", {{a, 21}, {b, 50}}, 30, 1, {0}, {}, {}, {}},
      {"whoever was overtaken, another tenant never waits", {{a, 21, 4, 4}, {b, 50}}, 30, 1, {0}, {}, {}, {}},
      {"one of the same overtakes it", {{a, 21}, {a, 20}}, 30, 1, {0}, {}, {}, {0}},
      {"but not an older one", {{a, 20}, {a, 21}}, 30, 0, {1}, {}, {}, {}},
      {"nor for ever", {{a, 21, 0, 4}, {a, 20}, {b, 1}}, 30, 2, {0}, {}, {}, {}},
      {"and then it goes first", {{a, 1}, {a, 20, 0, 4}}, 30, 1, {}, {}, {}, {}},
      {"of two, the older", {{a, 21, 0, 4}, {a, 20, 0, 4}}, 30, std::nullopt, {0}, {}, {}, {}},
      {"who waits for its own does not wait for all", {{a, 45}, {b, 80}}, 30, std::nullopt, {0}, {1}, {}, {}},
      {"who is next of its own takes its turn", {{a, 15, 0, 4}, {a, 5}, {b, 1}}, 30, 0, {}, {}, {}, {}},
  };
  for (const ShareCase& each : cases) {
    const std::map<TenantId, TenantLoad> loads = {{a, {.share = {}, .memory = each.of_a}},
                                                  {b, {.share = {}, .running = 0, .last_start = 1}}};
    const MemoryBudget memory = {.total = 100, .used = each.of_a, .per_tenant = 50};
    const NextJobs jobs = NextJob(each.waiting, loads, memory);
    EXPECT_EQ(jobs.next, each.next) << each.what;
    EXPECT_EQ(jobs.without_share, each.without_share) << each.what;
    EXPECT_EQ(jobs.without_room, each.without_room) << each.what;
    EXPECT_EQ(jobs.overtaken, each.overtaken) << each.what;
    EXPECT_EQ(jobs.overtaken_by_own, each.overtaken_by_own) << each.what;
  }
}

// Of jobs held by one of their own tenant, none keeps other tenants waiting.
TEST(NextJobTest, WhoWaitsForItsOwnIsNotWaitedFor) {
  const TenantId a = Id("a"), b = Id("b");
  const std::vector<WaitingJob> waiting = {{a, 40, 0, 4}, {a, 45, kMostOvertakings}, {b, 10}};
  const NextJobs jobs = NextJob(waiting, {{a, {.share = {}, .memory = 30}}, {b, {}}}, {100, 80, 50});
  EXPECT_EQ(jobs.next, 2u);
  EXPECT_THAT(jobs.without_share, ElementsAre(0));
  EXPECT_THAT(jobs.without_room, ElementsAre());
}

// However many small jobs a tenant sends, its own large one begins.
TEST(NextJobTest, NobodyStarvesByItsOwn) {
  std::vector<WaitingJob> waiting = {{Id("a"), 4}};
  std::map<TenantId, TenantLoad> loads = {{Id("a"), {.share = {}, .memory = 2}}};
  int begun = 0;
  for (int round = 0; round < 20; ++round) {
    while (waiting.size() < 4) waiting.push_back({Id("a"), 1});
    TenantLoad& load = loads.at(Id("a"));
    const NextJobs jobs = NextJob(waiting, loads, {.total = 0, .used = load.memory, .per_tenant = 5});
    for (const size_t passed : jobs.overtaken_by_own) ++waiting[passed].overtaken_by_own;
    if (!jobs.next.has_value()) {
      --load.memory;  // One ends.
      continue;
    }
    if (*jobs.next == 0 && waiting[0].memory == 4) break;
    ++begun;
    load.memory += waiting[*jobs.next].memory;
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(*jobs.next));
  }
  EXPECT_EQ(waiting[0].memory, 4);
  EXPECT_EQ(begun, kMostOvertakings);
  EXPECT_LE(loads.at(Id("a")).memory, 1);
}

TEST(NextJobTest, WhoMayNotRunKeepsNobodyWaitingForItsMemory) {
  const std::vector<WaitingJob> waiting = {{Id("held"), 90, kMostOvertakings}, {Id("acme"), 10}};
  TenantLoad held;
  held.share.may_begin = false;
  const NextJobs jobs = NextJob(waiting, {{Id("held"), held}, {Id("acme"), {}}}, {100, 50});
  EXPECT_EQ(jobs.next, 1u);
  EXPECT_THAT(jobs.without_room, ElementsAre());
  EXPECT_THAT(jobs.overtaken, ElementsAre());
}

// However many small jobs come, one large one begins: 5 places of which each job takes 1, and one job that takes 4.
TEST(NextJobTest, NobodyStarves) {
  std::vector<WaitingJob> waiting = {{Id("big"), 4}};
  std::map<TenantId, TenantLoad> loads = {{Id("big"), {}}, {Id("small"), {}}};
  MemoryBudget memory = {5, 2};
  int begun = 0;
  for (int round = 0; round < 20; ++round) {
    while (waiting.size() < 4) waiting.push_back({Id("small"), 1});
    const NextJobs jobs = NextJob(waiting, loads, memory);
    for (const size_t passed : jobs.overtaken) ++waiting[passed].overtaken;
    if (!jobs.next.has_value()) {
      --memory.used;  // One ends.
      continue;
    }
    if (*jobs.next == 0 && waiting[0].memory == 4) break;
    ++begun;
    memory.used += waiting[*jobs.next].memory;
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(*jobs.next));
  }
  EXPECT_EQ(waiting[0].memory, 4);
  EXPECT_EQ(begun, kMostOvertakings);
  EXPECT_LE(memory.used, 1);
}

}  // namespace
}  // namespace clientele::training
