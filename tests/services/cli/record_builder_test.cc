#include "services/cli/importing/record_builder.h"

#include <gtest/gtest.h>

#include <cmath>

#include "services/cli/importing/decimal.h"
#include "tests/testing/status_matchers.h"

namespace clientele::cli {
namespace {

using common::v1::RecordKind;
using ingestion::v1::Record;
using testing::HasSubstr;
using testutil::StatusIs;

// The record of one row, mapped by names and `maps`.
absl::StatusOr<Record> Build(RecordKind kind, const std::vector<std::string>& header,
                             const std::vector<std::string>& fields, std::vector<std::string> maps = {},
                             absl::flat_hash_set<std::string> text_columns = {}) {
  auto mapping = MakeMapping(kind, header, {.maps = std::move(maps)});
  if (!mapping.ok()) return mapping.status();
  RecordOptions options;
  options.kind = kind;
  options.source = "shop";
  options.file_key = "orders";
  options.text_columns = std::move(text_columns);
  Record record;
  const absl::Status status = RecordBuilder(header, *std::move(mapping), std::move(options)).Build(fields, 17, record);
  if (!status.ok()) return status;
  return record;
}

TEST(RecordBuilderTest, BuildsATransactionWithAnExactProduct) {
  ASSERT_OK_AND_ASSIGN(const Record record, Build(common::v1::RECORD_KIND_TRANSACTION,
                                                  {"CustomerID", "InvoiceDate", "Quantity", "UnitPrice", "StockCode"},
                                                  {"17850", "2010-12-01 08:26:00", "-6", "2.55", "85123A"}));
  EXPECT_EQ(record.source(), "shop");
  EXPECT_EQ(record.record_id(), "orders:17");
  EXPECT_EQ(record.customer_id(), "17850");
  EXPECT_EQ(record.event_time_text(), "2010-12-01 08:26:00");
  EXPECT_EQ(record.transaction().amount_micros(), -15'300'000);
  EXPECT_EQ(record.transaction().quantity(), -6);
  EXPECT_EQ(record.transaction().product(), "85123A");
}

// What cannot be read reaches the server, which refuses it with its reason.
TEST(RecordBuilderTest, SendsWhatItCannotRead) {
  const std::vector<std::string> header = {"customer", "date", "qty", "amount"};
  ASSERT_OK_AND_ASSIGN(const Record bad,
                       Build(common::v1::RECORD_KIND_TRANSACTION, header, {"", "2020-01-01", "many", "1,234.50"}));
  EXPECT_EQ(bad.customer_id(), "");
  EXPECT_TRUE(std::isnan(bad.transaction().quantity()));
  EXPECT_EQ(bad.transaction().amount_text(), "1,234.50");
  ASSERT_OK_AND_ASSIGN(const Record empty,
                       Build(common::v1::RECORD_KIND_TRANSACTION, header, {"1", "2020-01-01", "", ""}));
  EXPECT_EQ(empty.transaction().amount_text(), " ");
  EXPECT_EQ(empty.transaction().quantity(), 0);
}

TEST(RecordBuilderTest, AttributesAreNumbersOrTextsOrMissing) {
  ASSERT_OK_AND_ASSIGN(const Record record,
                       Build(common::v1::RECORD_KIND_PROFILE, {"id", "date", "age", "plan", "zip", "code", "blank"},
                             {"7", "2020-01-01", "-41.5", "gold", "01234", "12", ""}, {}, {"code"}));
  const auto& attributes = record.profile().attributes();
  EXPECT_EQ(attributes.at("age").number(), -41.5);
  EXPECT_EQ(attributes.at("plan").text(), "gold");
  EXPECT_EQ(attributes.at("zip").text(), "01234");
  EXPECT_EQ(attributes.at("code").text(), "12");
  EXPECT_FALSE(attributes.contains("blank"));
}

TEST(RecordBuilderTest, BuildsInteractionsAndFeedback) {
  ASSERT_OK_AND_ASSIGN(const Record visit,
                       Build(common::v1::RECORD_KIND_INTERACTION, {"user_id", "time", "sentiment", "page"},
                             {"u1", "2020-01-01", "Negative", "home"}, {"type==page_view", "properties.page=page"}));
  EXPECT_EQ(visit.interaction().type(), "page_view");
  EXPECT_EQ(visit.interaction().sentiment(), ingestion::v1::Interaction::SENTIMENT_NEGATIVE);
  EXPECT_EQ(visit.interaction().properties().at("page").text(), "home");
  ASSERT_OK_AND_ASSIGN(const Record feedback,
                       Build(common::v1::RECORD_KIND_FEEDBACK, {"user_id", "time", "rating", "comment"},
                             {"u1", "2020-01-01", "4", "fine"}, {"score_max==5"}));
  EXPECT_EQ(feedback.feedback().score(), 4);
  EXPECT_EQ(feedback.feedback().score_max(), 5);
  EXPECT_EQ(feedback.feedback().text(), "fine");
}

TEST(RecordBuilderTest, RefusesWordsItCannotSend) {
  EXPECT_THAT(Build(common::v1::RECORD_KIND_TRANSACTION, {"id", "date", "amount", "returned"},
                    {"1", "2020-01-01", "5", "perhaps"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("row 17: is_return is \"perhaps\"")));
}

TEST(FileKeyTest, IsTheNameWithoutItsEndings) {
  EXPECT_EQ(FileKey("/data/orders.csv.gz"), "orders");
  EXPECT_EQ(FileKey("orders.2024.tsv"), "orders.2024");
  EXPECT_EQ(FileKey("-"), "stdin");
}

TEST(DecimalTest, MultipliesExactly) {
  const auto product = [](absl::string_view a, absl::string_view b) {
    return (*Decimal::Parse(a) * *Decimal::Parse(b)).ToString();
  };
  EXPECT_EQ(product("6", "2.55"), "15.3");
  EXPECT_EQ(product("-3", "0.1"), "-0.3");
  EXPECT_EQ(product("0.07", "100"), "7");
  EXPECT_EQ(product("-0", "5"), "0");
  EXPECT_EQ(product("999999999999999999", "999999999999999999"), "999999999999999998000000000000000001");
}

TEST(DecimalTest, GoesToMicrosOnlyWhereItFits) {
  EXPECT_EQ(Decimal::Parse("12.5")->ToMicros(), 12'500'000);
  EXPECT_EQ(Decimal::Parse("-0.000001")->ToMicros(), -1);
  EXPECT_EQ(Decimal::Parse("1.0000000")->ToMicros(), 1'000'000);
  EXPECT_EQ(Decimal::Parse("0.0000001")->ToMicros(), std::nullopt);
  EXPECT_EQ(Decimal::Parse("-999999999999.999999")->ToMicros(), -999'999'999'999'999'999);
  EXPECT_EQ(Decimal::Parse("9223372036854")->ToMicros(), 9'223'372'036'854'000'000);
  EXPECT_EQ(Decimal::Parse("9223372036855")->ToMicros(), std::nullopt);
}

TEST(DecimalTest, ReadsPlainDecimalsAlone) {
  for (absl::string_view good : {"5", "-5", "+.5", "5.", " 5 ", "0005"}) EXPECT_TRUE(Decimal::Parse(good)) << good;
  for (absl::string_view bad : {"", "-", ".", "1e3", "1,000", "1.2.3", "x", "1234567890123456789"}) {
    EXPECT_FALSE(Decimal::Parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace clientele::cli
