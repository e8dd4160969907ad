#include "common/auth/watched_file.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::auth {
namespace {

using ::testing::HasSubstr;
using testutil::IsOk;
using testutil::StatusIs;

absl::StatusOr<int> ReadNumber(const std::string& text) {
  int number = 0;
  if (sscanf(text.c_str(), "%d", &number) != 1) return absl::InvalidArgumentError("not a number");
  return number;
}

TEST(WatchedFileTest, GivesTheNewestStateThatCanBeRead) {
  const testutil::TempDir dir;
  const std::string path = dir.Write("number", "1");
  auto file = WatchedFile<int>::Open(path, ReadNumber);
  ASSERT_THAT(file, IsOk());
  absl::Time now = absl::FromUnixSeconds(1000);
  EXPECT_EQ(*(*file)->Get(now), 1);
  dir.Write("number", "22");
  EXPECT_EQ(*(*file)->Get(now + absl::Milliseconds(500)), 1) << "it is looked at once a second";
  EXPECT_EQ(*(*file)->Get(now += absl::Seconds(1)), 22);
  dir.Write("number", "half written");
  EXPECT_EQ(*(*file)->Get(now += absl::Seconds(1)), 22);
  std::filesystem::remove(path);
  EXPECT_EQ(*(*file)->Get(now += absl::Seconds(1)), 22);
  dir.Write("number", "333");
  EXPECT_EQ(*(*file)->Get(now += absl::Seconds(1)), 333);
}

// As Kubernetes swaps a mounted secret.
TEST(WatchedFileTest, FollowsALinkThatIsSwapped) {
  const testutil::TempDir dir;
  dir.Write("a", "1");
  dir.Write("b", "2");
  std::filesystem::create_symlink(dir.File("a"), dir.File("link"));
  auto file = WatchedFile<int>::Open(dir.File("link"), ReadNumber);
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(*(*file)->Get(absl::FromUnixSeconds(1000)), 1);
  std::filesystem::create_symlink(dir.File("b"), dir.File("next"));
  std::filesystem::rename(dir.File("next"), dir.File("link"));
  EXPECT_EQ(*(*file)->Get(absl::FromUnixSeconds(1001)), 2);
}

TEST(WatchedFileTest, WhatIsWrongFromTheStartIsAnError) {
  const testutil::TempDir dir;
  EXPECT_THAT(WatchedFile<int>::Open(dir.File("absent"), ReadNumber), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(WatchedFile<int>::Open(dir.Write("bad", "x"), ReadNumber),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("bad: not a number")));
  EXPECT_THAT(WatchedFile<int>::Open(dir.Write("long", std::string(2 << 20, '1')), ReadNumber),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1 MiB")));
}

}  // namespace
}  // namespace clientele::auth
