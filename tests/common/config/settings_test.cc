#include "common/config/settings.h"

#include <gmock/gmock.h>

#include "common/base/error.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::config {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testutil::IsOkAndHolds;
using testutil::StatusIs;

class SettingsTest : public ::testing::Test {
 protected:
  absl::StatusOr<Outcome> Parse(std::vector<std::string> args) {
    Settings settings("clientele-test", "Tries settings.");
    settings.Add("data_dir", &data_dir_, "Where the data is.");
    settings.Add("server.max_calls", &max_calls_, "Calls at once.");
    settings.Add("server.share", &share_, "A share.");
    settings.Add("server.allow_plaintext", &plaintext_, "Without TLS.");
    settings.Add("server.drain_timeout", &drain_, "How long a drain takes.");
    std::vector<const char*> argv = {"clientele-test"};
    for (const std::string& arg : args) argv.push_back(arg.c_str());
    return settings.Parse(static_cast<int>(argv.size()), argv.data());
  }
  absl::StatusOr<Outcome> ParseFile(const std::string& yaml, std::vector<std::string> args = {}) {
    args.insert(args.begin(), {"--config", dir_.Write("settings.yaml", yaml)});
    return Parse(args);
  }

  testutil::TempDir dir_;
  std::string data_dir_ = ".clientele";
  int64_t max_calls_ = 8;
  double share_ = 0.7;
  bool plaintext_ = false;
  absl::Duration drain_ = absl::Seconds(30);
};

TEST_F(SettingsTest, KeepsDefaults) {
  EXPECT_THAT(Parse({}), IsOkAndHolds(Outcome::kRun));
  EXPECT_EQ(data_dir_, ".clientele");
  EXPECT_EQ(max_calls_, 8);
  EXPECT_EQ(drain_, absl::Seconds(30));
}

TEST_F(SettingsTest, EveryTypeIsAFlag) {
  EXPECT_THAT(Parse({"--data-dir", "/srv/x", "--server-max-calls=-9", "--server-share", "1e-3",
                     "--server-allow-plaintext", "--server-drain-timeout", "1m30s"}),
              IsOkAndHolds(Outcome::kRun));
  EXPECT_EQ(data_dir_, "/srv/x");
  EXPECT_EQ(max_calls_, -9);
  EXPECT_EQ(share_, 0.001);
  EXPECT_TRUE(plaintext_);
  EXPECT_EQ(drain_, absl::Seconds(90));
  EXPECT_THAT(Parse({"--server-allow-plaintext=false"}), IsOkAndHolds(Outcome::kRun));
  EXPECT_FALSE(plaintext_);
}

TEST_F(SettingsTest, EveryTypeIsAKeyOfTheFile) {
  EXPECT_THAT(ParseFile("data_dir: \"/srv/y\"\nserver:\n  max_calls: 3\n  share: 0.25\n  allow_plaintext: true\n"
                        "  drain_timeout: 250ms\n"),
              IsOkAndHolds(Outcome::kRun));
  EXPECT_EQ(data_dir_, "/srv/y");
  EXPECT_EQ(max_calls_, 3);
  EXPECT_EQ(share_, 0.25);
  EXPECT_TRUE(plaintext_);
  EXPECT_EQ(drain_, absl::Milliseconds(250));
}

TEST_F(SettingsTest, FlagsWinOverTheFile) {
  EXPECT_THAT(ParseFile("server: {max_calls: 3, share: 0.25}", {"--server-max-calls", "4"}),
              IsOkAndHolds(Outcome::kRun));
  EXPECT_EQ(max_calls_, 4);
  EXPECT_EQ(share_, 0.25);
}

TEST_F(SettingsTest, AnEmptyFileAndEmptySectionsSetNothing) {
  EXPECT_THAT(ParseFile(""), IsOkAndHolds(Outcome::kRun));
  EXPECT_THAT(ParseFile("# nothing\nserver:\n  # max_calls: 3\n"), IsOkAndHolds(Outcome::kRun));
  EXPECT_EQ(max_calls_, 8);
}

TEST_F(SettingsTest, AnUnknownKeyIsNamedWithWhatIsNearIt) {
  EXPECT_THAT(ParseFile("server:\n  max_cals: 3\n"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("server.max_cals"), HasSubstr("near it: server.max_calls,"))));
}

TEST_F(SettingsTest, AnUnknownFlagIsNamedWithWhatIsNearIt) {
  EXPECT_THAT(Parse({"--server-max-cals", "3"}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("\"--server-max-cals\""), HasSubstr("near it: --server-max-calls,"))));
  EXPECT_THAT(Parse({"stray"}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"stray\"")));
}

TEST_F(SettingsTest, WrongValuesSayWhatIsWanted) {
  EXPECT_THAT(Parse({"--server-max-calls", "many"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"many\" is not a whole number")));
  EXPECT_THAT(Parse({"--server-max-calls", "99999999999999999999"}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Parse({"--server-share", "0.5x"}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("a number")));
  EXPECT_THAT(Parse({"--server-allow-plaintext=maybe"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("true or false")));
  EXPECT_THAT(Parse({"--server-drain-timeout", "30"}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("30s")));
  EXPECT_THAT(Parse({"--server-drain-timeout=-30s"}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Parse({"--data-dir"}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--data-dir")));
  EXPECT_THAT(ParseFile("server: {drain_timeout: soon}"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("server.drain_timeout"), HasSubstr("settings.yaml"))));
  EXPECT_THAT(ParseFile("server: {max_calls: [1, 2]}"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a list")));
}

TEST_F(SettingsTest, ABrokenFileIsAnError) {
  EXPECT_THAT(ParseFile("server: {max_calls: 3"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not YAML")));
  EXPECT_THAT(ParseFile("just text"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Parse({"--config", dir_.File("absent.yaml")}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("absent.yaml")));
}

TEST_F(SettingsTest, HelpListsEverySettingWithItsDefault) {
  ::testing::internal::CaptureStdout();
  EXPECT_THAT(Parse({"--help"}), IsOkAndHolds(Outcome::kExit));
  const std::string help = ::testing::internal::GetCapturedStdout();
  for (const char* text : {"Tries settings.", "--config FILE", "--data-dir TEXT", "Where the data is. [.clientele]",
                           "--server-max-calls INTEGER", "--server-share NUMBER", "[0.7]", "--server-allow-plaintext",
                           "[false]", "--server-drain-timeout DURATION", "[30s]", "--version"}) {
    EXPECT_THAT(help, HasSubstr(text));
  }
}

TEST_F(SettingsTest, VersionSaysWhichProgramAndVersion) {
  ::testing::internal::CaptureStdout();
  EXPECT_THAT(Parse({"--version"}), IsOkAndHolds(Outcome::kExit));
  EXPECT_THAT(::testing::internal::GetCapturedStdout(),
              ::testing::MatchesRegex("clientele-test [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

}  // namespace
}  // namespace clientele::config
