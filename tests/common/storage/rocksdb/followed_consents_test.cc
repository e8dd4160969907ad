#include "common/storage/rocksdb/followed_consents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {
namespace {

using ingestion::v1::WatchScoringConsentsResponse;

void Add(const std::string& digest, const std::string& purpose, bool opted_out, WatchScoringConsentsResponse& changes) {
  auto& standing = *changes.add_standings();
  standing.set_tenant("tenants/acme");
  standing.set_digest(digest);
  standing.set_purpose(purpose);
  standing.set_state(opted_out ? ingestion::v1::CONSENT_STATE_WITHDRAWN : ingestion::v1::CONSENT_STATE_UNSET);
}

TEST(FollowedConsentsTest, KeepsWhoHasOptedOutAndHowFarItCame) {
  const testutil::TempDir directory;
  {
    ASSERT_OK_AND_ASSIGN(const auto followed, OpenRocksFollowedConsents(directory.path()));
    EXPECT_THAT(followed->Sequence(), testutil::IsOkAndHolds(0));
    WatchScoringConsentsResponse changes;
    changes.set_sequence(4);
    Add("b", "", true, changes);
    Add("a", "credit", true, changes);
    Add("a", "", true, changes);
    ASSERT_OK(followed->Put(changes));
    changes.Clear();
    changes.set_sequence(9);
    Add("a", "credit", false, changes);
    ASSERT_OK(followed->Put(changes));
  }
  ASSERT_OK_AND_ASSIGN(const auto followed, OpenRocksFollowedConsents(directory.path()));
  EXPECT_THAT(followed->Sequence(), testutil::IsOkAndHolds(9));
  std::vector<std::string> kept;
  ASSERT_OK(followed->ForEach([&](const WatchScoringConsentsResponse::Standing& standing) {
    kept.push_back(absl::StrCat(standing.digest(), "/", standing.purpose()));
    return true;
  }));
  EXPECT_THAT(kept, ::testing::ElementsAre("a/", "b/"));
  int visits = 0;
  ASSERT_OK(followed->ForEach([&](const auto&) { return ++visits < 1; }));
  EXPECT_EQ(visits, 1);
}

}  // namespace
}  // namespace clientele::storage
