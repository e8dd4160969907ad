#include "services/ingestion/records/exchange_rates.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "services/ingestion/records/currencies.h"
#include "services/ingestion/records/dates.h"
#include "services/ingestion/records/decimal.h"

namespace clientele::ingestion {
namespace {

absl::Status CheckRate(absl::string_view path, const v1::ExchangeRate& rate, int32_t& day, int64_t& multiple) {
  if (!IsCurrency(rate.currency_code())) {
    return InvalidField(absl::StrCat(path, ".currency_code"),
                        absl::StrCat("\"", rate.currency_code(), "\" is not an ISO 4217 code, such as EUR"));
  }
  if (!ParseIsoDay(rate.date(), day)) {
    return InvalidField(absl::StrCat(path, ".date"), absl::StrCat("\"", rate.date(), "\" is not a day as YYYY-MM-DD"));
  }
  switch (ParseDecimal(rate.rate(), ExchangeRates::kDecimals, multiple)) {
    case DecimalResult::kOk:
      if (multiple > 0) return absl::OkStatus();
      return InvalidField(absl::StrCat(path, ".rate"), "must be greater than 0");
    case DecimalResult::kTooLarge:
      return InvalidField(absl::StrCat(path, ".rate"), "must be below 9,223,372");
    case DecimalResult::kTooFine:
      return InvalidField(absl::StrCat(path, ".rate"), "has more than 12 decimals");
    case DecimalResult::kInvalid:
      break;
  }
  return InvalidField(absl::StrCat(path, ".rate"),
                      absl::StrCat("\"", rate.rate(), "\" is not a decimal number, such as 1.0837"));
}

}  // namespace

absl::StatusOr<ExchangeRates> ExchangeRates::Make(absl::string_view field,
                                                  const google::protobuf::RepeatedPtrField<v1::ExchangeRate>& rates) {
  ExchangeRates result;
  for (int i = 0; i < rates.size(); ++i) {
    Rate rate;
    if (absl::Status status = CheckRate(absl::StrCat(field, "[", i, "]"), rates[i], rate.day, rate.multiple);
        !status.ok()) {
      return status;
    }
    result.by_currency_[rates[i].currency_code()].push_back(rate);
  }
  for (auto& [currency, dated] : result.by_currency_) {
    std::sort(dated.begin(), dated.end(), [](const Rate& a, const Rate& b) { return a.day < b.day; });
    const auto twice = std::adjacent_find(dated.begin(), dated.end(),
                                          [](const Rate& a, const Rate& b) { return a.day == b.day; });
    if (twice != dated.end()) {
      return InvalidField(field, absl::StrCat(currency, " has two rates for ", FormatDay(twice->day)));
    }
  }
  return result;
}

ExchangeRates::Result ExchangeRates::Convert(int64_t amount_micros, absl::string_view currency, int32_t day,
                                             int64_t& base_micros) const {
  const auto found = by_currency_.find(currency);
  if (found == by_currency_.end()) return Result::kNoRate;
  const std::vector<Rate>& dated = found->second;
  const auto after = std::upper_bound(dated.begin(), dated.end(), day,
                                      [](int32_t value, const Rate& rate) { return value < rate.day; });
  if (after == dated.begin()) return Result::kNoRate;
  return MultiplyDivide(amount_micros, std::prev(after)->multiple, kOne, base_micros) ? Result::kOk : Result::kTooLarge;
}

}  // namespace clientele::ingestion
