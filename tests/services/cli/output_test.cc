#include <gtest/gtest.h>

#include <sstream>

#include "clientele/common/v1/attribute.pb.h"
#include "services/cli/exit_code.h"
#include "services/cli/output/console.h"
#include "services/cli/output/format.h"
#include "services/cli/output/progress.h"
#include "services/cli/output/table.h"
#include "services/cli/output/values.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"

namespace clientele::cli {
namespace {

Table People() {
  Table table({{"name", "Name"}, {"spend", "Spend", Align::kRight}});
  table.AddRow({Cell::Text("Ada"), Cell::Number(1234.5, 2)});
  table.AddRow({Cell::Text("\u738b\u5c0f\u660e"), Cell::Missing()});
  return table;
}

TEST(TableTest, AlignsByTheWidthOnTheScreen) {
  EXPECT_EQ(RenderTable(People(), {}),
            "Name       Spend\n"
            "Ada     1,234.50\n"
            "\u738b\u5c0f\u660e         -\n");
}

TEST(TableTest, WritesCsvAndJsonWithTheRawValues) {
  EXPECT_EQ(RenderCsv(People()), "name,spend\nAda,1234.5\n\u738b\u5c0f\u660e,\n");
  EXPECT_EQ(RenderJson(People()),
            "[\n  {\"name\": \"Ada\", \"spend\": 1234.5},\n  {\"name\": \"\u738b\u5c0f\u660e\", \"spend\": null}\n]\n");
  EXPECT_EQ(RenderJson(Table(std::vector<Column>{{"a", "A"}})), "[]\n");
}

TEST(TableTest, CutsTheWidestTextToTheTerminal) {
  Table table({{"text", "Text"}, {"n", "N", Align::kRight}});
  table.AddRow({Cell::Text("a text that is much too long for it"), Cell::Count(12'345)});
  EXPECT_EQ(RenderTable(table, {.max_width = 24}),
            "Text                   N\n"
            "a text that is \u2026  12,345\n");
}

// A customer's name must not move the cursor or paint the screen.
TEST(TableTest, ShowsControlCharactersHarmlessly) {
  Table table(std::vector<Column>{{"name", "Name"}});
  table.AddRow(
      {Cell::Text("a\x1b[2Jb\nc\xC2\x9B"
                  "d")});
  EXPECT_EQ(RenderTable(table, {}), "Name\na?[2Jb?c?d\n");
}

TEST(FormatTest, WritesNumbersAsPeopleReadThem) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(-1'234'567), "-1,234,567");
  EXPECT_EQ(FormatNumber(1234567.891, 1), "1,234,567.9");
  EXPECT_EQ(FormatNumber(-0.001, 2), "0.00");
  EXPECT_EQ(FormatPercent(0.1234, 1), "12.3 %");
  EXPECT_EQ(FormatMoney(-15'300'000, "GBP"), "-15.30 GBP");
  EXPECT_EQ(FormatSeconds(absl::Milliseconds(840)), "0.8 s");
  EXPECT_EQ(FormatSeconds(absl::Seconds(185)), "3 min 5 s");
  EXPECT_EQ(LastSegment("tenants/demo/models/churn"), "churn");
}

TEST(FormatTest, EdgesOfValues) {
  common::v1::Value value;
  EXPECT_EQ(ShowValue(value), "");
  value.set_number(41);
  EXPECT_EQ(ShowValue(value), "41");
  value.set_number(0.12345);
  EXPECT_EQ(ShowValue(value), "0.123");
  value.set_flag(true);
  EXPECT_EQ(ShowValue(value), "yes");
}

TEST(ProgressTest, WritesPlainLinesNowAndThenWithoutATerminal) {
  testutil::ManualClock clock;
  std::ostringstream out;
  {
    Progress progress(out, /*terminal=*/false, clock, "Importing");
    progress.Update(0, "0 records");
    clock.Advance(absl::Seconds(1));
    progress.Update(0.1, "1,000 records");  // Too soon.
    clock.Advance(absl::Seconds(5));
    progress.Update(0.5, "5,000 records");
    clock.Advance(absl::Seconds(6));
    progress.Done("10,000 records");
  }
  EXPECT_EQ(out.str(), "Importing: 0 %, 0 records\nImporting: 50 %, 5,000 records\nImporting: 10,000 records (12 s)\n");
}

TEST(ProgressTest, RedrawsALineOnATerminal) {
  testutil::ManualClock clock;
  std::ostringstream out;
  {
    Progress progress(out, /*terminal=*/true, clock, "Importing");
    progress.Update(0.5, "half");
  }
  EXPECT_EQ(out.str(), "\r\x1b[KImporting  [############............] 50 %  half\n");
}

TEST(ConsoleTest, WritesMessagesAsJsonAndTablesOtherwise) {
  testutil::ManualClock clock;
  std::ostringstream out, err;
  Console console{out, err, clock};
  common::v1::Value value;
  value.set_number(3);
  console.Print(value, People());
  EXPECT_EQ(out.str(), RenderTable(People(), {}));
  out.str("");
  console.format = OutputFormat::kJson;
  console.Print(value, People());
  console.PrintList(std::vector<common::v1::Value>{value, value}, People());
  console.Heading("not for programs");
  EXPECT_EQ(out.str(), "{\n \"number\": 3\n}\n[\n{\n \"number\": 3\n},\n{\n \"number\": 3\n}\n]\n");
  EXPECT_EQ(err.str(), "");
}

TEST(ExitCodeTest, TellsScriptsWhatHappened) {
  EXPECT_EQ(ToExitCode(absl::OkStatus()), ExitCode::kOk);
  EXPECT_EQ(ToExitCode(absl::InvalidArgumentError("")), ExitCode::kUsage);
  EXPECT_EQ(ToExitCode(absl::UnavailableError("")), ExitCode::kUnavailable);
  EXPECT_EQ(ToExitCode(absl::DeadlineExceededError("")), ExitCode::kUnavailable);
  EXPECT_EQ(ToExitCode(absl::NotFoundError("")), ExitCode::kNotFound);
  EXPECT_EQ(ToExitCode(absl::AbortedError("")), ExitCode::kRefused);
  EXPECT_EQ(ToExitCode(absl::InternalError("")), ExitCode::kFailed);
}

}  // namespace
}  // namespace clientele::cli
