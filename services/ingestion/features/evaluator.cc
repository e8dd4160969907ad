#include "services/ingestion/features/evaluator.h"

#include <algorithm>
#include <cmath>

namespace clientele::features {
namespace {

using common::v1::FeatureDefinition;
using Derived = FeatureDefinition::Derived;
using Summary = FeatureDefinition::PurchaseSummary;

constexpr double kMicros = 1e6;

template <typename T>
void Reset(std::vector<T>& states) {
  std::fill(states.begin(), states.end(), T());
}

}  // namespace

Evaluator::Evaluator(std::shared_ptr<const Plan> plan, const Instant& instant)
    : plan_(std::move(plan)),
      program_(plan_->program()),
      as_of_micros_(absl::ToUnixMicros(instant.as_of)),
      last_seen_micros_(std::min(as_of_micros_, absl::ToUnixMicros(instant.events_until))),
      known_at_micros_(absl::ToUnixMicros(instant.known_at)),
      days_(instant.zone),
      as_of_day_(days_.DayOf(as_of_micros_)) {
  for (const int64_t border : program_.borders) interval_ends_.push_back(as_of_micros_ - border);
  const auto states = [this](StateKind kind) { return program_.states[static_cast<int>(kind)]; };
  counts_.resize(states(StateKind::kCount));
  day_states_.resize(states(StateKind::kDays));
  money_.resize(states(StateKind::kMoney));
  money_spreads_.resize(states(StateKind::kMoneySpread));
  plain_numbers_.resize(states(StateKind::kNumber));
  number_spreads_.resize(states(StateKind::kNumberSpread));
  text_counts_.resize(states(StateKind::kTexts));
  first_texts_.resize(states(StateKind::kFirstText));
  last_texts_.resize(states(StateKind::kLastText));
  purchases_.resize(states(StateKind::kPurchases));
  purchase_units_.resize(states(StateKind::kPurchaseUnits));
  interners_.resize(program_.interners);
  attributes_.resize(program_.attributes.size());
  numbers_.resize(program_.nodes.size(), kMissing);
  texts_.resize(program_.nodes.size());
  written_.resize(program_.nodes.size());
  size_t words = 1;
  for (const KindProgram& kind : program_.kinds) words = std::max<size_t>(words, kind.predicates.words());
  bits_.resize(words);
}

void Evaluator::Begin() {
  seen_ = false;
  last_event_micros_ = 0;
  interval_ = 0;
  Reset(counts_);
  Reset(day_states_);
  Reset(money_);
  Reset(money_spreads_);
  Reset(plain_numbers_);
  Reset(number_spreads_);
  Reset(purchases_);
  Reset(purchase_units_);
  for (TextsState& state : text_counts_) state.Clear();
  for (std::string& text : first_texts_) text.clear();
  for (std::string& text : last_texts_) text.clear();
  for (Interner& interner : interners_) interner.Clear();
  for (AttributeState& attribute : attributes_) attribute.value.kind = ValueView::Kind::kNone;
}

bool Evaluator::Add(const storage::StoredRecord& record) {
  const int64_t event = record.event_time_micros;
  if (event > last_seen_micros_ || record.ingest_time_micros > known_at_micros_) return true;
  if (static_cast<unsigned>(record.kind) >= static_cast<unsigned>(kRecordKinds)) return false;
  seen_ = true;
  last_event_micros_ = event;
  while (event > interval_ends_[interval_]) ++interval_;  // Ends at as_of.
  const bool is_profile = record.kind == common::v1::RECORD_KIND_PROFILE && !attributes_.empty();
  const uint32_t schedule = program_.schedule_of[interval_ * kRecordKinds + static_cast<size_t>(record.kind)];
  const bool is_counted = !program_.schedules[schedule].operations.empty();
  if (!is_counted && !is_profile) return true;
  RecordView view;
  if (!ingestion::ViewRecord(record.body, view) || view.kind != record.kind) return false;
  if (is_profile && !AddProfile(view)) return false;
  if (!is_counted) return true;
  const KindProgram& kind = program_.kinds[record.kind];
  if (!kind.properties.empty() && !ReadProperties(kind, view)) return false;
  Run(kind, schedule, view, event);
  return true;
}

bool Evaluator::AddProfile(const RecordView& view) {
  return ForEachProperty(view, [this](absl::string_view name, const ValueView& value) {
    const auto found = program_.attributes.find(name);
    if (found == program_.attributes.end()) return;
    AttributeState& attribute = attributes_[found->second];
    attribute.value = value;
    attribute.text.assign(value.text.data(), value.text.size());
  });
}

bool Evaluator::ReadProperties(const KindProgram& kind, const RecordView& view) {
  properties_.assign(kind.properties.size(), ValueView());
  return ForEachProperty(view, [this, &kind](absl::string_view name, const ValueView& value) {
    const auto found = std::find(kind.properties.begin(), kind.properties.end(), name);
    if (found != kind.properties.end()) properties_[found - kind.properties.begin()] = value;
  });
}

// One loop for each group of operations: a switch for each operation would be mispredicted.
void Evaluator::Run(const KindProgram& kind, uint32_t schedule, const RecordView& view, int64_t event_micros) {
  const absl::Span<uint64_t> bits = absl::MakeSpan(bits_).first(kind.predicates.words());
  kind.predicates.Evaluate(view, properties_, bits.data());
  const Selections::Selection& selection = selections_.Find(program_, schedule, bits);
  const int32_t day = days_.DayOf(event_micros);
  const int64_t micros = view.base_amount_micros;
  const Operation* const first = selections_.operations(selection);
  const Operation* next = first;
  const auto each = [&](OperationGroup group, auto apply) {
    const Operation* const end = first + selection.ends[static_cast<int>(group)];
    for (; next != end; ++next) apply(*next);
  };
  each(OperationGroup::kCounts, [counts = counts_.data()](const Operation& o) { ++counts[o.state]; });
  each(OperationGroup::kDays, [days = day_states_.data(), day](const Operation& o) { days[o.state].Add(day); });
  each(OperationGroup::kMoney, [money = money_.data(), micros](const Operation& o) { money[o.state].Add(micros); });
  each(OperationGroup::kMoneySpreads,
       [this, micros](const Operation& o) { money_spreads_[o.state].Add(static_cast<double>(micros)); });
  each(OperationGroup::kNumbers, [&](const Operation& o) { ApplyNumber(o, kind.numbers[o.source], view); });
  each(OperationGroup::kTexts, [&](const Operation& o) { ApplyText(o, kind.texts[o.source], view); });
  each(OperationGroup::kPurchases, [&](const Operation& o) { purchases_[o.state].Add(day, micros); });
  each(OperationGroup::kPurchaseUnits, [&](const Operation& o) {
    purchase_units_[o.state].Add(day, micros, as_of_day_, program_.units[o.source]);
  });
}

void Evaluator::ApplyNumber(const Operation& operation, const Source& source, const RecordView& view) {
  double number;
  if (!ReadNumber(source, view, number)) return;
  if (operation.kind == StateKind::kNumber) {
    plain_numbers_[operation.state].Add(number);
  } else {
    number_spreads_[operation.state].Add(number);
  }
}

void Evaluator::ApplyText(const Operation& operation, const Source& source, const RecordView& view) {
  const absl::string_view text = source.slot >= 0 ? view.text(source.slot) : ReadText(source, view);
  if (text.empty()) return;
  switch (operation.kind) {
    case StateKind::kTexts: {
      const TextWords words = source.slot >= 0 ? TextWords::OfPadded(text) : TextWords::Of(text);
      text_counts_[operation.state].Add(interners_[source.interner].Intern(words));
      break;
    }
    case StateKind::kFirstText:
      if (first_texts_[operation.state].empty()) first_texts_[operation.state].assign(text.data(), text.size());
      break;
    default: last_texts_[operation.state].assign(text.data(), text.size());
  }
}

bool Evaluator::ReadNumber(const Source& source, const RecordView& view, double& number) const {
  if (source.property >= 0) return AsNumber(properties_[source.property], number);
  return NumberOf(view, source.field.field, number);
}

absl::string_view Evaluator::ReadText(const Source& source, const RecordView& view) {
  if (source.property >= 0) return AsText(properties_[source.property], scratch_);
  return TextOf(view, source.field.field);
}

void Evaluator::Finish() {
  for (uint32_t i = 0; i < program_.nodes.size(); ++i) Evaluate(program_.nodes[i], i);
}

void Evaluator::Evaluate(const Node& node, uint32_t index) {
  double& number = numbers_[index];
  number = kMissing;
  switch (node.kind) {
    case NodeKind::kState:
      if (node.is_category) {
        texts_[index] = StateText(node);
        return;
      }
      number = StateNumber(node);
      break;
    case NodeKind::kDerived: number = DerivedNumber(node); break;
    case NodeKind::kSummary: number = SummaryNumber(node); break;
    case NodeKind::kAttribute: {
      AttributeState& attribute = attributes_[node.state];
      attribute.value.text = attribute.text;
      if (node.is_category) {
        texts_[index] = AsText(attribute.value, written_[index]);
        return;
      }
      number = AttributeNumber(attribute);
      break;
    }
  }
  if (!std::isfinite(number)) number = kMissing;
}

double Evaluator::StateNumber(const Node& node) const {
  switch (node.state_kind) {
    case StateKind::kCount: return static_cast<double>(counts_[node.state]);
    case StateKind::kDays: return DaysNumber(node);
    case StateKind::kMoney: return MoneyNumber(node);
    case StateKind::kMoneySpread: return money_spreads_[node.state].Deviation() / kMicros;
    case StateKind::kNumber: return PlainNumber(node);
    case StateKind::kNumberSpread: return number_spreads_[node.state].Deviation();
    case StateKind::kTexts: {
      const TextsState& state = text_counts_[node.state];
      if (node.aggregation == FeatureDefinition::AGGREGATION_DISTINCT) return state.distinct;
      if (state.total == 0) return kMissing;
      return static_cast<double>(*std::max_element(state.counts.begin(), state.counts.end())) / state.total;
    }
    default: return kMissing;
  }
}

double Evaluator::DaysNumber(const Node& node) const {
  const DaysState& state = day_states_[node.state];
  switch (node.aggregation) {
    case FeatureDefinition::AGGREGATION_DISTINCT_DAYS: return state.count;
    case FeatureDefinition::AGGREGATION_DAYS_SINCE_FIRST: return state.count == 0 ? kMissing : as_of_day_ - state.first;
    case FeatureDefinition::AGGREGATION_DAYS_SINCE_LAST: return state.count == 0 ? kMissing : as_of_day_ - state.last;
    case FeatureDefinition::AGGREGATION_MEAN_GAP_DAYS: return state.MeanGap();
    default: return state.DeviationOfGaps();
  }
}

double Evaluator::MoneyNumber(const Node& node) const {
  const MoneyState& state = money_[node.state];
  if (node.aggregation == FeatureDefinition::AGGREGATION_SUM) return static_cast<double>(state.sum) / kMicros;
  if (state.count == 0) return kMissing;
  switch (node.aggregation) {
    case FeatureDefinition::AGGREGATION_MEAN:
      return static_cast<double>(state.sum) / kMicros / static_cast<double>(state.count);
    case FeatureDefinition::AGGREGATION_MIN: return static_cast<double>(state.min) / kMicros;
    case FeatureDefinition::AGGREGATION_MAX: return static_cast<double>(state.max) / kMicros;
    case FeatureDefinition::AGGREGATION_FIRST: return static_cast<double>(state.first) / kMicros;
    default: return static_cast<double>(state.last) / kMicros;
  }
}

double Evaluator::PlainNumber(const Node& node) const {
  const NumberState& state = plain_numbers_[node.state];
  if (node.aggregation == FeatureDefinition::AGGREGATION_SUM) return state.sum;
  if (state.count == 0) return kMissing;
  switch (node.aggregation) {
    case FeatureDefinition::AGGREGATION_MEAN: return state.sum / static_cast<double>(state.count);
    case FeatureDefinition::AGGREGATION_MIN: return state.min;
    case FeatureDefinition::AGGREGATION_MAX: return state.max;
    case FeatureDefinition::AGGREGATION_FIRST: return state.first;
    default: return state.last;
  }
}

double Evaluator::DerivedNumber(const Node& node) const {
  const double left = numbers_[node.left];
  const double right = numbers_[node.right];
  if (node.operation == Derived::OPERATION_MINIMUM) return std::fmin(left, right) * node.scale;
  if (std::isnan(left) || std::isnan(right)) return kMissing;
  switch (node.operation) {
    case Derived::OPERATION_RATIO: return right == 0 ? kMissing : left / right * node.scale;
    case Derived::OPERATION_DIFFERENCE: return (left - right) * node.scale;
    default: {  // Trend. Spend net of returns may be negative: by magnitudes it stays within [-1, 1].
      const double sum = std::abs(left) + std::abs(right);
      return sum == 0 ? 0 : (left - right) / sum * node.scale;
    }
  }
}

double Evaluator::SummaryNumber(const Node& node) const {
  if (node.state_kind == StateKind::kPurchaseUnits) return UnitsNumber(node);
  const PurchaseState& state = purchases_[node.state];
  if (state.days == 0) return kMissing;
  switch (node.number) {
    case Summary::NUMBER_FREQUENCY: return state.days - 1;
    case Summary::NUMBER_RECENCY: return (state.last - state.first) / node.scale;
    case Summary::NUMBER_AGE: return (as_of_day_ - state.first) / node.scale;
    default: return state.days == 1 ? 0 : static_cast<double>(state.spend) / kMicros / (state.days - 1);
  }
}

double Evaluator::UnitsNumber(const Node& node) const {
  const PurchaseUnitsState& state = purchase_units_[node.state];
  if (!state.any) return kMissing;
  switch (node.number) {
    case Summary::NUMBER_FREQUENCY: return state.units;
    case Summary::NUMBER_RECENCY: return state.last;
    case Summary::NUMBER_AGE: return std::max(0, state.over - 1);
    default: return state.units == 0 ? 0 : static_cast<double>(state.spend) / kMicros / state.units;
  }
}

double Evaluator::AttributeNumber(const AttributeState& attribute) const {
  const ValueView& value = attribute.value;
  if (value.kind == ValueView::Kind::kTime) {  // How long ago: days before as_of.
    const double seconds = static_cast<double>(value.time_seconds) + value.time_nanos / 1e9;
    return (static_cast<double>(as_of_micros_) / kMicros - seconds) / 86'400;
  }
  double number;
  return AsNumber(value, number) ? number : kMissing;
}

absl::string_view Evaluator::StateText(const Node& node) const {
  switch (node.state_kind) {
    case StateKind::kTexts: return MostFrequent(text_counts_[node.state], interners_[node.interner]);
    case StateKind::kFirstText: return first_texts_[node.state];
    case StateKind::kLastText: return last_texts_[node.state];
    default: return "";
  }
}

// Ties go to the first in byte order.
absl::string_view Evaluator::MostFrequent(const TextsState& state, const Interner& interner) const {
  absl::string_view best;
  uint32_t most = 0;
  for (uint32_t id = 0; id < state.counts.size(); ++id) {
    const uint32_t count = state.counts[id];
    if (count == 0 || count < most || (count == most && !(interner.text(id) < best))) continue;
    best = interner.text(id);
    most = count;
  }
  return best;
}

}  // namespace clientele::features
