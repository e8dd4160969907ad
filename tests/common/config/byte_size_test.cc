#include "common/config/byte_size.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace clientele::config {
namespace {

using ::testing::HasSubstr;

TEST(ByteSizeTest, ReadsUnits) {
  const struct {
    const char* text;
    int64_t bytes;
  } cases[] = {{"0", 0},
               {"1048576", 1 << 20},
               {"64B", 64},
               {"512MiB", int64_t{512} << 20},
               {" 1.5 GiB ", int64_t{3} << 29},
               {"8GB", 8'000'000'000},
               {"2TiB", int64_t{2} << 40},
               {"3kB", 3'000},
               {"1KiB", 1'024}};
  for (const auto& each : cases) {
    const auto read = ParseByteSize("worker.memory", each.text);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, each.bytes) << each.text;
  }
}

TEST(ByteSizeTest, SaysWhatIsNoSize) {
  for (const char* text : {"", "GiB", "-1", "1.2.3GiB", "4 gigs", "1e9", "9000000TiB", "8gib"}) {
    const auto read = ParseByteSize("worker.memory", text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(read.status().message()), HasSubstr("worker.memory"));
  }
}

TEST(ByteSizeTest, WritesWhatPeopleRead) {
  EXPECT_EQ(FormatByteSize(0), "0 B");
  EXPECT_EQ(FormatByteSize(1'023), "1023 B");
  EXPECT_EQ(FormatByteSize(1'536), "1.5 KiB");
  EXPECT_EQ(FormatByteSize(int64_t{3} << 29), "1.5 GiB");
  EXPECT_EQ(FormatByteSize(int64_t{5} << 50), "5120.0 TiB");
}

}  // namespace
}  // namespace clientele::config
