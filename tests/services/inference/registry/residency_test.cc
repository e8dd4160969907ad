#include "services/inference/registry/residency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace clientele::inference {
namespace {

using State = v1::ModelVersion;

constexpr absl::string_view kModel = "tenants/acme/models/churn";

State::State StateOf(char letter) {
  switch (letter) {
    case 'A': return State::STATE_AVAILABLE;
    case 'L': return State::STATE_LOADING;
    case 'U': return State::STATE_UNLOADED;
    case 'u': return State::STATE_UNLOADING;
    default: return State::STATE_FAILED;
  }
}

// A model as it is, in few words, and what is to be done.
struct Case {
  const char* caption;
  const char* states;  // Of versions 1, 2, ...: A(vailable), L(oading), U(nloaded), u(nloading), F(ailed), D(eleted).
  int latest = 3;                         // 0: all; -1: only those of `specific`.
  std::vector<int64_t> specific = {};
  std::vector<int64_t> champion = {};     // Where it pointed, one after the other.
  std::vector<int64_t> arms = {};         // Versions.
  int64_t shadow = 0;                     // A version.
  std::set<int64_t> awaited = {};
  const char* expected = "";              // "+3! +1" load 3, urgently, then 1; "-2": unload 2.
};

Model Make(const Case& c) {
  Model model;
  for (const char* letter = c.states; *letter != '\0'; ++letter) {
    ++model.last_version;
    if (*letter == 'D') continue;
    auto version = std::make_shared<Version>();
    version->number = model.last_version;
    version->metadata.set_state(StateOf(*letter));
    model.versions[model.last_version] = std::move(version);
  }
  if (!c.champion.empty()) model.aliases["champion"].versions = c.champion;
  ModelSettings settings;
  if (c.latest > 0) settings.policy.set_latest(c.latest);
  if (c.latest == 0) settings.policy.set_all(true);
  if (c.latest < 0) settings.policy.mutable_specific();
  for (const int64_t version : c.specific) {
    settings.policy.mutable_specific()->add_versions(absl::StrCat(kModel, "/versions/", version));
  }
  model.settings = std::make_shared<const ModelSettings>(std::move(settings));
  Traffic traffic;
  for (const int64_t version : c.arms) traffic.arms.push_back({absl::StrCat("arm", version), {"", version}, 1});
  if (c.shadow != 0) traffic.shadow = TrafficTarget{"", c.shadow};
  model.traffic = std::make_shared<const Traffic>(std::move(traffic));
  return model;
}

std::string Words(const std::vector<ResidencyAction>& actions) {
  std::vector<std::string> words;
  for (const ResidencyAction& action : actions) {
    words.push_back(absl::StrCat(action.kind == ResidencyAction::Kind::kLoad ? "+" : "-", action.version,
                                 action.urgent ? "!" : ""));
  }
  return absl::StrJoin(words, " ");
}

class PlanResidencyTest : public ::testing::TestWithParam<Case> {};

TEST_P(PlanResidencyTest, Says) {
  const Case& c = GetParam();
  EXPECT_EQ(Words(PlanResidency(Make(c), c.awaited)), c.expected) << c.caption;
}

INSTANTIATE_TEST_SUITE_P(Policy, PlanResidencyTest, ::testing::ValuesIn(std::vector<Case>{
    {.caption = "no version, nothing to do", .states = ""},
    {.caption = "all as it should be", .states = "UAAA"},
    {.caption = "at start: the newest three", .states = "UUUUU", .expected = "+5 +4 +3"},
    {.caption = "one too many", .states = "AAAA", .expected = "-1"},
    {.caption = "all", .states = "UUAU", .latest = 0, .expected = "+4 +2 +1"},
    {.caption = "only what is named", .states = "AUAA", .latest = -1, .specific = {2, 3}, .expected = "+2"},
    {.caption = "none at all", .states = "AA", .latest = -1, .expected = "-2 -1"},
    {.caption = "what was deleted takes no place", .states = "UADA", .latest = 3, .expected = "+1"},
    {.caption = "what has failed is not tried again by itself, and takes its place", .states = "UAFA", .latest = 3},
}));

INSTANTIATE_TEST_SUITE_P(Names, PlanResidencyTest, ::testing::ValuesIn(std::vector<Case>{
    {.caption = "the champion's is urgent", .states = "UUUUU", .latest = 1, .champion = {2}, .expected = "+2! +5"},
    {.caption = "where a rollback would go is kept", .states = "AAAA", .latest = 1, .champion = {1, 3},
     .expected = "-2"},
    {.caption = "where it was before that is not", .states = "AAAA", .latest = 1, .champion = {1, 2, 3},
     .expected = "-1"},
    {.caption = "an arm's and the shadow's", .states = "UUUA", .latest = 1, .arms = {1, 4}, .shadow = 2,
     .expected = "+2! +1!"},
    {.caption = "an arm's is never unloaded", .states = "AAA", .latest = 1, .arms = {1}, .expected = "-2"},
    {.caption = "a deleted version that an alias was on before", .states = "DAA", .latest = 1, .champion = {1, 2}},
    {.caption = "what somebody waits for", .states = "UAAA", .awaited = {1}, .expected = "+1!"},
    {.caption = "a version that is not there", .states = "A", .awaited = {0, 7}},
}));

INSTANTIATE_TEST_SUITE_P(AvailabilityFirst, PlanResidencyTest, ::testing::ValuesIn(std::vector<Case>{
    {.caption = "load before unload", .states = "AAU", .latest = 1, .expected = "+3"},
    {.caption = "nothing goes while something is coming", .states = "AAL", .latest = 1},
    {.caption = "now it is there", .states = "AAA", .latest = 1, .expected = "-2 -1"},
    {.caption = "what cannot come is not waited for", .states = "AAF", .latest = 1, .expected = "-2 -1"},
    {.caption = "what comes and is not wanted any more holds nothing up", .states = "LAAA", .latest = 2,
     .expected = "-2"},
    {.caption = "asked for again while it goes", .states = "uA", .latest = 2, .expected = "+1"},
    {.caption = "what goes already is left alone", .states = "uAAA"},
}));

TEST(NamesByVersionTest, TellsWhoNamesAVersion) {
  const auto names =
      NamesByVersion(Make({.caption = "", .states = "AAA", .champion = {1, 2}, .arms = {2}, .shadow = 3}));
  std::vector<std::string> words;
  for (const auto& [version, name] : names) words.push_back(absl::StrCat(version, ": ", name));
  EXPECT_THAT(words, ::testing::UnorderedElementsAre("2: alias \"champion\"", "2: arm \"arm2\"", "3: the shadow"));
}

}  // namespace
}  // namespace clientele::inference
