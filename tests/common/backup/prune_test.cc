#include "common/backup/prune.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::backup {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testutil::StatusIs;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr absl::Duration kDay = absl::Hours(24);

class PruneTest : public ::testing::Test {
 protected:
  // Those of days 1, 2, ... before now are day1, day2, ...
  void Make(int days) {
    for (int day = 1; day <= days; ++day) {
      const auto fill = [](const std::string& target) {
        std::ofstream(target + "/file") << "bytes";
        return absl::OkStatus();
      };
      ASSERT_OK(CreateBackup(backups_, "p", absl::StrCat("day", day), kNow - day * kDay, fill));
    }
  }
  void Damage(const std::string& id) { std::ofstream(backups_ + "/" + id + "/data/file") << "other"; }

  std::vector<std::string> There() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(backups_)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  static std::vector<std::string> Ids(const std::vector<Backup>& backups) {
    std::vector<std::string> ids;
    for (const Backup& backup : backups) ids.push_back(backup.id);
    return ids;
  }

  const testutil::TempDir directory_;
  const std::string backups_ = directory_.File("backups");
};

TEST_F(PruneTest, TheNewestStay) {
  Make(5);
  EXPECT_THAT(Ids(*ListBackups(backups_)), ElementsAre("day5", "day4", "day3", "day2", "day1"));
  const auto pruned = PruneBackups(backups_, {.keep = 2}, kNow);
  ASSERT_OK(pruned);
  EXPECT_THAT(Ids(pruned->removed), ElementsAre("day5", "day4", "day3"));
  EXPECT_EQ(pruned->kept, 2);
  EXPECT_EQ(pruned->verified_id, "day1");
  EXPECT_THAT(There(), ElementsAre("day1", "day2"));
  EXPECT_OK(PruneBackups(backups_, {.keep = 2}, kNow)) << "again";
  EXPECT_THAT(There(), ElementsAre("day1", "day2"));
}

TEST_F(PruneTest, OfTheOthersOnlyWhatIsOldGoes) {
  Make(5);
  ASSERT_OK(PruneBackups(backups_, {.keep = 1, .older_than = 3 * kDay}, kNow));
  EXPECT_THAT(There(), ElementsAre("day1", "day2", "day3")) << "one that is just so old stays";
  ASSERT_OK(PruneBackups(backups_, {.keep = 2, .older_than = absl::ZeroDuration()}, kNow));
  EXPECT_THAT(There(), ElementsAre("day1", "day2"));
}

TEST_F(PruneTest, TheLastThatIsWholeStays) {
  Make(3);
  Damage("day1");
  EXPECT_THAT(PruneBackups(backups_, {.keep = 1}, kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("nothing was taken away")));
  EXPECT_THAT(There(), ElementsAre("day1", "day2", "day3"));
  const auto pruned = PruneBackups(backups_, {.keep = 2}, kNow);
  ASSERT_OK(pruned);
  EXPECT_EQ(pruned->verified_id, "day2");
  EXPECT_THAT(There(), ElementsAre("day1", "day2"));
}

TEST_F(PruneTest, WhatIsBeingMadeIsNoneYet) {
  Make(2);
  fs::create_directories(backups_ + "/day0.unfinished/data");
  ASSERT_OK(PruneBackups(backups_, {.keep = 1}, kNow));
  EXPECT_THAT(There(), ElementsAre("day0.unfinished", "day1"));
}

TEST_F(PruneTest, WhatACrashLeftIsTakenAwayNextTime) {
  Make(1);
  fs::create_directories(backups_ + "/day9.pruned/data");
  ASSERT_OK(PruneBackups(backups_, {.keep = 1}, kNow));
  EXPECT_THAT(There(), ElementsAre("day1"));
}

TEST_F(PruneTest, ALookTakesNothing) {
  Make(3);
  const auto pruned = PruneBackups(backups_, {.keep = 1, .validate_only = true}, kNow);
  ASSERT_OK(pruned);
  EXPECT_THAT(Ids(pruned->removed), ElementsAre("day3", "day2"));
  EXPECT_THAT(There(), ElementsAre("day1", "day2", "day3"));
}

TEST_F(PruneTest, OneStaysAtLeastAndNoneIsNoError) {
  EXPECT_THAT(PruneBackups(backups_, {.keep = 0}, kNow), StatusIs(absl::StatusCode::kInvalidArgument));
  const auto none = PruneBackups(backups_, {.keep = 1}, kNow);
  ASSERT_OK(none);
  EXPECT_THAT(none->removed, IsEmpty());
}

}  // namespace
}  // namespace clientele::backup
