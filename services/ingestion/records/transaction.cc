// Transactions: amounts, currencies, returns.
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/ingestion/records/currencies.h"
#include "services/ingestion/records/dates.h"
#include "services/ingestion/records/decimal.h"
#include "services/ingestion/records/payloads.h"
#include "services/ingestion/records/text.h"
#include "services/ingestion/records/values.h"

namespace clientele::ingestion {
namespace {

using v1::Transaction;

constexpr int kMicroDecimals = 6;
constexpr size_t kMaxAmountBytes = 64;

MaybeRejection AmountRejection(v1::RejectionReason reason, absl::string_view message) {
  return Rejection{reason, "transaction.amount_text", std::string(message)};
}

// amount_text becomes amount_micros.
MaybeRejection ReadAmount(v1::Record& record) {
  Transaction& transaction = *record.mutable_transaction();
  const std::string& text = transaction.amount_text();
  if (text.empty()) return std::nullopt;
  if (transaction.amount_micros() != 0) {
    return AmountRejection(v1::REJECTION_REASON_INVALID_FORMAT, "comes beside amount_micros; give one of the two");
  }
  if (MaybeRejection bad = CheckLength("transaction.amount_text", text, kMaxAmountBytes)) return bad;
  int64_t micros = 0;
  switch (ParseDecimal(text, kMicroDecimals, micros)) {
    case DecimalResult::kInvalid:
      return AmountRejection(v1::REJECTION_REASON_INVALID_FORMAT,
                             absl::StrCat("\"", text, "\" is not a decimal number, such as 12.50 or 1,234.50"));
    case DecimalResult::kTooFine:
      return AmountRejection(v1::REJECTION_REASON_INVALID_FORMAT, "has more than 6 decimals");
    case DecimalResult::kTooLarge:
      return AmountRejection(v1::REJECTION_REASON_OUT_OF_RANGE, "is not below 9,223,372,036,854");
    case DecimalResult::kOk:
      break;
  }
  (*record.mutable_originals())["transaction.amount_text"] = std::move(*transaction.mutable_amount_text());
  transaction.clear_amount_text();
  transaction.set_amount_micros(micros);
  return std::nullopt;
}

MaybeRejection ReadCurrency(const TenantContext& context, v1::Record& record) {
  Transaction& transaction = *record.mutable_transaction();
  const std::string& sent = transaction.currency_code();
  if (sent == context.base_currency()) return std::nullopt;
  if (sent.empty()) {
    transaction.set_currency_code(context.base_currency());
    return std::nullopt;
  }
  std::string code = sent.size() <= 16 ? absl::AsciiStrToUpper(absl::StripAsciiWhitespace(sent)) : "";
  if (!IsCurrency(code)) {
    return Rejection{v1::REJECTION_REASON_UNKNOWN_CURRENCY, "transaction.currency_code",
                     absl::StrCat("\"", CutUtf8(sent, 16), "\" is not an ISO 4217 code, such as EUR")};
  }
  if (code != sent) {
    (*record.mutable_originals())["transaction.currency_code"] = sent;
    transaction.set_currency_code(std::move(code));
  }
  return std::nullopt;
}

// Into the base currency by the rate of the event's local day.
MaybeRejection Convert(const TenantContext& context, int64_t event_time_micros, Transaction& transaction) {
  int64_t base_micros = transaction.amount_micros();
  if (transaction.currency_code() != context.base_currency()) {
    const int32_t day = context.Day(event_time_micros);
    switch (context.rates().Convert(transaction.amount_micros(), transaction.currency_code(), day, base_micros)) {
      case ExchangeRates::Result::kNoRate:
        return Rejection{v1::REJECTION_REASON_NO_EXCHANGE_RATE, "transaction.currency_code",
                         absl::StrCat("no rate from ", transaction.currency_code(), " to ", context.base_currency(),
                                      " on or before ", FormatDay(day), "; add one to the tenant's settings")};
      case ExchangeRates::Result::kTooLarge:
        return Rejection{v1::REJECTION_REASON_OUT_OF_RANGE, "transaction.amount_micros",
                         absl::StrCat("is too large in ", context.base_currency())};
      case ExchangeRates::Result::kOk:
        break;
    }
  }
  const bool is_return = transaction.is_return() || transaction.amount_micros() < 0 || transaction.quantity() < 0;
  transaction.set_is_return(is_return);
  transaction.set_base_amount_micros(is_return && base_micros > 0 ? -base_micros : base_micros);
  return std::nullopt;
}

void ListMissing(const Transaction& transaction, bool has_currency, storage::NewRecord& result) {
  const auto add = [&](bool missing, absl::string_view field) {
    if (missing) result.missing_fields.push_back(field);
  };
  add(!has_currency, "transaction.currency_code");
  add(transaction.product().empty(), "transaction.product");
  add(transaction.category().empty(), "transaction.category");
  add(transaction.channel().empty(), "transaction.channel");
  add(transaction.quantity() == 0, "transaction.quantity");
  add(transaction.order_id().empty(), "transaction.order_id");
}

}  // namespace

MaybeRejection StandardiseTransaction(const TenantContext& context, v1::Record& record, storage::NewRecord& result) {
  Transaction& transaction = *record.mutable_transaction();
  if (MaybeRejection bad = ReadAmount(record)) return bad;
  const bool has_currency = !transaction.currency_code().empty();
  if (MaybeRejection bad = ReadCurrency(context, record)) return bad;
  if (MaybeRejection bad = CheckLength("transaction.product", transaction.product(), kMaxLabelBytes)) return bad;
  if (MaybeRejection bad = CheckLength("transaction.category", transaction.category(), kMaxLabelBytes)) return bad;
  if (MaybeRejection bad = CheckLength("transaction.channel", transaction.channel(), kMaxLabelBytes)) return bad;
  if (MaybeRejection bad = CheckFinite("transaction.quantity", transaction.quantity())) return bad;
  if (MaybeRejection bad = CheckLength("transaction.order_id", transaction.order_id(), kMaxLabelBytes)) return bad;
  if (MaybeRejection bad = CheckValues("transaction.properties", transaction.properties())) return bad;
  if (MaybeRejection bad = Convert(context, result.event_time_micros, transaction)) return bad;
  ListMissing(transaction, has_currency, result);
  return std::nullopt;
}

}  // namespace clientele::ingestion
