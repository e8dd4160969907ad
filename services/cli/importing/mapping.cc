#include "services/cli/importing/mapping.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"

namespace clientele::cli {
namespace {

using common::v1::RecordKind;

// A field, whether a record cannot be without it, and the column names it is known by: lower case, letters and digits
// only, the likeliest first.
struct KnownField {
  absl::string_view name;
  bool required;
  std::vector<absl::string_view> column_names;
};

std::vector<KnownField> KnownFields(RecordKind kind) {
  std::vector<KnownField> fields = {
      {"record_id", false, {}},
      {"customer_id",
       true,
       {"customerid", "customer", "customerno", "customernumber", "clientid", "userid", "memberid", "accountid",
        "contactid", "id"}},
      {"event_time",
       true,
       {"eventtime", "date", "datetime", "timestamp", "time", "invoicedate", "orderdate", "purchasedate",
        "transactiondate", "createdat", "createddate", "occurredat", "updatedat"}},
  };
  const auto add = [&](std::vector<KnownField> more) { fields.insert(fields.end(), more.begin(), more.end()); };
  const KnownField channel = {"channel", false, {"channel", "saleschannel"}};
  switch (kind) {
    case RecordKind::RECORD_KIND_PROFILE:
      add({{"email", false, {"email", "emailaddress", "mail"}},
           {"phone", false, {"phone", "phonenumber", "mobile", "telephone"}},
           {"display_name", false, {"displayname", "name", "fullname", "customername"}}});
      break;
    case RecordKind::RECORD_KIND_TRANSACTION:
      add({{"amount",
            true,
            {"amount", "spend", "total", "totalamount", "totalprice", "linetotal", "revenue", "sales", "paid",
             "value"}},
           {"currency", false, {"currency", "currencycode"}},
           {"product", false, {"product", "productid", "sku", "stockcode", "item", "itemid", "productname"}},
           {"category", false, {"category", "productcategory", "department"}},
           channel,
           {"quantity", false, {"quantity", "qty", "units", "pieces"}},
           {"order_id",
            false,
            {"orderid", "invoiceno", "invoice", "ordernumber", "orderno", "basketid", "transactionid"}},
           {"is_return", false, {"isreturn", "return", "returned"}}});
      break;
    case RecordKind::RECORD_KIND_INTERACTION:
      add({{"type", true, {"type", "interactiontype", "eventtype", "event", "action", "activity"}},
           channel,
           {"duration_seconds", false, {"durationseconds", "duration", "seconds"}},
           {"sentiment", false, {"sentiment"}}});
      break;
    case RecordKind::RECORD_KIND_FEEDBACK:
      add({{"score", false, {"score", "rating", "nps", "csat", "stars", "satisfaction"}},
           {"score_max", false, {"scoremax", "maxscore"}},
           {"issue", false, {"issue", "topic", "reason"}},
           {"text", false, {"text", "comment", "review", "feedback", "message"}},
           channel});
      break;
    default: break;
  }
  return fields;
}

absl::string_view FreePrefix(RecordKind kind) {
  if (kind == RecordKind::RECORD_KIND_PROFILE) return "attributes.";
  return kind == RecordKind::RECORD_KIND_FEEDBACK ? "" : "properties.";
}

std::string Normalised(absl::string_view column) {
  std::string result;
  for (char c : column) {
    if (absl::ascii_isalnum(c)) result += absl::ascii_tolower(c);
  }
  return result;
}

// Collects the fields of one file's mapping. One use.
class MappingMaker {
 public:
  MappingMaker(RecordKind kind, const std::vector<std::string>& header)
      : kind_(kind), known_(KnownFields(kind)), header_(header), used_(header.size(), false) {}

  absl::StatusOr<Mapping> Make(const MappingOptions& options);

 private:
  absl::Status AddGiven(absl::string_view map);
  absl::Status AddIgnored(const std::vector<std::string>& columns);
  void Guess();
  void GuessProduct();
  void AddAttributes();
  absl::Status CheckRequired() const;

  absl::StatusOr<int> ColumnIndex(absl::string_view name) const;
  absl::StatusOr<Expression> ParseExpression(absl::string_view text) const;
  int FindByName(absl::string_view normalised) const;  // An unused column, or -1.
  void Add(absl::string_view field, Expression expression, absl::string_view text, bool guessed);

  const RecordKind kind_;
  const std::vector<KnownField> known_;
  const std::vector<std::string>& header_;
  std::vector<bool> used_;
  Mapping mapping_;
};

absl::StatusOr<Mapping> MappingMaker::Make(const MappingOptions& options) {
  CLIENTELE_RETURN_IF_ERROR(AddIgnored(options.ignored_columns));
  for (const std::string& map : options.maps) CLIENTELE_RETURN_IF_ERROR(AddGiven(map));
  if (!options.event_time.empty())
    CLIENTELE_RETURN_IF_ERROR(AddGiven(absl::StrCat("event_time==", options.event_time)));
  Guess();
  if (kind_ == RecordKind::RECORD_KIND_TRANSACTION) GuessProduct();
  CLIENTELE_RETURN_IF_ERROR(CheckRequired());
  if (kind_ == RecordKind::RECORD_KIND_PROFILE) AddAttributes();
  for (size_t i = 0; i < header_.size(); ++i) {
    if (!used_[i]) mapping_.unused_columns.push_back(header_[i]);
  }
  return std::move(mapping_);
}

void MappingMaker::Add(absl::string_view field, Expression expression, absl::string_view text, bool guessed) {
  for (int column : {expression.left, expression.right}) {
    if (column >= 0) used_[column] = true;
  }
  mapping_.fields.push_back({std::string(field), std::move(expression), std::string(text), guessed});
}

absl::StatusOr<int> MappingMaker::ColumnIndex(absl::string_view name) const {
  const auto found = absl::c_find(header_, name);
  if (found != header_.end()) return static_cast<int>(found - header_.begin());
  return absl::InvalidArgumentError(
      absl::StrCat("there is no column \"", name, "\"; the file has: ", absl::StrJoin(header_, ", ")));
}

absl::StatusOr<Expression> MappingMaker::ParseExpression(absl::string_view text) const {
  Expression expression;
  if (absl::StartsWith(text, "=")) {
    expression.kind = Expression::Kind::kConstant;
    expression.constant = std::string(text.substr(1));
    return expression;
  }
  const std::vector<std::string> factors = absl::StrSplit(text, '*');
  if (!absl::c_linear_search(header_, text) && factors.size() == 2) {
    expression.kind = Expression::Kind::kProduct;
    CLIENTELE_ASSIGN_OR_RETURN(expression.left, ColumnIndex(absl::StripAsciiWhitespace(factors[0])));
    CLIENTELE_ASSIGN_OR_RETURN(expression.right, ColumnIndex(absl::StripAsciiWhitespace(factors[1])));
    return expression;
  }
  CLIENTELE_ASSIGN_OR_RETURN(expression.left, ColumnIndex(text));
  return expression;
}

absl::Status MappingMaker::AddGiven(absl::string_view map) {
  const size_t equals = map.find('=');
  if (equals == absl::string_view::npos || equals == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--map ", map, ": write field=Column, field==text or field=Left*Right"));
  }
  const absl::string_view field = map.substr(0, equals);
  const absl::string_view prefix = FreePrefix(kind_);
  const bool free = !prefix.empty() && absl::StartsWith(field, prefix) && field.size() > prefix.size();
  if (!free && absl::c_none_of(known_, [&](const KnownField& known) { return known.name == field; })) {
    return absl::InvalidArgumentError(absl::StrCat("--map ", map, ": there is no field \"", field,
                                                   "\"; fields: ", absl::StrJoin(FieldsOf(kind_), ", ")));
  }
  if (mapping_.Find(field) != nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("--map ", map, ": the field is mapped twice"));
  }
  const absl::string_view text = map.substr(equals + 1);
  CLIENTELE_ASSIGN_OR_RETURN(Expression expression, ParseExpression(text));
  Add(field, std::move(expression), text, /*guessed=*/false);
  return absl::OkStatus();
}

absl::Status MappingMaker::AddIgnored(const std::vector<std::string>& columns) {
  for (const std::string& column : columns) {
    CLIENTELE_ASSIGN_OR_RETURN(const int index, ColumnIndex(column));
    used_[index] = true;
  }
  return absl::OkStatus();
}

int MappingMaker::FindByName(absl::string_view normalised) const {
  for (size_t i = 0; i < header_.size(); ++i) {
    if (!used_[i] && Normalised(header_[i]) == normalised) return static_cast<int>(i);
  }
  return -1;
}

void MappingMaker::Guess() {
  for (const KnownField& known : known_) {
    if (mapping_.Find(known.name) != nullptr) continue;
    for (absl::string_view name : known.column_names) {
      const int column = FindByName(name);
      if (column < 0) continue;
      Expression expression;
      expression.left = column;
      Add(known.name, std::move(expression), header_[column], /*guessed=*/true);
      break;
    }
  }
}

// No column holds the amount, but there are pieces and a price for each.
void MappingMaker::GuessProduct() {
  const FieldMapping* quantity = mapping_.Find("quantity");
  if (mapping_.Find("amount") != nullptr || quantity == nullptr || quantity->expression.left < 0) return;
  for (absl::string_view name : {"unitprice", "price", "priceperunit"}) {
    const int price = FindByName(name);
    if (price < 0) continue;
    Expression expression;
    expression.kind = Expression::Kind::kProduct;
    expression.left = quantity->expression.left;
    expression.right = price;
    Add("amount", expression, absl::StrCat(header_[expression.left], "*", header_[price]), /*guessed=*/true);
    return;
  }
}

void MappingMaker::AddAttributes() {
  absl::flat_hash_set<std::string> names;
  for (const FieldMapping& field : mapping_.fields) names.insert(field.field);
  for (size_t i = 0; i < header_.size(); ++i) {
    const std::string field = absl::StrCat("attributes.", AttributeName(header_[i]));
    if (used_[i] || !names.insert(field).second) continue;
    Expression expression;
    expression.left = static_cast<int>(i);
    Add(field, std::move(expression), header_[i], /*guessed=*/true);
  }
}

absl::Status MappingMaker::CheckRequired() const {
  for (const KnownField& known : known_) {
    if (!known.required || mapping_.Find(known.name) != nullptr) continue;
    const std::string other = known.name == "event_time" ? ", or --event-time 2024-01-31 for all rows" : "";
    return absl::InvalidArgumentError(absl::StrCat("no column looks like ", known.name, "; say which with --map ",
                                                   known.name, "=COLUMN", other,
                                                   ". The file has: ", absl::StrJoin(header_, ", ")));
  }
  return absl::OkStatus();
}

}  // namespace

const FieldMapping* Mapping::Find(absl::string_view field) const {
  const auto found = absl::c_find_if(fields, [&](const FieldMapping& mapping) { return mapping.field == field; });
  return found == fields.end() ? nullptr : &*found;
}

std::vector<std::string> FieldsOf(RecordKind kind) {
  std::vector<std::string> names;
  for (const KnownField& known : KnownFields(kind)) names.emplace_back(known.name);
  if (!FreePrefix(kind).empty()) names.push_back(absl::StrCat(FreePrefix(kind), "NAME"));
  return names;
}

absl::StatusOr<Mapping> MakeMapping(RecordKind kind, const std::vector<std::string>& header,
                                    const MappingOptions& options) {
  return MappingMaker(kind, header).Make(options);
}

std::string AttributeName(absl::string_view column) {
  constexpr size_t kMaxBytes = 63;
  std::string name;
  for (char c : column) name += absl::ascii_isalnum(c) ? c : '_';
  if (name.empty() || !absl::ascii_isalpha(name[0])) name = absl::StrCat("x", name);
  return name.substr(0, kMaxBytes);
}

}  // namespace clientele::cli
