#include "common/backup/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/storage/rocksdb/database.h"
#include "common/storage/rocksdb/database_set.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::backup {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testutil::StatusIs;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

void Write(const std::string& path, const std::string& bytes) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class BackupTest : public ::testing::Test {
 protected:
  absl::StatusOr<Backup> Create(const std::string& id = "monday") {
    return CreateBackup(backups_, "clientele-ingestion", id, kNow, [](const std::string& target) {
      Write(target + "/CURRENT", "MANIFEST-1\n");
      Write(target + "/deep/er/file", std::string(3 << 20, 'x'));
      fs::permissions(target + "/CURRENT", fs::perms::owner_read | fs::perms::owner_write);
      return absl::OkStatus();
    });
  }
  const testutil::TempDir directory_;
  const std::string backups_ = directory_.File("backups");
  const std::string monday_ = backups_ + "/monday";
  const std::string data_ = directory_.File("data");
};

TEST_F(BackupTest, ComesBackAsItWas) {
  const auto made = Create();
  ASSERT_OK(made);
  EXPECT_EQ(made->files.size(), 2u);
  EXPECT_EQ(made->bytes(), 11 + (3 << 20));
  const auto verified = VerifyBackup(monday_);
  ASSERT_OK(verified);
  EXPECT_EQ(verified->program, "clientele-ingestion");
  EXPECT_EQ(verified->create_time, kNow);
  ASSERT_OK(RestoreBackup(monday_, data_));
  EXPECT_EQ(Read(data_ + "/CURRENT"), "MANIFEST-1\n");
  EXPECT_EQ(Read(data_ + "/deep/er/file"), std::string(3 << 20, 'x'));
  EXPECT_EQ(fs::status(data_ + "/CURRENT").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  // The copy is the data directory's own: what a server writes there is no change of the backup.
  Write(data_ + "/CURRENT", "MANIFEST-2\n");
  EXPECT_OK(VerifyBackup(monday_));
}

TEST_F(BackupTest, IsNeverOverwritten) {
  ASSERT_OK(Create());
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("taken")));
  EXPECT_THAT(Create("../out"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("backup_id")));
  EXPECT_OK(VerifyBackup(monday_));
}

TEST_F(BackupTest, IsMadeWholeOrNotAtAll) {
  const auto failed = CreateBackup(backups_, "clientele-ingestion", "monday", kNow, [](const std::string& target) {
    Write(target + "/half", "x");
    return absl::UnavailableError("the disk is full");
  });
  EXPECT_THAT(failed, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("full")));
  EXPECT_TRUE(fs::is_empty(backups_));
  EXPECT_OK(Create());
}

TEST_F(BackupTest, TellsWhatIsDamaged) {
  const auto expect_damage = [&](const std::string& what) {
    EXPECT_THAT(VerifyBackup(monday_), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(what)));
    EXPECT_THAT(RestoreBackup(monday_, data_), StatusIs(absl::StatusCode::kDataLoss));
    EXPECT_FALSE(fs::exists(data_));
    fs::remove_all(monday_);
    ASSERT_OK(Create());
  };
  EXPECT_THAT(VerifyBackup(monday_), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK(Create());
  Write(monday_ + "/data/deep/er/file", std::string((3 << 20) - 1, 'x') + "y");
  expect_damage("deep/er/file has not the digest");
  fs::resize_file(monday_ + "/data/CURRENT", 5);
  expect_damage("CURRENT has 5 bytes");
  fs::remove(monday_ + "/data/CURRENT");
  expect_damage("CURRENT is missing");
  Write(monday_ + "/data/extra", "");
  expect_damage("extra is not in the manifest");
  Write(monday_ + "/manifest.json", "{\"program\": ");
  expect_damage("manifest is damaged");
  Write(
      monday_ + "/manifest.json",
      R"({"program":"p","id":"i","create_time":"2026-01-01T00:00:00Z","files":[{"path":"../x","size":0,"sha256":""}]})");
  expect_damage("leads out");
}

TEST_F(BackupTest, IsRestoredIntoAnEmptyDirectoryAlone) {
  ASSERT_OK(Create());
  Write(data_ + "/something", "");
  EXPECT_THAT(RestoreBackup(monday_, data_), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not empty")));
  fs::remove(data_ + "/something");
  EXPECT_OK(RestoreBackup(monday_, data_ + "/"));
  EXPECT_TRUE(fs::exists(data_ + "/CURRENT"));
}

// Writers never stop; each database's copy holds all that was written before the backup began.
TEST_F(BackupTest, OfDatabasesWhileTheyAreWrittenTo) {
  storage::DatabaseSet set;
  auto root = *storage::Database::Open(data_, {{"things", {}}}, {.set = &set});
  auto below = *storage::Database::Open(data_ + "/below", {{"things", {}}}, {.set = &set});
  Write(data_ + "/artifacts/tenants/acme/1", "artifact");
  const auto key = [](int number) { return absl::StrCat(1'000'000 + number); };
  std::atomic<int> written = 0;
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int number = 0; !stop; ++number) {
      for (storage::Database* database : {root.get(), below.get()}) {
        rocksdb::WriteBatch batch;
        batch.Put(database->family(0), key(number), std::string(1000, 'v'));
        ASSERT_OK(database->Write(batch));
      }
      written = number + 1;
    }
  });
  const BackupSource source = {
      .program = "p",
      .data_directory = data_,
      .fixed_paths = {"artifacts/tenants", "absent"},
      .copy_databases = [&](const std::string& from, const std::string& to) { return set.Copy(from, to); }};
  int before = 0;
  for (int round = 0; round < 3; ++round) {
    while (written < (round + 1) * 50) std::this_thread::yield();
    before = written;
    ASSERT_OK(CreateBackup(backups_, "p", absl::StrCat("round", round), kNow,
                           [&](const std::string& target) { return source.CopyTo(target); }));
  }
  stop = true;
  writer.join();
  const std::string restored = directory_.File("restored");
  ASSERT_OK(RestoreBackup(backups_ + "/round2", restored));
  EXPECT_EQ(Read(restored + "/artifacts/tenants/acme/1"), "artifact");
  for (const std::string& place : {restored, restored + "/below"}) {
    const auto database = storage::Database::Open(place, {{"things", {}}});
    ASSERT_OK(database);
    for (int number = 0; number < before; ++number) ASSERT_OK((*database)->Get(0, key(number))) << number;
  }
}

}  // namespace
}  // namespace clientele::backup
