#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "services/ingestion/records/currencies.h"
#include "services/ingestion/records/decimal.h"
#include "services/ingestion/records/exchange_rates.h"
#include "tests/testing/status_matchers.h"

namespace clientele::ingestion {
namespace {

using ::testing::HasSubstr;
using testutil::StatusIs;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

int64_t Micros(absl::string_view text) {
  int64_t value = 0;
  EXPECT_EQ(ParseDecimal(text, 6, value), DecimalResult::kOk) << text;
  return value;
}

DecimalResult Result(absl::string_view text) {
  int64_t value = 0;
  return ParseDecimal(text, 6, value);
}

TEST(DecimalTest, IsExact) {
  EXPECT_EQ(Micros("12.50"), 12'500'000);
  EXPECT_EQ(Micros("1,234.50"), 1'234'500'000);
  EXPECT_EQ(Micros("1,234,567"), 1'234'567'000'000);
  EXPECT_EQ(Micros("-3"), -3'000'000);
  EXPECT_EQ(Micros("+0.000001"), 1);
  EXPECT_EQ(Micros(".5"), 500'000);
  EXPECT_EQ(Micros("7."), 7'000'000);
  EXPECT_EQ(Micros("0.1000000000"), 100'000);
  EXPECT_EQ(Micros("9223372036854.775807"), kMax);
  EXPECT_EQ(Micros(" 4 "), 4'000'000);
}

TEST(DecimalTest, SaysWhatIsWrong) {
  for (const char* text : {"", "-", ".", "abc", "1.2.3", "1,23", "12,50", "1.234,50", ",123", "1,2345", "1e5", "$5",
                           "1 000", "0x10", "NaN", "--1", "1,,000", "1234,567"}) {
    EXPECT_EQ(Result(text), DecimalResult::kInvalid) << text;
  }
  EXPECT_EQ(Result("0.0000001"), DecimalResult::kTooFine);
  EXPECT_EQ(Result("9223372036854.775808"), DecimalResult::kTooLarge);
  EXPECT_EQ(Result("99999999999999999999999"), DecimalResult::kTooLarge);
}

TEST(MultiplyDivideTest, RoundsHalfAwayFromZero) {
  const auto divide = [](int64_t value, int64_t numerator, int64_t denominator) {
    int64_t result = 0;
    EXPECT_TRUE(MultiplyDivide(value, numerator, denominator, result));
    return result;
  };
  EXPECT_EQ(divide(5, 1, 10), 1);
  EXPECT_EQ(divide(-5, 1, 10), -1);
  EXPECT_EQ(divide(4, 1, 10), 0);
  EXPECT_EQ(divide(15, 1, 10), 2);
  EXPECT_EQ(divide(25, 1, 10), 3);
  EXPECT_EQ(divide(1, 1, 3), 0);
  EXPECT_EQ(divide(2, 1, 3), 1);
  EXPECT_EQ(divide(kMax, 3, 3), kMax);
  int64_t result = 0;
  EXPECT_FALSE(MultiplyDivide(kMax, 2, 1, result));
}

TEST(CurrencyTest, KnowsIsoCodes) {
  for (const char* code : {"EUR", "USD", "JPY", "CNY", "AED", "ZWL"}) EXPECT_TRUE(IsCurrency(code)) << code;
  for (const char* code : {"", "eur", "EURO", "XXX", "ZZZ", "E"}) EXPECT_FALSE(IsCurrency(code)) << code;
}

v1::ExchangeRate Rate(const std::string& currency, const std::string& date, const std::string& rate) {
  v1::ExchangeRate result;
  result.set_currency_code(currency);
  result.set_date(date);
  result.set_rate(rate);
  return result;
}

absl::StatusOr<ExchangeRates> Rates(const std::vector<v1::ExchangeRate>& list) {
  v1::Settings settings;
  for (const v1::ExchangeRate& rate : list) *settings.add_exchange_rates() = rate;
  return ExchangeRates::Make("rates", settings.exchange_rates());
}

TEST(ExchangeRatesTest, TheLatestRateOnOrBeforeTheDayCounts) {
  ASSERT_OK_AND_ASSIGN(const ExchangeRates rates,
                       Rates({Rate("GBP", "1970-01-11", "1.5"), Rate("GBP", "1970-01-02", "1.25"),
                              Rate("JPY", "1970-01-01", "0.0087")}));
  int64_t base = 0;
  EXPECT_EQ(rates.Convert(1'000'000, "GBP", 0, base), ExchangeRates::Result::kNoRate);
  EXPECT_EQ(rates.Convert(1'000'000, "GBP", 1, base), ExchangeRates::Result::kOk);
  EXPECT_EQ(base, 1'250'000);
  EXPECT_EQ(rates.Convert(1'000'000, "GBP", 9, base), ExchangeRates::Result::kOk);
  EXPECT_EQ(base, 1'250'000);
  EXPECT_EQ(rates.Convert(-1'000'001, "GBP", 10, base), ExchangeRates::Result::kOk);
  EXPECT_EQ(base, -1'500'002);  // -1,500,001.5: half away from zero.
  EXPECT_EQ(rates.Convert(1'000'000, "CHF", 10, base), ExchangeRates::Result::kNoRate);
  EXPECT_EQ(rates.Convert(kMax, "GBP", 10, base), ExchangeRates::Result::kTooLarge);
}

TEST(ExchangeRatesTest, WrongRatesAreToldByTheirPlace) {
  const auto wrong = [](const v1::ExchangeRate& rate) {
    return Rates({Rate("GBP", "2020-01-01", "1"), rate}).status();
  };
  EXPECT_THAT(wrong(Rate("GBPX", "2020-01-02", "1")), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("GBPX")));
  EXPECT_THAT(wrong(Rate("GBP", "02/01/2020", "1")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("YYYY-MM-DD")));
  EXPECT_THAT(wrong(Rate("GBP", "2020-01-02", "0")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("greater")));
  EXPECT_THAT(wrong(Rate("GBP", "2020-01-02", "-1")), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(wrong(Rate("GBP", "2020-01-02", "1.0000000000001")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("12")));
  EXPECT_THAT(wrong(Rate("GBP", "2020-01-02", "10000000")), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(wrong(Rate("GBP", "2020-01-02", "one")), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("one")));
  EXPECT_THAT(wrong(Rate("GBP", "2020-01-01", "2")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("two rates")));
}

}  // namespace
}  // namespace clientele::ingestion
