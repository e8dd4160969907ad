#include "services/ingestion/keys/key_copies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/backup/backup.h"
#include "common/backup/files.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::ingestion {
namespace {

namespace fs = std::filesystem;

class KeyCopiesTest : public ::testing::Test {
 protected:
  std::string NewestCopy() const {
    const auto backup = backup::VerifyBackup(path_ + "/newest");
    EXPECT_OK(backup);
    return backup::ReadFile(path_ + "/newest/data/keys").value_or("");
  }

  testutil::TempDir directory_;
  const std::string path_ = directory_.File("copies");
  testutil::ManualClock clock_;
  std::string keys_ = "one";
  absl::Status status_;
  KeyCopies copies_{path_,
                    [this](const std::string& target) {
                      if (!status_.ok()) return status_;
                      return backup::WriteFile(target + "/keys", keys_);
                    },
                    clock_};
};

TEST_F(KeyCopiesTest, EachCopyTakesThePlaceOfTheOneBefore) {
  ASSERT_OK(copies_.Make());
  EXPECT_EQ(NewestCopy(), "one");
  keys_ = "two";
  ASSERT_OK(copies_.Make());
  EXPECT_EQ(NewestCopy(), "two");
  EXPECT_EQ(std::distance(fs::directory_iterator(path_), {}), 1) << "nothing of the first is left";
}

TEST_F(KeyCopiesTest, ItIsRenewedOnlyWhereThereIsOne) {
  ASSERT_OK(copies_.Renew());
  EXPECT_FALSE(fs::exists(path_));
  ASSERT_OK(copies_.Make());
  keys_ = "two";
  ASSERT_OK(copies_.Renew());
  EXPECT_EQ(NewestCopy(), "two");
}

TEST_F(KeyCopiesTest, OneThatFailsLeavesTheOneBefore) {
  ASSERT_OK(copies_.Make());
  status_ = absl::UnavailableError("the disk is full");
  EXPECT_THAT(copies_.Make(), testutil::StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(NewestCopy(), "one");
}

TEST_F(KeyCopiesTest, ACrashBetweenTheRenamesIsMadeUpFor) {
  ASSERT_OK(copies_.Make());
  fs::rename(path_ + "/newest", path_ + "/next");
  status_ = absl::UnavailableError("the disk is full");
  EXPECT_FALSE(copies_.Make().ok());
  EXPECT_EQ(NewestCopy(), "one");
}

TEST_F(KeyCopiesTest, WithoutABackupDirectoryThereIsNone) {
  KeyCopies none(
      "", [](const std::string&) { return absl::InternalError("must not be called"); }, clock_);
  EXPECT_OK(none.Make());
  EXPECT_OK(none.Renew());
}

}  // namespace
}  // namespace clientele::ingestion
