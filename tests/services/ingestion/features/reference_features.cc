#include "tests/services/ingestion/features/reference_features.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/services/ingestion/features/memory_record_store.h"

namespace clientele::testutil {
namespace {

using common::v1::FeatureDefinition;
using common::v1::Value;
using ingestion::v1::Record;
using Filter = FeatureDefinition::Filter;

bool IsReturn(const Record& record) {
  return record.transaction().is_return() || record.transaction().base_amount_micros() < 0;
}

// The field as a typed value; nothing set where there is none.
Value FieldOf(const Record& record, const std::string& field) {
  Value value;
  const auto text = [&value](const std::string& content) {
    if (!content.empty()) value.set_text(content);
  };
  const auto& transaction = record.transaction();
  const auto& interaction = record.interaction();
  if (absl::string_view name = field; absl::ConsumePrefix(&name, "properties.")) {
    const auto& properties = record.has_transaction() ? transaction.properties() : interaction.properties();
    const auto found = properties.find(std::string(name));
    if (found != properties.end() && !(found->second.has_text() && found->second.text().empty())) return found->second;
  } else if (field == "amount") {
    value.set_number(static_cast<double>(transaction.base_amount_micros()) / 1e6);
  } else if (field == "quantity") {
    const double quantity = transaction.quantity() == 0 ? 1 : transaction.quantity();
    value.set_number(IsReturn(record) ? -std::abs(quantity) : quantity);
  } else if (field == "is_return") {
    value.set_flag(IsReturn(record));
  } else if (field == "product") {
    text(transaction.product());
  } else if (field == "category") {
    text(transaction.category());
  } else if (field == "order") {
    text(transaction.order_id());
  } else if (field == "channel") {
    text(absl::StrCat(transaction.channel(), interaction.channel(), record.feedback().channel(),
                      record.message().channel()));
  } else if (field == "type") {
    text(interaction.type());
  } else if (field == "sentiment") {
    text(std::vector<std::string>{"", "negative", "neutral", "positive"}[interaction.sentiment()]);
  } else if (field == "direction") {
    text(std::vector<std::string>{"", "inbound", "outbound"}[record.message().direction()]);
  } else if (field == "duration") {
    if (interaction.duration_seconds() != 0) value.set_number(interaction.duration_seconds());
  } else if (field == "score") {
    const double best = record.feedback().score_max() == 0 ? 10 : record.feedback().score_max();
    if (record.feedback().has_score()) value.set_number(record.feedback().score() * 10 / best);
  } else if (field == "issue") {
    text(record.feedback().issue());
  } else if (field == "outcome") {
    text(record.outcome().outcome());
  } else if (field == "value") {
    value.set_number(record.outcome().value());
  }
  return value;
}

bool Passes(const Record& record, const Filter& filter) {
  const Value value = FieldOf(record, filter.field());
  const bool present = value.kind_case() != Value::KIND_NOT_SET;
  const bool named = present && std::any_of(filter.values().begin(), filter.values().end(), [&value](const Value& v) {
                       return v.SerializeAsString() == value.SerializeAsString();
                     });
  const absl::optional<double> number = value.has_number() ? absl::optional<double>(value.number())
                                        : value.has_flag() ? absl::optional<double>(value.flag())
                                                           : absl::nullopt;
  switch (filter.comparison()) {
    case Filter::COMPARISON_IN: return named;
    case Filter::COMPARISON_NOT_IN: return !named;
    case Filter::COMPARISON_PRESENT: return present;
    case Filter::COMPARISON_AT_LEAST: return number && *number >= filter.values(0).number();
    default: return number && *number <= filter.values(0).number();
  }
}

std::string Written(const Value& value) {
  if (value.has_flag()) return value.flag() ? "true" : "false";
  if (value.has_time()) return absl::FormatTime(absl::RFC3339_full, FromProto(value.time()), absl::UTCTimeZone());
  if (!value.has_number()) return value.text();
  char digits[64];
  return std::string(digits, std::to_chars(digits, digits + 64, value.number()).ptr);
}

int64_t DayOf(absl::Time time, absl::TimeZone zone) {
  return absl::ToCivilDay(time, zone) - absl::CivilDay(1970, 1, 1);
}

absl::optional<double> Deviation(const std::vector<double>& values) {
  if (values.size() < 2) return absl::nullopt;
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

ReferenceValue DaysFeature(FeatureDefinition::Aggregation aggregation, const std::set<int64_t>& days, int64_t today) {
  if (aggregation == FeatureDefinition::AGGREGATION_DISTINCT_DAYS) return {static_cast<double>(days.size()), {}};
  if (days.empty()) return {};
  if (aggregation == FeatureDefinition::AGGREGATION_DAYS_SINCE_FIRST)
    return {static_cast<double>(today - *days.begin()), {}};
  if (aggregation == FeatureDefinition::AGGREGATION_DAYS_SINCE_LAST)
    return {static_cast<double>(today - *days.rbegin()), {}};
  std::vector<double> gaps;
  for (auto day = days.begin(); std::next(day) != days.end(); ++day) {
    gaps.push_back(static_cast<double>(*std::next(day) - *day));
  }
  if (gaps.empty()) return {};
  if (aggregation == FeatureDefinition::AGGREGATION_DEVIATION_GAP_DAYS) return {Deviation(gaps), {}};
  double sum = 0;
  for (const double gap : gaps) sum += gap;
  return {sum / static_cast<double>(gaps.size()), {}};
}

ReferenceValue TextFeature(FeatureDefinition::Aggregation aggregation, const std::vector<std::string>& texts) {
  std::map<std::string, int> counts;
  for (const std::string& text : texts) ++counts[text];
  if (aggregation == FeatureDefinition::AGGREGATION_DISTINCT) return {static_cast<double>(counts.size()), {}};
  if (texts.empty()) return {};
  if (aggregation == FeatureDefinition::AGGREGATION_FIRST) return {{}, texts.front()};
  if (aggregation == FeatureDefinition::AGGREGATION_LAST) return {{}, texts.back()};
  const auto top = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
    return a.second < b.second;
  });  // First of equals.
  if (aggregation == FeatureDefinition::AGGREGATION_MODE) return {{}, top->first};
  return {static_cast<double>(top->second) / static_cast<double>(texts.size()), {}};
}

ReferenceValue NumberFeature(FeatureDefinition::Aggregation aggregation, const std::vector<double>& numbers) {
  double sum = 0;
  for (const double number : numbers) sum += number;
  if (aggregation == FeatureDefinition::AGGREGATION_SUM) return {sum, {}};
  if (numbers.empty()) return {};
  switch (aggregation) {
    case FeatureDefinition::AGGREGATION_MEAN: return {sum / static_cast<double>(numbers.size()), {}};
    case FeatureDefinition::AGGREGATION_MIN: return {*std::min_element(numbers.begin(), numbers.end()), {}};
    case FeatureDefinition::AGGREGATION_MAX: return {*std::max_element(numbers.begin(), numbers.end()), {}};
    case FeatureDefinition::AGGREGATION_FIRST: return {numbers.front(), {}};
    case FeatureDefinition::AGGREGATION_LAST: return {numbers.back(), {}};
    default: return {Deviation(numbers), {}};
  }
}

ReferenceValue AggregateFeature(const FeatureDefinition& definition, const std::vector<PastRecord>& history,
                                const features::Instant& instant) {
  const FeatureDefinition::Aggregate& aggregate = definition.aggregate();
  const absl::Time end = instant.as_of - absl::Hours(24) * aggregate.window_skip_days();
  const absl::Time begin =
      aggregate.window_days() == 0 ? absl::InfinitePast() : end - absl::Hours(24) * aggregate.window_days();
  std::set<int64_t> days;
  std::vector<double> numbers;
  std::vector<std::string> texts;
  double count = 0;
  const bool is_property = absl::StartsWith(aggregate.field(), "properties.");
  for (const PastRecord& past : history) {
    if (ingestion::KindOf(past.record) != aggregate.kind() || past.event <= begin || past.event > end) continue;
    if (!std::all_of(aggregate.filters().begin(), aggregate.filters().end(),
                     [&past](const Filter& filter) { return Passes(past.record, filter); })) {
      continue;
    }
    ++count;
    days.insert(DayOf(past.event, instant.zone));
    const Value value = FieldOf(past.record, aggregate.field());
    if (value.has_number()) numbers.push_back(value.number());
    if (value.has_flag()) numbers.push_back(value.flag());
    if (value.kind_case() != Value::KIND_NOT_SET && (is_property || value.has_text())) texts.push_back(Written(value));
  }
  const auto aggregation = aggregate.aggregation();
  if (aggregation == FeatureDefinition::AGGREGATION_COUNT) return {count, {}};
  if (aggregate.field().empty()) return DaysFeature(aggregation, days, DayOf(instant.as_of, instant.zone));
  const bool is_edge =
      aggregation == FeatureDefinition::AGGREGATION_FIRST || aggregation == FeatureDefinition::AGGREGATION_LAST;
  const bool is_text_field = is_property || FieldOf(Record(), aggregate.field()).kind_case() == Value::KIND_NOT_SET;
  const bool is_number_field = aggregate.field() == "score" || aggregate.field() == "duration";
  const bool of_texts =
      aggregation == FeatureDefinition::AGGREGATION_DISTINCT || aggregation == FeatureDefinition::AGGREGATION_MODE ||
      aggregation == FeatureDefinition::AGGREGATION_TOP_SHARE || (is_edge && is_text_field && !is_number_field);
  return of_texts ? TextFeature(aggregation, texts) : NumberFeature(aggregation, numbers);
}

ReferenceValue SummaryFeature(const FeatureDefinition::PurchaseSummary& summary, const std::vector<PastRecord>& history,
                              const features::Instant& instant) {
  std::map<int64_t, double> spend;  // By purchase day.
  for (const PastRecord& past : history) {
    if (!past.record.has_transaction() || IsReturn(past.record)) continue;
    spend[DayOf(past.event, instant.zone)] += static_cast<double>(past.record.transaction().base_amount_micros());
  }
  if (spend.empty()) return {};
  const double unit = summary.days_per_unit() == 0 ? 7 : summary.days_per_unit();
  const int64_t first = spend.begin()->first;
  switch (summary.number()) {
    case FeatureDefinition::PurchaseSummary::NUMBER_FREQUENCY: return {static_cast<double>(spend.size() - 1), {}};
    case FeatureDefinition::PurchaseSummary::NUMBER_RECENCY: return {(spend.rbegin()->first - first) / unit, {}};
    case FeatureDefinition::PurchaseSummary::NUMBER_AGE:
      return {(DayOf(instant.as_of, instant.zone) - first) / unit, {}};
    default: break;
  }
  if (spend.size() == 1) return {0.0, {}};
  double repeat = 0;
  for (const auto& [day, micros] : spend) repeat += day == first ? 0 : micros / 1e6;
  return {repeat / static_cast<double>(spend.size() - 1), {}};
}

// By units of days from the first purchase day on, those that are over as of the instant.
ReferenceValue WholeUnitsFeature(const FeatureDefinition::PurchaseSummary& summary,
                                 const std::vector<PastRecord>& history, const features::Instant& instant) {
  std::map<int64_t, double> spend;  // By unit.
  const double days = summary.days_per_unit() == 0 ? 7 : summary.days_per_unit();
  absl::optional<int64_t> first;
  for (const PastRecord& past : history) {
    if (!past.record.has_transaction() || IsReturn(past.record)) continue;
    const int64_t day = DayOf(past.event, instant.zone);
    if (!first) first = day;
    spend[static_cast<int64_t>((day - *first) / days)] +=
        static_cast<double>(past.record.transaction().base_amount_micros()) / 1e6;
  }
  if (!first) return {};
  const auto not_over = static_cast<int64_t>((DayOf(instant.as_of, instant.zone) - *first) / days);
  spend.erase(0);
  spend.erase(not_over);
  const auto units = static_cast<double>(spend.size());
  switch (summary.number()) {
    case FeatureDefinition::PurchaseSummary::NUMBER_FREQUENCY: return {units, {}};
    case FeatureDefinition::PurchaseSummary::NUMBER_RECENCY:
      return {spend.empty() ? 0.0 : static_cast<double>(spend.rbegin()->first), {}};
    case FeatureDefinition::PurchaseSummary::NUMBER_AGE:
      return {static_cast<double>(not_over == 0 ? 0 : not_over - 1), {}};
    default: break;
  }
  double sum = 0;
  for (const auto& [unit, amount] : spend) sum += amount;
  return {spend.empty() ? 0.0 : sum / units, {}};
}

ReferenceValue AttributeFeature(const std::string& attribute, bool is_category, const std::vector<PastRecord>& history,
                                absl::Time as_of) {
  Value value;
  for (const PastRecord& past : history) {
    const auto found = past.record.profile().attributes().find(attribute);
    if (found != past.record.profile().attributes().end()) value = found->second;
  }
  if (value.kind_case() == Value::KIND_NOT_SET) return {};
  if (is_category) return Written(value).empty() ? ReferenceValue{} : ReferenceValue{{}, Written(value)};
  if (value.has_number()) return {value.number(), {}};
  if (value.has_flag()) return {value.flag() ? 1.0 : 0.0, {}};
  if (value.has_time()) return {absl::FDivDuration(as_of - FromProto(value.time()), absl::Hours(24)), {}};
  return {};
}

ReferenceValue DerivedFeature(const FeatureDefinition::Derived& derived, const ReferenceValue& left,
                              const ReferenceValue& right) {
  using Derived = FeatureDefinition::Derived;
  const double scale = derived.scale() == 0 ? 1 : derived.scale();
  if (derived.operation() == Derived::OPERATION_MINIMUM) {
    if (!left.number) return right;
    if (!right.number) return left;
    return {std::min(*left.number, *right.number) * scale, {}};
  }
  if (!left.number || !right.number) return {};
  const double l = *left.number, r = *right.number;
  if (derived.operation() == Derived::OPERATION_DIFFERENCE) return {(l - r) * scale, {}};
  if (derived.operation() == Derived::OPERATION_RATIO)
    return r == 0 ? ReferenceValue{} : ReferenceValue{l / r * scale, {}};
  return {l == 0 && r == 0 ? 0 : (l - r) / (std::abs(l) + std::abs(r)) * scale, {}};
}

}  // namespace

ReferenceValue ReferenceFeature(const features::Catalogue& catalogue, const FeatureDefinition& definition,
                                const std::vector<PastRecord>& history, const features::Instant& instant) {
  std::vector<PastRecord> seen;
  for (const PastRecord& past : history) {
    if (past.event <= std::min(instant.as_of, instant.events_until) && past.ingest <= instant.known_at) seen.push_back(past);
  }
  if (definition.has_aggregate()) return AggregateFeature(definition, seen, instant);
  if (definition.has_purchase_summary()) {
    const FeatureDefinition::PurchaseSummary& summary = definition.purchase_summary();
    return summary.whole_units() ? WholeUnitsFeature(summary, seen, instant) : SummaryFeature(summary, seen, instant);
  }
  if (definition.has_attribute()) {
    return AttributeFeature(definition.attribute().attribute(),
                            catalogue.TypeOf(definition) == common::v1::FEATURE_TYPE_CATEGORY, seen, instant.as_of);
  }
  const FeatureDefinition::Derived& derived = definition.derived();
  return DerivedFeature(derived, ReferenceFeature(catalogue, *catalogue.Find(derived.left()), history, instant),
                        ReferenceFeature(catalogue, *catalogue.Find(derived.right()), history, instant));
}

}  // namespace clientele::testutil
