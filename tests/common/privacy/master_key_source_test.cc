#include "common/privacy/master_key_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
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

constexpr char kVariable[] = "CLIENTELE_TEST_MASTER_KEYS";
const std::string kNewest(64, 'a'), kOlder(64, 'b');

TEST(MasterKeySourceTest, TheKeysOfAVariableAreThoseOfAFile) {
  const std::string text = absl::StrCat("# ours\n", kNewest, "\n", kOlder, "\n");
  ASSERT_EQ(setenv(kVariable, text.c_str(), 1), 0);
  ASSERT_OK_AND_ASSIGN(const MasterKeySource source, MasterKeySource::TakeVariable(kVariable));
  ASSERT_OK_AND_ASSIGN(const MasterKeys taken, source.Read());
  ASSERT_OK_AND_ASSIGN(const MasterKeys parsed, MasterKeys::Parse(text, "f"));
  EXPECT_EQ(taken.newest().id, parsed.newest().id);
  EXPECT_NE(taken.Find(MasterKeys::Parse(kOlder, "f")->newest().id), nullptr);
  EXPECT_EQ(source.file(), "");
}

TEST(MasterKeySourceTest, AVariableIsTakenOutOfTheEnvironment) {
  ASSERT_EQ(setenv(kVariable, kNewest.c_str(), 1), 0);
  const char* const value = std::getenv(kVariable);
  ASSERT_OK_AND_ASSIGN(const MasterKeySource source, MasterKeySource::TakeVariable(kVariable));
  EXPECT_EQ(value[0], '\0') << "its bytes are gone";
  EXPECT_EQ(std::getenv(kVariable), nullptr) << "what is started inherits nothing";
  ASSERT_OK_AND_ASSIGN(const MasterKeys first, source.Read());
  ASSERT_OK_AND_ASSIGN(const MasterKeys again, source.Read());
  EXPECT_EQ(first.newest().id, again.newest().id);
}

TEST(MasterKeySourceTest, WhatIsMissingOrNoKeyIsSaidByItsNameAndNeverTold) {
  unsetenv(kVariable);
  EXPECT_THAT(MasterKeySource::TakeVariable(kVariable),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("CLIENTELE_TEST_MASTER_KEYS, is not set")));
  for (const char* wrong : {"", "not-a-key-secret"}) {
    ASSERT_EQ(setenv(kVariable, wrong, 1), 0);
    const auto source = MasterKeySource::TakeVariable(kVariable);
    EXPECT_THAT(source, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("environment variable")));
    EXPECT_THAT(std::string(source.status().message()), Not(HasSubstr("secret")));
    EXPECT_EQ(std::getenv(kVariable), nullptr);
  }
}

TEST(MasterKeySourceTest, AFileIsReadAgain) {
  const testutil::TempDir directory;
  const std::string path = directory.File("master_key");
  ASSERT_OK(MasterKeys::Create(path));
  const MasterKeySource source = MasterKeySource::OfFile(path);
  ASSERT_OK_AND_ASSIGN(const MasterKeys before, source.Read());
  std::ofstream(path) << kNewest;
  ASSERT_OK_AND_ASSIGN(const MasterKeys after, source.Read());
  EXPECT_NE(before.newest().id, after.newest().id);
  EXPECT_EQ(source.file(), path);
}

}  // namespace
}  // namespace clientele::privacy
