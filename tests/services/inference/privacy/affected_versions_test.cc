#include "services/inference/privacy/affected_versions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/timestamps.h"

namespace clientele::inference {
namespace {

using ingestion::v1::ErasedVersion;

constexpr absl::Duration kPeriod = absl::Hours(30 * 24);

absl::Time Day(int day) { return absl::FromUnixSeconds(1'700'000'000) + absl::Hours(24 * day); }

// The customer came on day 10 and went on day 100.
ingestion::v1::Erasure Erased(int64_t epoch = 5) {
  ingestion::v1::Erasure erasure;
  erasure.set_epoch(epoch);
  *erasure.mutable_first_ingest_time() = ToProto(Day(10));
  *erasure.mutable_erase_time() = ToProto(Day(100));
  return erasure;
}

struct Made {
  int64_t epoch;
  int day;
};
LearntModel Model(const std::vector<Made>& versions, std::map<std::string, int64_t> aliases = {}) {
  LearntModel model;
  int64_t number = 0;
  for (const Made& made : versions) {
    ++number;
    model.versions[number] = {absl::StrCat("v", number), made.epoch, Day(made.day)};
  }
  model.aliases = std::move(aliases);
  return model;
}

// "v1 due, v2 retrained in v3, v4 deleted"
std::string Words(const ErasedVersions& versions) {
  std::string words;
  for (const ErasedVersion& version : versions) {
    absl::StrAppend(&words, words.empty() ? "" : ", ", version.model_version(),
                    version.state() == ErasedVersion::STATE_DUE_BY         ? " due"
                    : version.state() == ErasedVersion::STATE_RETRAINED_IN ? " retrained in "
                    : version.state() == ErasedVersion::STATE_DELETED      ? " deleted"
                    : version.state() == ErasedVersion::STATE_RETIRED      ? " retired "
                                                                           : " ?",
                    version.retrained_version());
  }
  return words;
}

ErasedVersions Find(const std::vector<LearntModel>& models, const ErasedVersions& known = {}, int day = 100) {
  return FindAffectedVersions(Erased(), models, known, kPeriod, Day(day));
}

TEST(AffectedVersionsTest, AVersionWhoseDataWereReadBeforeTheErasureIsDue) {
  const ErasedVersions found = Find({Model({{0, 50}, {4, 99}, {5, 99}, {6, 101}}, {{"champion", 2}})});
  EXPECT_EQ(Words(found), "v1 due, v2 due");
  EXPECT_EQ(FromProto(found[0].due_time()), Day(130));
  EXPECT_EQ(FromProto(found[0].update_time()), Day(100));
}

TEST(AffectedVersionsTest, WhenItWasPublishedDoesNotSayWhatItHasRead) {
  EXPECT_EQ(Words(Find({Model({{4, 150}})})), "v1 due") << "published late, trained on data of before";
  EXPECT_EQ(Words(Find({Model({{5, 99}})})), "") << "by another clock";
}

TEST(AffectedVersionsTest, AVersionOlderThanTheCustomerHasLearntNothing) {
  EXPECT_EQ(Words(Find({Model({{0, 9}, {0, 10}, {0, 11}})})), "v2 due, v3 due");
}

TEST(AffectedVersionsTest, ACustomerWithoutRecordsConcernsNoModel) {
  ingestion::v1::Erasure erasure = Erased();
  erasure.clear_first_ingest_time();
  EXPECT_TRUE(FindAffectedVersions(erasure, {Model({{0, 50}})}, {}, kPeriod, Day(100)).empty());
}

TEST(AffectedVersionsTest, ItIsRetrainedOnceAFreeVersionTakesItsAlias) {
  LearntModel model = Model({{0, 50}}, {{"champion", 1}});
  ErasedVersions known = Find({model});
  ASSERT_EQ(Words(known), "v1 due");
  model.versions[2] = {"v2", 5, Day(110)};
  EXPECT_EQ(Words(Find({model}, known)), "v1 due") << "it is there, but nothing leads to it";
  model.aliases["champion"] = 2;
  known = Find({model}, known, 111);
  EXPECT_EQ(Words(known), "v1 retrained in v2");
  EXPECT_EQ(FromProto(known[0].update_time()), Day(111));
  EXPECT_EQ(FromProto(Find({model}, known, 112)[0].update_time()), Day(111)) << "nothing changed";
  model.aliases["champion"] = 1;
  EXPECT_EQ(Words(Find({model}, known)), "v1 due") << "rolled back";
}

TEST(AffectedVersionsTest, AVersionThatSomethingElseLeadsToIsStillDue) {
  LearntModel model = Model({{0, 50}, {0, 60}, {5, 110}}, {{"challenger", 1}, {"champion", 3}});
  EXPECT_EQ(Words(Find({model})), "v1 due, v2 retrained in v3");
  model.aliases.erase("challenger");
  model.in_arms = {1};
  EXPECT_EQ(Words(Find({model})), "v1 due, v2 retrained in v3");
}

TEST(AffectedVersionsTest, TheChampionIsTheSuccessorWhereThereIsOne) {
  const LearntModel model = Model({{0, 50}, {5, 110}, {5, 111}}, {{"a", 2}, {"champion", 3}, {"d", 2}});
  EXPECT_EQ(Words(Find({model})), "v1 retrained in v3");
  EXPECT_EQ(Words(Find({Model({{0, 50}, {5, 110}, {5, 111}}, {{"b", 3}, {"d", 2}})})), "v1 retrained in v3");
}

TEST(AffectedVersionsTest, ADeletedVersionStaysListed) {
  LearntModel model = Model({{0, 50}, {0, 60}});
  const ErasedVersions known = Find({model});
  model.versions.erase(1);
  EXPECT_EQ(Words(Find({model}, known)), "v1 deleted, v2 due");
  EXPECT_EQ(Words(Find({}, known)), "v1 deleted, v2 deleted");
}

TEST(AffectedVersionsTest, AVersionThatComesLaterIsAddedBehindTheOthers) {
  LearntModel model = Model({{0, 50}});
  const ErasedVersions known = Find({model});
  model.versions[2] = {"v2", 3, Day(120)};
  EXPECT_EQ(Words(Find({model}, known, 120)), "v1 due, v2 due");
}

TEST(AffectedVersionsTest, ARetiredVersionSaysWhatTookItsAlias) {
  LearntModel model = Model({{0, 50}}, {{"champion", 1}});
  const ErasedVersions known = Find({model});
  model.versions[1].is_retired = true;
  EXPECT_EQ(Words(Find({model}, known, 130)), "v1 retired ") << "nothing has";
  model.versions[2] = {"v2", 5, Day(131)};
  model.aliases["champion"] = 2;
  EXPECT_EQ(Words(Find({model}, known, 131)), "v1 retired v2");
  model.versions.erase(1);
  EXPECT_EQ(Words(Find({model}, known, 132)), "v1 deleted");
}

TEST(AffectedVersionsTest, ARetiredVersionReplacesNone) {
  LearntModel model = Model({{0, 50}, {5, 110}}, {{"champion", 2}});
  model.versions[2].is_retired = true;
  EXPECT_EQ(Words(Find({model})), "v1 due");
}

}  // namespace
}  // namespace clientele::inference
