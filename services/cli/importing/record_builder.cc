#include "services/cli/importing/record_builder.h"

#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "services/cli/importing/decimal.h"

namespace clientele::cli {
namespace {

using common::v1::Value;
using ingestion::v1::Interaction;
using ingestion::v1::Record;
using Text = std::string;

// The expression's text for a row. A product of what are not two decimals stays as it is written, for the server to
// refuse.
std::string Evaluate(const Expression& expression, const std::vector<std::string>& fields) {
  if (expression.kind == Expression::Kind::kConstant) return expression.constant;
  if (expression.kind == Expression::Kind::kColumn) return fields[expression.left];
  const auto left = Decimal::Parse(fields[expression.left]);
  const auto right = Decimal::Parse(fields[expression.right]);
  if (left && right) return (*left * *right).ToString();
  return absl::StrCat(fields[expression.left], "*", fields[expression.right]);
}

// NaN, which the server refuses, for what is not a number.
double NumberOrNan(absl::string_view text) {
  double value = 0;
  return absl::SimpleAtod(text, &value) ? value : std::numeric_limits<double>::quiet_NaN();
}

// Numbers look like 12, -3.5, 1e6; "0123" and "+49" do not: they are codes.
bool LooksLikeNumber(absl::string_view text, double* value) {
  const absl::string_view digits = absl::StripPrefix(text, "-");
  if (digits.empty() || (!absl::ascii_isdigit(digits[0]) && digits[0] != '.')) return false;
  if (digits.size() > 1 && digits[0] == '0' && absl::ascii_isdigit(digits[1])) return false;
  return absl::SimpleAtod(text, value) && std::isfinite(*value);
}

Value ToValue(absl::string_view text, bool as_text) {
  Value value;
  double number = 0;
  if (!as_text && LooksLikeNumber(text, &number)) {
    value.set_number(number);
  } else {
    value.set_text(std::string(text));
  }
  return value;
}

absl::Status SetAmount(Text text, Record& record) {
  ingestion::v1::Transaction& transaction = *record.mutable_transaction();
  const auto decimal = Decimal::Parse(text);
  const auto micros = decimal ? decimal->ToMicros() : std::nullopt;
  if (micros) {
    transaction.set_amount_micros(*micros);
  } else {
    transaction.set_amount_text(std::move(text));
  }
  return absl::OkStatus();
}

absl::Status SetIsReturn(Text text, Record& record) {
  const std::string word = absl::AsciiStrToLower(text);
  const bool yes = word == "1" || word == "true" || word == "yes" || word == "y" || word == "t";
  const bool no = word == "0" || word == "false" || word == "no" || word == "n" || word == "f";
  if (!yes && !no) {
    return absl::InvalidArgumentError(absl::StrCat("is_return is \"", text, "\"; allowed: true, false, yes, no, 1, 0"));
  }
  record.mutable_transaction()->set_is_return(yes);
  return absl::OkStatus();
}

absl::Status SetSentiment(Text text, Record& record) {
  Interaction::Sentiment sentiment;
  if (!Interaction::Sentiment_Parse(absl::StrCat("SENTIMENT_", absl::AsciiStrToUpper(text)), &sentiment)) {
    return absl::InvalidArgumentError(
        absl::StrCat("sentiment is \"", text, "\"; allowed: negative, neutral, positive"));
  }
  record.mutable_interaction()->set_sentiment(sentiment);
  return absl::OkStatus();
}

absl::Status SetChannel(Text text, Record& record) {
  if (record.has_transaction()) {
    record.mutable_transaction()->set_channel(std::move(text));
  } else if (record.has_interaction()) {
    record.mutable_interaction()->set_channel(std::move(text));
  } else {
    record.mutable_feedback()->set_channel(std::move(text));
  }
  return absl::OkStatus();
}

void SetFree(const std::string& name, Value value, Record& record) {
  auto* values = record.has_profile()       ? record.mutable_profile()->mutable_attributes()
                 : record.has_transaction() ? record.mutable_transaction()->mutable_properties()
                                            : record.mutable_interaction()->mutable_properties();
  (*values)[name] = std::move(value);
}

// A setter that runs one statement on `r` with the text `t`.
#define CLIENTELE_SET(statement)          \
  [](Text t, Record& r) -> absl::Status { \
    statement;                            \
    return absl::OkStatus();              \
  }

}  // namespace

RecordBuilder::Setter RecordBuilder::FindSetter(absl::string_view field) {
  static constexpr std::pair<absl::string_view, Setter> kSetters[] = {
      {"record_id", CLIENTELE_SET(r.set_record_id(std::move(t)))},
      {"customer_id", CLIENTELE_SET(r.set_customer_id(std::move(t)))},
      {"event_time", CLIENTELE_SET(r.set_event_time_text(std::move(t)))},
      {"email", CLIENTELE_SET(r.mutable_profile()->set_email(std::move(t)))},
      {"phone", CLIENTELE_SET(r.mutable_profile()->set_phone(std::move(t)))},
      {"display_name", CLIENTELE_SET(r.mutable_profile()->set_display_name(std::move(t)))},
      {"amount", &SetAmount},
      {"currency", CLIENTELE_SET(r.mutable_transaction()->set_currency_code(std::move(t)))},
      {"product", CLIENTELE_SET(r.mutable_transaction()->set_product(std::move(t)))},
      {"category", CLIENTELE_SET(r.mutable_transaction()->set_category(std::move(t)))},
      {"quantity", CLIENTELE_SET(r.mutable_transaction()->set_quantity(NumberOrNan(t)))},
      {"order_id", CLIENTELE_SET(r.mutable_transaction()->set_order_id(std::move(t)))},
      {"is_return", &SetIsReturn},
      {"channel", &SetChannel},
      {"type", CLIENTELE_SET(r.mutable_interaction()->set_type(std::move(t)))},
      {"duration_seconds", CLIENTELE_SET(r.mutable_interaction()->set_duration_seconds(NumberOrNan(t)))},
      {"sentiment", &SetSentiment},
      {"score", CLIENTELE_SET(r.mutable_feedback()->set_score(NumberOrNan(t)))},
      {"score_max", CLIENTELE_SET(r.mutable_feedback()->set_score_max(NumberOrNan(t)))},
      {"issue", CLIENTELE_SET(r.mutable_feedback()->set_issue(std::move(t)))},
      {"text", CLIENTELE_SET(r.mutable_feedback()->set_text(std::move(t)))},
  };
  for (const auto& [name, setter] : kSetters) {
    if (name == field) return setter;
  }
  return nullptr;
}
#undef CLIENTELE_SET

RecordBuilder::RecordBuilder(const std::vector<std::string>& header, Mapping mapping, RecordOptions options)
    : options_(std::move(options)) {
  for (FieldMapping& field : mapping.fields) {
    Step step;
    step.expression = std::move(field.expression);
    step.setter = FindSetter(field.field);
    step.name = field.field.substr(field.field.find('.') + 1);
    step.as_text = step.expression.left >= 0 && options_.text_columns.contains(header[step.expression.left]);
    step.required_amount = field.field == "amount";
    steps_.push_back(std::move(step));
  }
}

absl::Status RecordBuilder::Build(const std::vector<std::string>& fields, int64_t row, Record& record) const {
  record.Clear();
  record.set_source(options_.source);
  record.set_record_id(absl::StrCat(options_.file_key, ":", row));
  switch (options_.kind) {
    case common::v1::RECORD_KIND_PROFILE: record.mutable_profile(); break;
    case common::v1::RECORD_KIND_TRANSACTION: record.mutable_transaction()->set_currency_code(options_.currency); break;
    case common::v1::RECORD_KIND_INTERACTION: record.mutable_interaction(); break;
    default: record.mutable_feedback(); break;
  }
  for (const Step& step : steps_) {
    if (absl::Status status = Apply(step, fields, record); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("row ", row, ": ", status.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status RecordBuilder::Apply(const Step& step, const std::vector<std::string>& fields, Record& record) const {
  std::string text = Evaluate(step.expression, fields);
  if (text.empty()) {
    if (!step.required_amount) return absl::OkStatus();
    text = " ";  // An amount left out is not an amount of zero: the server refuses a blank one.
  }
  if (step.setter != nullptr) return step.setter(std::move(text), record);
  SetFree(step.name, ToValue(text, step.as_text), record);
  return absl::OkStatus();
}

std::string FileKey(absl::string_view path) {
  absl::string_view name = path.substr(path.rfind('/') + 1);
  name = absl::StripSuffix(name, ".gz");
  for (absl::string_view extension : {".csv", ".tsv", ".txt"}) name = absl::StripSuffix(name, extension);
  return name == "-" ? "stdin" : std::string(name);
}

}  // namespace clientele::cli
