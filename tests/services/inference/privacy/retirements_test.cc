#include "services/inference/privacy/retirements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace clientele::inference {
namespace {

absl::Time Day(int day) { return absl::FromUnixSeconds(1'700'000'000) + absl::Hours(24 * day); }

// By letters: A is available, R retired, - is not there.
Model ModelOf(const std::string& states, std::map<std::string, int64_t> aliases = {}) {
  Model model;
  for (const char state : states) {
    const int64_t number = ++model.last_version;
    if (state == '-') continue;
    auto version = std::make_shared<Version>();
    version->number = number;
    version->metadata.set_state(state == 'R' ? v1::ModelVersion::STATE_RETIRED : v1::ModelVersion::STATE_AVAILABLE);
    model.versions[number] = std::move(version);
  }
  for (const auto& [id, version] : aliases) model.aliases[id].versions = {version};
  return model;
}
Deadlines Due(const std::map<int64_t, int>& days) {
  Deadlines deadlines;
  for (const auto& [version, day] : days) deadlines[version] = {Day(day), absl::StrCat("erasure of ", version)};
  return deadlines;
}
// "1 for 3 2, 4"
std::string Words(const std::vector<Retirement>& retirements) {
  std::vector<std::string> words;
  for (const Retirement& one : retirements) {
    const absl::string_view for_aliases = one.successors.empty() ? "" : " for ";
    words.push_back(absl::StrCat(one.version, for_aliases, absl::StrJoin(one.successors, " ")));
  }
  return absl::StrJoin(words, ", ");
}

TEST(PlanRetirementsTest, AVersionIsRetiredFromItsDueTimeOn) {
  const Model model = ModelOf("AA", {{"champion", 1}});
  EXPECT_EQ(Words(PlanRetirements(model, Due({{1, 30}}), Day(30) - absl::Nanoseconds(1))), "");
  EXPECT_EQ(Words(PlanRetirements(model, Due({{1, 30}}), Day(30))), "1 for 2");
  EXPECT_EQ(Words(PlanRetirements(model, Due({{1, 30}}), Day(300))), "1 for 2");
}

TEST(PlanRetirementsTest, ItGoesAlsoWhereNothingLeadsToItAnyMore) {
  EXPECT_EQ(Words(PlanRetirements(ModelOf("AA", {{"champion", 2}}), Due({{1, 30}}), Day(30))), "1")
      << "somebody may name it, or roll back to it";
}

TEST(PlanRetirementsTest, TheNewestThatIsNotDueStandsInThenTheNewestWhoseTimeIsToCome) {
  const Model model = ModelOf("AAAAA", {{"champion", 3}});
  EXPECT_EQ(Words(PlanRetirements(model, Due({{3, 30}, {4, 40}, {5, 50}}), Day(30))), "3 for 2 1 5 4");
  EXPECT_EQ(Words(PlanRetirements(model, Due({{1, 30}, {2, 30}, {3, 30}, {4, 30}, {5, 29}}), Day(30))), "5, 1, 2, 3, 4")
      << "none may go on";
}

TEST(PlanRetirementsTest, WhatIsRetiredOrDeletedIsNoSuccessorAndIsLeftAlone) {
  const Model model = ModelOf("RA-RA", {{"champion", 2}, {"challenger", 4}});
  EXPECT_EQ(Words(PlanRetirements(model, Due({{1, 1}, {2, 1}, {3, 1}, {4, 1}}), Day(30))), "2 for 5");
}

TEST(NextDueTest, IsOfTheVersionsThatMayStillScore) {
  const Deadlines deadlines = Due({{1, 10}, {2, 20}, {3, 15}});
  EXPECT_EQ(NextDue(ModelOf("AAA"), deadlines), Day(10));
  EXPECT_EQ(NextDue(ModelOf("RA-"), deadlines), Day(20));
  EXPECT_EQ(NextDue(ModelOf("RRR"), deadlines), absl::InfiniteFuture());
}

}  // namespace
}  // namespace clientele::inference
