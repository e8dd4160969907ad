// What every ScoreLog promises. A backend instantiates it with one line:
//
//   INSTANTIATE_TEST_SUITE_P(RocksDb, ScoreLogContract, ::testing::Values(&OpenRocksScoreLog));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/storage/score_log.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {

// How a backend is opened on a place that keeps its data: opened again, it has what was there.
using OpenScoreLog = std::function<absl::StatusOr<std::unique_ptr<ScoreLog>>(const std::string& place)>;

class ScoreLogContract : public ::testing::TestWithParam<OpenScoreLog> {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    log_.reset();
    ASSERT_OK_AND_ASSIGN(log_, GetParam()(directory_.path()));
  }
  static TenantId Tenant(absl::string_view id = "acme") { return *TenantId::Parse(id); }
  static absl::Time Noon(int day) { return absl::UnixEpoch() + absl::Hours(24 * day + 12); }
  static ScoreLogEntries Entries(absl::string_view tenant = "acme", absl::string_view model = "churn") {
    return {Tenant(tenant), std::string(model), {}, {}, {}, {}};
  }
  static LoggedScore Score(absl::Time time, std::string pseudonym, double score = 0.5) {
    return {time, std::move(pseudonym), 3, "canary", "", score, 1, 2.5, 99};
  }
  std::vector<LoggedScore> Scores(const ScoreLogEntries& of, absl::Time from = absl::InfinitePast(),
                                  absl::Time until = absl::InfiniteFuture()) {
    std::vector<LoggedScore> scores;
    EXPECT_OK(log_->ForEachScore(of.tenant, of.model, from, until, [&](const LoggedScore& score) {
      scores.push_back(score);
      return true;
    }));
    return scores;
  }

  testutil::TempDir directory_;
  std::unique_ptr<ScoreLog> log_;
};

TEST_P(ScoreLogContract, GivesBackWhatWasLoggedByTimeAlsoWhenOpenedAgain) {
  ScoreLogEntries entries = Entries();
  entries.scores = {Score(Noon(101), "b"), Score(Noon(100), "a", -1.25), Score(Noon(100) + absl::Microseconds(1), "b")};
  entries.pairs = {{Noon(100), "a", 3, 4, 0.25, 0.75, 0, 1, 2.5, 3.5}};
  entries.customers = {{"a", "Ada Lovelace", 100}};
  ASSERT_OK(log_->Append({entries}));
  const std::string secret = log_->secret();
  EXPECT_EQ(secret.size(), 32u);
  Open();
  EXPECT_EQ(log_->secret(), secret);
  const std::vector<LoggedScore> scores = Scores(entries);
  ASSERT_EQ(scores.size(), 3u);
  EXPECT_EQ(scores[0].time, Noon(100));
  EXPECT_EQ(scores[0].pseudonym, "a");
  EXPECT_EQ(scores[0].version, 3);
  EXPECT_EQ(scores[0].arm, "canary");
  EXPECT_EQ(scores[0].alias, "");
  EXPECT_EQ(scores[0].score, -1.25);
  EXPECT_EQ(scores[0].decision, 1);
  EXPECT_EQ(scores[0].micros, 2.5);
  EXPECT_EQ(scores[0].feature_digest, 99u);
  EXPECT_EQ(scores[2].time, Noon(101));
  int pairs = 0;
  ASSERT_OK(log_->ForEachPair(Tenant(), "churn", Noon(0), Noon(200), [&](const ShadowPair& pair) {
    ++pairs;
    EXPECT_EQ(pair.served_version, 3);
    EXPECT_EQ(pair.shadow_version, 4);
    EXPECT_EQ(pair.shadow_score, 0.75);
    EXPECT_EQ(pair.shadow_decision, 1);
    EXPECT_EQ(pair.served_micros, 2.5);
    EXPECT_EQ(pair.shadow_micros, 3.5);
    return true;
  }));
  EXPECT_EQ(pairs, 1);
  ASSERT_OK_AND_ASSIGN(const std::string customer, log_->FindCustomer(Tenant(), "a"));
  EXPECT_EQ(customer, "Ada Lovelace");
}

TEST_P(ScoreLogContract, KeepsModelsTenantsAndTimesApart) {
  ScoreLogEntries churn = Entries(), other_model = Entries("acme", "churn2"), other_tenant = Entries("zeta");
  churn.scores = {Score(Noon(5), "a"), Score(Noon(6), "a"), Score(Noon(7), "a")};
  churn.customers = {{"a", "ada", 5}};
  other_model.scores = {Score(Noon(6), "b")};
  other_tenant.scores = {Score(Noon(6), "c")};
  ASSERT_OK(log_->Append({churn, other_model, other_tenant}));
  EXPECT_EQ(Scores(churn).size(), 3u);
  EXPECT_EQ(Scores(other_model).size(), 1u);
  EXPECT_EQ(Scores(other_tenant)[0].pseudonym, "c");
  EXPECT_EQ(Scores(churn, Noon(6), Noon(7)).size(), 1u) << "from is in, until is not";
  EXPECT_TRUE(Scores(Entries("nobody")).empty());
  EXPECT_THAT(log_->FindCustomer(Tenant("zeta"), "a"), testutil::StatusIs(absl::StatusCode::kNotFound));
  int seen = 0;
  ASSERT_OK(log_->ForEachScore(Tenant(), "churn", Noon(0), Noon(9), [&](const LoggedScore&) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2) << "false stops";
}

TEST_P(ScoreLogContract, AddsCountsOfTheSameDayUp) {
  ScoreLogEntries entries = Entries();
  entries.counts = {{3, 100, {1, 2, 3}}, {3, 100, {10, 0, 0}}, {3, 101, {5, 5, 5}}, {4, 100, {7, 7}}};
  ASSERT_OK(log_->Append({entries}));
  entries.counts = {{3, 100, {0, 1, 1}}};
  ASSERT_OK(log_->Append({entries}));
  Open();
  ASSERT_OK_AND_ASSIGN(const auto days, log_->ReadCounts(Tenant(), "churn", 3, 0, 1'000));
  ASSERT_EQ(days.size(), 2u);
  EXPECT_EQ(days[0].day, 100);
  EXPECT_THAT(days[0].counts, ::testing::ElementsAre(11, 3, 4));
  EXPECT_EQ(days[1].day, 101);
  ASSERT_OK_AND_ASSIGN(const auto none, log_->ReadCounts(Tenant(), "churn", 3, 102, 1'000));
  EXPECT_TRUE(none.empty());
}

TEST_P(ScoreLogContract, ForgetsOldDaysAndCustomersWhoWereNotScoredSince) {
  ScoreLogEntries entries = Entries();
  entries.scores = {Score(Noon(99), "a"), Score(Noon(100), "b")};
  entries.pairs = {{Noon(99), "a", 3, 4, 0, 0, 0, 0, 0, 0}};
  entries.customers = {{"a", "ada", 99}, {"b", "bob", 99}};
  entries.counts = {{3, 99, {1}}, {3, 100, {1}}};
  ASSERT_OK(log_->Append({entries}));
  ScoreLogEntries later = Entries();
  later.customers = {{"b", "bob", 100}};
  ASSERT_OK(log_->Append({later}));
  ASSERT_OK(log_->Sweep(100));
  EXPECT_EQ(Scores(entries).size(), 1u);
  ASSERT_OK(log_->ForEachPair(Tenant(), "churn", Noon(0), Noon(200), [](const ShadowPair&) {
    ADD_FAILURE() << "it was of day 99";
    return false;
  }));
  ASSERT_OK_AND_ASSIGN(const auto days, log_->ReadCounts(Tenant(), "churn", 3, 0, 1'000));
  EXPECT_EQ(days.size(), 1u);
  EXPECT_THAT(log_->FindCustomer(Tenant(), "a"), testutil::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_OK(log_->FindCustomer(Tenant(), "b").status());
}

TEST_P(ScoreLogContract, ForgetsACustomerWithEveryEntryAndNobodyElse) {
  ScoreLogEntries entries = Entries(), value = Entries("acme", "value"), other = Entries("beta");
  entries.scores = {Score(Noon(99), "a"), Score(Noon(100), "a"), Score(Noon(100), "b")};
  entries.pairs = {{Noon(99), "a", 3, 4, 0, 0, 0, 0, 0, 0}, {Noon(99), "b", 3, 4, 0, 0, 0, 0, 0, 0}};
  entries.customers = {{"a", "Ada Lovelace", 99}, {"b", "bob", 99}};
  entries.counts = {{3, 99, {1}}};
  value.scores = {Score(Noon(100), "a")};
  other.scores = {Score(Noon(100), "a")};
  ASSERT_OK(log_->Append({entries, value, other}));
  EXPECT_THAT(log_->ForgetCustomer(Tenant(), "a", [](const auto&) { return absl::UnavailableError("not yet"); }),
              testutil::StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(Scores(entries).size(), 3u);
  ForgottenScores forgotten;
  ASSERT_OK(log_->ForgetCustomer(Tenant(), "a", [&](const ForgottenScores& told) {
    forgotten = told;
    return absl::OkStatus();
  }));
  EXPECT_EQ(forgotten.scores, 3);
  EXPECT_EQ(forgotten.pairs, 1);
  EXPECT_EQ(forgotten.customers, 1);
  ASSERT_OK(log_->PurgeForgotten(Tenant()));
  Open();
  EXPECT_EQ(Scores(entries).size(), 1u);
  EXPECT_TRUE(Scores(value).empty());
  EXPECT_EQ(Scores(other).size(), 1u);
  std::vector<std::string> ids;
  ASSERT_OK(log_->ForEachCustomer(Tenant(), [&](const std::string& pseudonym, const std::string& id) {
    EXPECT_EQ(pseudonym, "b");
    ids.push_back(id);
    return true;
  }));
  EXPECT_THAT(ids, ::testing::ElementsAre("bob"));
  ASSERT_OK_AND_ASSIGN(const auto days, log_->ReadCounts(Tenant(), "churn", 3, 0, 1'000));
  EXPECT_EQ(days.size(), 1u) << "counts say nothing of anybody";
}

}  // namespace clientele::storage
