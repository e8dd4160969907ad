#include "common/rpc/trace.h"

#include <gmock/gmock.h>

namespace clientele::rpc {
namespace {

using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kParent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(RequestIdTest, KeepsAValidOne) {
  EXPECT_EQ(RequestIdOr("a-Z-09"), "a-Z-09");
  EXPECT_EQ(RequestIdOr(std::string(64, 'x')), std::string(64, 'x'));
}

TEST(RequestIdTest, MakesOneInsteadOfWhatCouldForgeALogLine) {
  for (const std::string& bad :
       {std::string(), std::string(65, 'x'), std::string("a b"), std::string("a\nb"), std::string("ä")}) {
    EXPECT_THAT(RequestIdOr(bad), MatchesRegex("[0-9a-f]{32}")) << bad;
  }
  EXPECT_NE(RequestIdOr(""), RequestIdOr(""));
}

TEST(TraceparentTest, AChildStaysInTheTraceWithASpanOfItsOwn) {
  const std::string child = ChildTraceparent(kParent);
  EXPECT_THAT(child, MatchesRegex("00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01"));
  EXPECT_NE(child, kParent);
  EXPECT_EQ(TraceId(child), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST(TraceparentTest, LaterVersionsAreReadAsThisOne) {
  EXPECT_THAT(ChildTraceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes"),
              StartsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
}

TEST(TraceparentTest, WhatIsNotOneBeginsANewTrace) {
  for (const char* bad : {"", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                          "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01"}) {
    const std::string child = ChildTraceparent(bad);
    EXPECT_THAT(child, MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-00")) << bad;
    EXPECT_THAT(child, Not(StartsWith("00-4bf92f3577b34da6a3ce929d0e0e4736"))) << bad;
    EXPECT_EQ(TraceId(bad), "") << bad;
  }
}

}  // namespace
}  // namespace clientele::rpc
