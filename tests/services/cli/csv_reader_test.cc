#include "services/cli/csv/csv_reader.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "services/cli/output/table.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testutil::StatusIs;
using Rows = std::vector<std::vector<std::string>>;

// Compresses with zlib, as gzip writes it.
std::string Gzip(absl::string_view text, const std::string& path) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  return path;
}

class CsvReaderTest : public testing::Test {
 protected:
  // All rows of a file of this content.
  absl::StatusOr<Rows> ReadAll(absl::string_view content, const CsvOptions& options = {}) {
    return ReadFile(directory_.Write("file.csv", content), options);
  }
  absl::StatusOr<Rows> ReadFile(const std::string& path, const CsvOptions& options = {}) {
    auto reader = CsvReader::Open(path, options);
    if (!reader.ok()) return reader.status();
    header_ = (*reader)->header();
    Rows rows;
    std::vector<std::string> fields;
    for (;;) {
      const absl::StatusOr<bool> more = (*reader)->Next(fields);
      if (!more.ok()) return more.status();
      if (!*more) return rows;
      rows.push_back(fields);
      EXPECT_EQ((*reader)->row(), static_cast<int64_t>(rows.size()));
    }
  }

  testutil::TempDir directory_;
  std::vector<std::string> header_;
};

TEST_F(CsvReaderTest, ReadsPlainFields) {
  ASSERT_OK_AND_ASSIGN(const Rows rows, ReadAll("id,name\n1,Ada\n2,\n"));
  EXPECT_THAT(header_, ElementsAre("id", "name"));
  EXPECT_THAT(rows, ElementsAre(ElementsAre("1", "Ada"), ElementsAre("2", "")));
}

TEST_F(CsvReaderTest, ReadsQuotesDelimitersAndNewlinesInsideFields) {
  ASSERT_OK_AND_ASSIGN(const Rows rows, ReadAll("a,b\n\"x,\"\"y\"\"\",\"line 1\nline 2\"\n\"\",z"));
  EXPECT_THAT(rows, ElementsAre(ElementsAre("x,\"y\"", "line 1\nline 2"), ElementsAre("", "z")));
}

TEST_F(CsvReaderTest, ReadsByteOrderMarkAndEveryLineEnd) {
  ASSERT_OK_AND_ASSIGN(const Rows rows, ReadAll("\xEF\xBB\xBFid,b\r\n1,x\r\n2,y\r3,z\n\r\n\r\n"));
  EXPECT_THAT(header_, ElementsAre("id", "b"));
  EXPECT_THAT(rows, ElementsAre(ElementsAre("1", "x"), ElementsAre("2", "y"), ElementsAre("3", "z")));
}

TEST_F(CsvReaderTest, TakesAnotherDelimiter) {
  ASSERT_OK_AND_ASSIGN(const Rows rows, ReadAll("a;b\n1,5;\"2;5\"\n", {.delimiter = ';'}));
  EXPECT_THAT(rows, ElementsAre(ElementsAre("1,5", "2;5")));
}

TEST_F(CsvReaderTest, DecodesLatin1WhenTold) {
  EXPECT_THAT(ReadAll("name\nJos\xE9\n"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--encoding latin1")));
  ASSERT_OK_AND_ASSIGN(const Rows rows, ReadAll("name\nJos\xE9\n", {.encoding = Encoding::kLatin1}));
  EXPECT_THAT(rows, ElementsAre(ElementsAre("Jos\xC3\xA9")));
}

TEST_F(CsvReaderTest, SaysWhereAFileIsWrong) {
  EXPECT_THAT(ReadAll(""), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is empty")));
  EXPECT_THAT(ReadAll("a,\n1,2\n"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("column 2 has no name")));
  EXPECT_THAT(ReadAll("a,a\n1,2\n"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("two columns are named")));
  EXPECT_THAT(ReadAll("a,b\n1,2\n\n3\n"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 4: 1 fields")));
  EXPECT_THAT(ReadAll("a,b\n\"1,2\n"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("never closed")));
  EXPECT_THAT(ReadAll("a,b\n\"1\"x,2\n"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("closing quote")));
}

TEST_F(CsvReaderTest, ReadsNoFurtherThanAFieldARowAndAHeaderMayGo) {
  CsvOptions options;
  options.max_field_bytes = 10;
  options.max_row_bytes = 15;
  options.max_columns = 3;
  EXPECT_OK(ReadAll("a,b,c\n1234567890,12345,\n", options));
  EXPECT_THAT(ReadAll("a,b,c\n12345678901,,\n", options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 2")));
  EXPECT_THAT(ReadAll("a,b,c\n1234567890,123456,\n", options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 2: a row is longer than 15 bytes")));
  EXPECT_THAT(ReadAll("a,b,c,d\n", options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("more than 3 columns")));
}

TEST_F(CsvReaderTest, SaysThatAFileIsNotThere) {
  EXPECT_THAT(ReadFile(directory_.File("none.csv")), StatusIs(absl::StatusCode::kNotFound, HasSubstr("none.csv")));
  EXPECT_THAT(ReadFile(directory_.path()), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is a directory")));
}

TEST_F(CsvReaderTest, ReadsGzip) {
  ASSERT_OK_AND_ASSIGN(const Rows rows, ReadFile(Gzip("a,b\n1,2\n", directory_.File("file.csv.gz"))));
  EXPECT_THAT(rows, ElementsAre(ElementsAre("1", "2")));
}

TEST_F(CsvReaderTest, DamagedGzipIsDataLoss) {
  std::string text = "a,b\n";
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) absl::StrAppend(&text, random(), ",", random(), "\n");
  const std::string path = Gzip(text, directory_.File("file.csv.gz"));
  std::string bytes;
  {
    std::FILE* file = std::fopen(path.c_str(), "rb");
    bytes.resize(1 << 20);
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
    std::fclose(file);
  }
  const std::string cut = directory_.Write("cut.csv.gz", absl::string_view(bytes).substr(0, bytes.size() / 2));
  EXPECT_THAT(ReadFile(cut), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("damaged or cut short")));
  std::string flipped = bytes;
  flipped[bytes.size() / 2] ^= 0x55;
  EXPECT_THAT(ReadFile(directory_.Write("flipped.csv.gz", flipped)), StatusIs(absl::StatusCode::kDataLoss));
}

// What is written with CsvField is read back, whatever it holds.
TEST_F(CsvReaderTest, RoundTripsAnyFields) {
  std::mt19937 random(7);
  constexpr absl::string_view kAlphabet = "ab,\"\n\r '\xC3\xA9";
  for (int round = 0; round < 200; ++round) {
    const int columns = 2 + static_cast<int>(random() % 4);
    std::string content = "c0";
    for (int c = 1; c < columns; ++c) absl::StrAppend(&content, ",c", c);
    content += round % 2 == 0 ? "\n" : "\r\n";
    Rows written;
    for (unsigned r = 0; r < random() % 6; ++r) {
      std::vector<std::string> row;
      for (int c = 0; c < columns; ++c) {
        std::string field;
        for (unsigned k = 0; k < random() % 8; ++k) {
          const size_t i = random() % (kAlphabet.size() - 1);
          field += static_cast<unsigned char>(kAlphabet[i]) >= 0x80 ? "\xC3\xA9" : std::string(1, kAlphabet[i]);
        }
        absl::StrAppend(&content, c > 0 ? "," : "", CsvField(field));
        row.push_back(std::move(field));
      }
      content += "\n";
      written.push_back(std::move(row));
    }
    ASSERT_OK_AND_ASSIGN(const Rows rows, ReadAll(content));
    ASSERT_EQ(rows, written) << content;
  }
}

TEST(IsUtf8Test, TellsGoodFromBad) {
  for (absl::string_view good : {"", "abc", "\xC3\xA9", "\xE4\xB8\xAD", "\xF0\x9F\x98\x80"}) EXPECT_TRUE(IsUtf8(good));
  // A lone continuation, a cut sequence, an overlong slash, a surrogate, beyond U+10FFFF.
  for (absl::string_view bad : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
    EXPECT_FALSE(IsUtf8(bad));
  }
}

}  // namespace
}  // namespace clientele::cli
