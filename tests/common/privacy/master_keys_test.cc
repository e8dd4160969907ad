#include "common/privacy/master_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::privacy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testutil::StatusIs;

const std::string kHex = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";
const std::string kBase64 = "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=";  // The same.

TEST(MasterKeysTest, AKeyIsReadInEitherForm) {
  ASSERT_OK_AND_ASSIGN(const MasterKeys hex, MasterKeys::Parse(kHex + "\n", "f"));
  ASSERT_OK_AND_ASSIGN(const MasterKeys base64, MasterKeys::Parse(kBase64, "f"));
  EXPECT_EQ(hex.newest().id, base64.newest().id);
  EXPECT_EQ(hex.newest().key.bytes(), base64.newest().key.bytes());
  EXPECT_EQ(FormatKeyId(hex.newest().id).size(), 16u);
}

TEST(MasterKeysTest, TheNewestStandsFirstAndTheOlderOnesAreFound) {
  const std::string older(64, 'a');
  ASSERT_OK_AND_ASSIGN(const MasterKeys one, MasterKeys::Parse(older, "f"));
  ASSERT_OK_AND_ASSIGN(const MasterKeys both,
                       MasterKeys::Parse(absl::StrCat("# since May\n", kHex, "  # ours\n\n", older, "\n"), "f"));
  EXPECT_NE(both.newest().id, one.newest().id);
  ASSERT_NE(both.Find(one.newest().id), nullptr);
  EXPECT_EQ(both.Find(one.newest().id)->bytes(), one.newest().key.bytes());
  EXPECT_EQ(one.Find(both.newest().id), nullptr);
}

TEST(MasterKeysTest, WhatIsNoKeyIsRefusedByItsLineAndNeverTold) {
  const std::string wrong = kHex.substr(1);
  const auto keys = MasterKeys::Parse(absl::StrCat(kHex, "\n", wrong, "\n"), "/etc/master");
  EXPECT_THAT(keys, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("line 2")));
  EXPECT_THAT(std::string(keys.status().message()), HasSubstr("/etc/master"));
  EXPECT_THAT(std::string(keys.status().message()), Not(HasSubstr(wrong.substr(0, 8))));
  EXPECT_THAT(MasterKeys::Parse("# nothing\n", "f"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no key")));
  EXPECT_FALSE(MasterKeys::Parse("AAAA", "f").ok());
}

TEST(MasterKeysTest, AFileIsMadeForItsOwnerAlone) {
  const testutil::TempDir directory;
  const std::string path = directory.File("master_key");
  EXPECT_THAT(MasterKeys::Read(path), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("is not there")));
  ASSERT_OK(MasterKeys::Create(path));
  struct stat found = {};
  ASSERT_EQ(stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  ASSERT_OK_AND_ASSIGN(const MasterKeys keys, MasterKeys::Read(path));
  ASSERT_OK_AND_ASSIGN(const MasterKeys again, MasterKeys::Read(path));
  EXPECT_EQ(keys.newest().id, again.newest().id);
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  EXPECT_THAT(MasterKeys::Read(path), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("chmod 600")));
}

}  // namespace
}  // namespace clientele::privacy
