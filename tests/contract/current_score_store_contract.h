// What every CurrentScoreStore promises. A backend instantiates it with one line:
//
//   INSTANTIATE_TEST_SUITE_P(RocksDb, CurrentScoreStoreContract, ::testing::Values(&OpenRocks));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/timestamps.h"
#include "common/storage/current_score_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {

// How a backend is opened on a place that keeps its data: opened again, it has what was there.
using OpenCurrentScoreStore =
    std::function<absl::StatusOr<std::unique_ptr<CurrentScoreStore>>(const std::string& place)>;

class CurrentScoreStoreContract : public ::testing::TestWithParam<OpenCurrentScoreStore> {
 protected:
  using CurrentScore = inference::v1::CurrentScore;

  void SetUp() override { Open(); }
  void Open() {
    store_.reset();
    ASSERT_OK_AND_ASSIGN(store_, GetParam()(directory_.path()));
  }
  static TenantId Tenant(absl::string_view id = "acme") { return *TenantId::Parse(id); }
  static ModelCustomerName Name(absl::string_view customer, absl::string_view model = "churn",
                                const TenantId& tenant = Tenant()) {
    return {tenant, std::string(model), std::string(customer)};
  }
  static absl::Time Day(int day) { return absl::FromUnixSeconds(1'795'651'200) + absl::Hours(24) * day; }
  static CurrentScore Score(const ModelCustomerName& name, int day, double score, const std::string& tier = "",
                            const std::string& segment = "", int version = 1) {
    CurrentScore made;
    made.set_name(FormatModelCustomer(name, "currentScores"));
    made.set_customer_id(name.customer_id);
    made.set_score(score);
    made.set_tier(tier);
    made.set_segment(segment);
    made.add_reasons("bought little");
    made.add_reasons("called often");
    made.set_model_version(FormatVersion(name.tenant, name.model, version));
    made.set_arm("half");
    *made.mutable_feature_time() = ToProto(Day(day));
    *made.mutable_score_time() = ToProto(Day(day) + absl::Microseconds(5));
    return made;
  }
  // How many are in another group than before.
  int64_t Put(const std::vector<CurrentScore>& scores, absl::string_view model = "churn",
              const TenantId& tenant = Tenant()) {
    const auto put = store_->Put(tenant, model, scores);
    EXPECT_OK(put);
    return *put;
  }
  // "churn/ada 0.5"
  static std::string Words(const CurrentScore& score) {
    const auto name = ParseModelCustomerName("name", score.name(), "currentScores");
    return absl::StrCat(name->model, "/", name->customer_id, " ", score.score());
  }
  std::vector<std::string> Listed(absl::string_view model = "", const std::vector<std::string>& groups = {},
                                  const ModelCustomerName& after = Name("", ""), int most = 100) {
    std::vector<std::string> words;
    EXPECT_OK(store_->List(Tenant(), model, groups, after, [&](const CurrentScore& score) {
      words.push_back(Words(score));
      return static_cast<int>(words.size()) < most;
    }));
    return words;
  }
  // "2 churn/ada 0.5", with the number.
  std::vector<std::string> Changes(int64_t after = 0, int most = 100, const TenantId& tenant = Tenant()) {
    std::vector<std::string> words;
    const auto changes = store_->ReadChanges(tenant, after, most);
    EXPECT_OK(changes);
    for (const ScoreChange& change : *changes) words.push_back(absl::StrCat(change.sequence, " ", Words(change.score)));
    return words;
  }

  testutil::TempDir directory_;
  std::unique_ptr<CurrentScoreStore> store_;
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(CurrentScoreStoreContract, KeepsAllOfAScore) {
  const std::string odd("a\0d/\xc3\xa4%", 7);
  Put({Score(Name(odd), 1, 0.25, "high")});
  Open();
  ASSERT_OK_AND_ASSIGN(const CurrentScore kept, store_->Get(Name(odd)));
  EXPECT_EQ(kept.SerializeAsString(), Score(Name(odd), 1, 0.25, "high").SerializeAsString());
  EXPECT_EQ(ReasonOf(store_->Get(Name("ada")).status()), "CURRENT_SCORE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(store_->Get(Name(odd, "value")).status()), "CURRENT_SCORE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(store_->Get(Name(odd, "churn", Tenant("other"))).status()), "CURRENT_SCORE_NOT_FOUND");
}

TEST_P(CurrentScoreStoreContract, ALaterOneTakesThePlaceOfAnEarlierAndSaysWhatWasBefore) {
  EXPECT_EQ(Put({Score(Name("ada"), 1, 0.25, "low")}), 0) << "from none";
  EXPECT_EQ(Put({Score(Name("ada"), 2, 0.75, "high", "", 2)}), 1);
  ASSERT_OK_AND_ASSIGN(const CurrentScore now, store_->Get(Name("ada")));
  EXPECT_EQ(now.score(), 0.75);
  EXPECT_EQ(now.change(), 0.5);
  EXPECT_EQ(now.previous().score(), 0.25);
  EXPECT_EQ(now.previous().tier(), "low");
  EXPECT_EQ(now.previous().model_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(FromProto(now.previous().feature_time()), Day(1));
  EXPECT_THAT(now.reasons(), ElementsAre("bought little", "called often"));
}

TEST_P(CurrentScoreStoreContract, AnOlderOneLeavesANewerAsItIs) {
  Put({Score(Name("ada"), 2, 0.75)});
  EXPECT_EQ(Put({Score(Name("ada"), 1, 0.25, "other")}), 0);
  EXPECT_THAT(Listed(), ElementsAre("churn/ada 0.75"));
  EXPECT_THAT(Changes(), SizeIs(1));
}

TEST_P(CurrentScoreStoreContract, TheSameAgainChangesNothingAndCountsAlike) {
  Put({Score(Name("ada"), 1, 0.25, "low"), Score(Name("bob"), 1, 0.5, "low")});
  const std::vector<CurrentScore> next = {Score(Name("ada"), 2, 0.75, "high"), Score(Name("bob"), 2, 0.5, "low")};
  EXPECT_EQ(Put(next), 1);
  ASSERT_OK_AND_ASSIGN(const CurrentScore once, store_->Get(Name("ada")));
  EXPECT_EQ(Put(next), 1) << "as the first time, for whoever lost count";
  ASSERT_OK_AND_ASSIGN(const CurrentScore twice, store_->Get(Name("ada")));
  EXPECT_EQ(once.SerializeAsString(), twice.SerializeAsString());
  EXPECT_THAT(Changes(), ElementsAre("1 churn/ada 0.25", "2 churn/bob 0.5", "3 churn/ada 0.75"));
}

TEST_P(CurrentScoreStoreContract, TheJournalHasWhatDiffers) {
  Put({Score(Name("ada"), 1, 0.5, "low")});
  Put({Score(Name("ada"), 2, 0.5, "low")});
  EXPECT_THAT(Changes(), SizeIs(1)) << "the same score at another time is none";
  Put({Score(Name("ada"), 3, 0.5, "high")});
  Put({Score(Name("ada"), 4, 0.5, "high", "lost")});
  Put({Score(Name("ada"), 5, 0.5, "high", "lost", 2)});
  Put({Score(Name("ada"), 6, 0.75, "high", "lost", 2)});
  EXPECT_THAT(Changes(1), SizeIs(4));
  ASSERT_OK_AND_ASSIGN(const auto changes, store_->ReadChanges(Tenant(), 4, 1));
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].sequence, 5);
  EXPECT_EQ(changes[0].score.change(), 0.25);
  EXPECT_EQ(changes[0].score.previous().tier(), "high");
  EXPECT_EQ(*store_->LastChange(Tenant()), 5);
  EXPECT_EQ(*store_->LastChange(Tenant("other")), 0);
  EXPECT_THAT(Changes(0, 100, Tenant("other")), IsEmpty());
}

TEST_P(CurrentScoreStoreContract, ListsByModelAndCustomerFromWhereOneStopped) {
  Put({Score(Name("ada", "value"), 1, 10, "gold"), Score(Name("bob", "value"), 1, 20)}, "value");
  Put({Score(Name("bob"), 1, 0.5, "low"), Score(Name("ada"), 1, 0.25, "high"), Score(Name("eve"), 1, 1, "", "lost")});
  Put({Score(Name("zoe", "churn", Tenant("other")), 1, 0.5)}, "churn", Tenant("other"));
  EXPECT_THAT(Listed(), ElementsAre("churn/ada 0.25", "churn/bob 0.5", "churn/eve 1", "value/ada 10", "value/bob 20"));
  EXPECT_THAT(Listed("churn"), ElementsAre("churn/ada 0.25", "churn/bob 0.5", "churn/eve 1"));
  EXPECT_THAT(Listed("", {}, Name("bob"), 2), ElementsAre("churn/eve 1", "value/ada 10"));
  EXPECT_THAT(Listed("", {"high", "lost", "gold"}), ElementsAre("churn/ada 0.25", "churn/eve 1", "value/ada 10"));
  EXPECT_THAT(Listed("churn", {"gold"}), IsEmpty());
}

TEST_P(CurrentScoreStoreContract, TheEndOfARunRanksAllAndTakesAwayWhomItDidNotScore) {
  Put({Score(Name("ada"), 1, 1), Score(Name("bob"), 1, 5), Score(Name("eve"), 1, 2), Score(Name("gone"), 1, 9)});
  EXPECT_FALSE(store_->Get(Name("ada"))->has_percentile());
  Put({Score(Name("ada"), 2, 1), Score(Name("bob"), 2, 5), Score(Name("eve"), 2, 1), Score(Name("zoe"), 2, 7)});
  Put({Score(Name("seg"), 2, 4, "", "lost")});
  Put({Score(Name("old", "value"), 1, 4)}, "value");
  EXPECT_EQ(*store_->Finish(Tenant(), "churn", Day(2)), 1);
  EXPECT_EQ(store_->Get(Name("ada"))->percentile(), 25) << "half of the two equals";
  EXPECT_EQ(store_->Get(Name("eve"))->percentile(), 25);
  EXPECT_EQ(store_->Get(Name("bob"))->percentile(), 62.5);
  EXPECT_EQ(store_->Get(Name("zoe"))->percentile(), 87.5);
  EXPECT_FALSE(store_->Get(Name("seg"))->has_percentile());
  EXPECT_FALSE(store_->Get(Name("gone")).ok());
  EXPECT_OK(store_->Get(Name("old", "value")).status()) << "another model's run";
  EXPECT_EQ(*store_->Finish(Tenant(), "churn", Day(2)), 0) << "again: no harm";
  Put({Score(Name("ada"), 3, 8)});
  EXPECT_EQ(store_->Get(Name("ada"))->percentile(), 25) << "until the next run ends";
}

TEST_P(CurrentScoreStoreContract, OldChangesAreForgottenAndWhoWantsThemIsTold) {
  for (int day = 1; day <= 5; ++day) Put({Score(Name("ada"), day, day)});
  ASSERT_OK(store_->TrimChanges(Tenant(), 10));
  EXPECT_THAT(Changes(), SizeIs(5));
  ASSERT_OK(store_->TrimChanges(Tenant(), 2));
  Open();
  EXPECT_THAT(Changes(3), ElementsAre("4 churn/ada 4", "5 churn/ada 5"));
  EXPECT_EQ(ReasonOf(store_->ReadChanges(Tenant(), 2, 10).status()), "RESUME_TOKEN_TOO_OLD");
  Put({Score(Name("ada"), 6, 6)});
  EXPECT_THAT(Changes(5), ElementsAre("6 churn/ada 6")) << "numbers go on";
}

TEST_P(CurrentScoreStoreContract, ForgetsACustomerWithAllChanges) {
  Put({Score(Name("ada"), 1, 0.25), Score(Name("bob"), 1, 0.5)});
  Put({Score(Name("ada", "value"), 1, 10)}, "value");
  Put({Score(Name("ada"), 2, 0.75)});
  const auto is_ada = [](absl::string_view id) { return id == "ada"; };
  EXPECT_FALSE(store_->Forget(Tenant(), is_ada, [](const auto&) { return absl::CancelledError("not yet"); }).ok());
  EXPECT_THAT(Listed(), SizeIs(3)) << "not told, not gone";
  CurrentScoreCounts told;
  ASSERT_OK(store_->Forget(Tenant(), is_ada, [&](const CurrentScoreCounts& counts) {
    told = counts;
    return absl::OkStatus();
  }));
  EXPECT_EQ(told.scores, 2);
  EXPECT_EQ(told.changes, 3);
  EXPECT_THAT(Listed(), ElementsAre("churn/bob 0.5"));
  EXPECT_THAT(Changes(), ElementsAre("2 churn/bob 0.5")) << "whoever follows is not too old for it";
  bool asked = false;
  ASSERT_OK(store_->Forget(Tenant(), is_ada, [&](const auto&) {
    asked = true;
    return absl::OkStatus();
  }));
  EXPECT_FALSE(asked) << "there is nothing any more";
  ASSERT_OK(store_->Purge(Tenant()));
  Put({Score(Name("ada"), 1, 0.25)});
  EXPECT_THAT(Changes(2), ElementsAre("5 churn/ada 0.25")) << "as if it never was";
}

}  // namespace clientele::storage
