#include "common/observability/log.h"

#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/testing/status_matchers.h"

namespace clientele::observability {
namespace {

using ::testing::HasSubstr;
using testutil::StatusIs;

// The JSON lines `write` logs, with options that say so.
std::string Logged(const LogOptions& options, const std::function<void()>& write) {
  ::testing::internal::CaptureStderr();
  EXPECT_THAT(InitLogging(options), testutil::IsOk());
  write();
  return ::testing::internal::GetCapturedStderr();
}

TEST(FormatLogLineTest, TextQuotesWhatIsNotOneWord) {
  EXPECT_EQ(
      FormatLogLine(false, "call",
                    {{"method", "a.B/C"}, {"n", 7}, {"ok", true}, {"ms", 0.5}, {"why", "two words"}, {"none", ""}}),
      "call method=a.B/C n=7 ok=true ms=0.5 why=\"two words\" none=\"\"");
}

TEST(FormatLogLineTest, NothingForgesALine) {
  const std::string line = FormatLogLine(false, "call", {{"id", "x\n2026 [error] forged"}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(LogTest, EveryJsonLineParses) {
  const std::string logged = Logged({"clientele-test", "json", "info"}, [] {
    Log(LogLevel::kInfo, "model \"churn\"\nswapped",
        {{"version", int64_t{7}}, {"share", 0.25}, {"nan", std::nan("")}, {"ok", false}});
  });
  const auto line = nlohmann::json::parse(logged);
  EXPECT_EQ(line.at("message"), "model \"churn\"\nswapped");
  EXPECT_EQ(line.at("program"), "clientele-test");
  EXPECT_EQ(line.at("level"), "info");
  EXPECT_EQ(line.at("version"), 7);
  EXPECT_EQ(line.at("share"), 0.25);
  EXPECT_EQ(line.at("nan"), "nan");
  EXPECT_EQ(line.at("ok"), false);
  EXPECT_THAT(line.at("time").get<std::string>(), ::testing::MatchesRegex("20..-..-..T..:..:..\\.......Z"));
}

TEST(LogTest, LevelsBelowAreSilent) {
  EXPECT_EQ(Logged({"p", "text", "warn"}, [] { Log(LogLevel::kInfo, "quiet"); }), "");
  EXPECT_THAT(Logged({"p", "text", "warn"}, [] { Log(LogLevel::kWarn, "loud"); }), HasSubstr("loud"));
  EXPECT_FALSE(LogEnabled(LogLevel::kDebug));
  EXPECT_EQ(Logged({"p", "json", "off"}, [] { Log(LogLevel::kError, "nothing"); }), "");
}

TEST(LogTest, WrongOptionsListWhatIsAllowed) {
  EXPECT_THAT(InitLogging({"p", "xml", "info"}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("text, json")));
  EXPECT_THAT(InitLogging({"p", "text", "loud"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("debug, info")));
}

}  // namespace
}  // namespace clientele::observability
