#include "services/ingestion/features/plan.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/ingestion/features/definition.h"
#include "services/ingestion/features/local_days.h"

namespace clientele::features {

using common::v1::FeatureDefinition;

// Turns definitions into a program: first nodes and operations by group and window, then the schedules.
class PlanCompiler {
 public:
  PlanCompiler(absl::string_view path, const Catalogue& catalogue) : path_(path), catalogue_(catalogue) {}

  absl::StatusOr<std::shared_ptr<const Plan>> Compile(absl::Span<const std::string> names) {
    for (size_t i = 0; i < names.size(); ++i) {
      const std::string path = absl::StrCat(path_, "[", i, "]");
      CLIENTELE_ASSIGN_OR_RETURN(const uint32_t node, NodeOf(path, names[i]));
      const FeatureDefinition& definition = *catalogue_.Find(names[i]);
      program().columns.push_back(node);
      plan_->definitions_.push_back(definition);
      plan_->types_.push_back(catalogue_.TypeOf(definition));
      std::vector<std::string> attributes;
      CollectAttributes(definition, attributes);
      plan_->attributes_.push_back(std::move(attributes));
    }
    BuildSchedules();
    return plan_;
  }

 private:
  struct Window {
    int64_t begin;  // (begin, end], micros before as_of: begin > end.
    int64_t end;
    auto operator<=>(const Window&) const = default;
  };
  struct Group {
    int kind;
    std::vector<int> predicates;  // Ascending.
    auto operator<=>(const Group&) const = default;
  };
  // A state, and who adds to it.
  struct Entry {
    Group group;
    Window window;
    Operation operation;
  };
  using EntryKey = std::tuple<Group, Window, StateKind, uint16_t>;

  static constexpr int64_t kForever = std::numeric_limits<int64_t>::max();
  static constexpr uint32_t kInProgress = 0xffffffff;

  Program& program() { return plan_->program_; }

  absl::StatusOr<uint32_t> NodeOf(absl::string_view path, absl::string_view name) {
    const auto [known, is_new] = nodes_.emplace(std::string(name), kInProgress);
    if (!is_new) {
      if (known->second != kInProgress) return known->second;
      return InvalidField(path, absl::StrCat("the feature \"", name, "\" depends on itself"));
    }
    const FeatureDefinition* definition = catalogue_.Find(name);
    if (definition == nullptr) return catalogue_.UnknownFeature(path, name);
    CLIENTELE_ASSIGN_OR_RETURN(Node node, MakeNode(path, *definition));
    node.is_category = catalogue_.TypeOf(*definition) == common::v1::FEATURE_TYPE_CATEGORY;
    program().nodes.push_back(node);
    return nodes_[std::string(name)] = static_cast<uint32_t>(program().nodes.size() - 1);
  }

  absl::StatusOr<Node> MakeNode(absl::string_view path, const FeatureDefinition& definition) {
    switch (definition.definition_case()) {
      case FeatureDefinition::kAggregate: return AggregateNode(path, definition.aggregate());
      case FeatureDefinition::kDerived: return DerivedNode(path, definition.derived());
      case FeatureDefinition::kPurchaseSummary: return SummaryNode(definition.purchase_summary());
      case FeatureDefinition::kAttribute: {
        auto& attributes = program().attributes;
        Node node{NodeKind::kAttribute};
        node.state = attributes.emplace(definition.attribute().attribute(), attributes.size()).first->second;
        return node;
      }
      case FeatureDefinition::DEFINITION_NOT_SET: break;
    }
    return InvalidField(path, absl::StrCat("the feature \"", definition.name(), "\" has no definition"));
  }

  absl::StatusOr<Node> DerivedNode(absl::string_view path, const FeatureDefinition::Derived& derived) {
    Node node{NodeKind::kDerived};
    node.operation = derived.operation();
    node.scale = derived.scale() == 0 ? 1 : derived.scale();
    CLIENTELE_ASSIGN_OR_RETURN(node.left, NodeOf(path, derived.left()));
    CLIENTELE_ASSIGN_OR_RETURN(node.right, NodeOf(path, derived.right()));
    return node;
  }

  Node SummaryNode(const FeatureDefinition::PurchaseSummary& summary) {
    FeatureDefinition::Filter purchase;
    purchase.set_field("is_return");
    purchase.set_comparison(FeatureDefinition::Filter::COMPARISON_IN);
    purchase.add_values()->set_flag(false);
    const int kind = common::v1::RECORD_KIND_TRANSACTION;
    const Group group{kind, {program().kinds[kind].predicates.Add({Field::kIsReturn, ""}, -1, purchase)}};
    Node node{NodeKind::kSummary};
    node.number = summary.number();
    node.scale = summary.days_per_unit() == 0 ? 7 : summary.days_per_unit();
    node.state_kind = summary.whole_units() ? StateKind::kPurchaseUnits : StateKind::kPurchases;
    node.state = StateOf(group, {kForever, 0}, node.state_kind, summary.whole_units() ? UnitOf(node.scale) : 0);
    return node;
  }

  absl::StatusOr<Node> AggregateNode(absl::string_view path, const FeatureDefinition::Aggregate& aggregate) {
    const int kind = aggregate.kind();
    Group group{kind, {}};
    for (const FeatureDefinition::Filter& filter : aggregate.filters()) {
      CLIENTELE_ASSIGN_OR_RETURN(const FieldRef field, FindField(path, aggregate.kind(), filter.field()));
      group.predicates.push_back(program().kinds[kind].predicates.Add(field, PropertyOf(kind, field), filter));
    }
    std::sort(group.predicates.begin(), group.predicates.end());
    group.predicates.erase(std::unique(group.predicates.begin(), group.predicates.end()), group.predicates.end());
    const int64_t end = aggregate.window_skip_days() * kDayMicros;
    const int64_t days = aggregate.window_days();
    const Window window{days == 0 ? kForever : end + days * kDayMicros, end};

    Node node{NodeKind::kState};
    node.aggregation = aggregate.aggregation();
    FieldRef field;
    if (UsesField(aggregate.aggregation())) {
      CLIENTELE_ASSIGN_OR_RETURN(field, FindField(path, aggregate.kind(), aggregate.field()));
    }
    node.state_kind = StateKindOf(aggregate.aggregation(), field.field);
    uint16_t source = 0;
    if (IsText(node.state_kind)) {
      source = SourceOf(kind, field, program().kinds[kind].texts);
      node.interner = program().kinds[kind].texts[source].interner;
    } else if (node.state_kind == StateKind::kNumber || node.state_kind == StateKind::kNumberSpread) {
      source = SourceOf(kind, field, program().kinds[kind].numbers);
    }
    node.state = StateOf(group, window, node.state_kind, source);
    return node;
  }

  static bool IsText(StateKind kind) {
    return kind == StateKind::kTexts || kind == StateKind::kFirstText || kind == StateKind::kLastText;
  }

  static StateKind StateKindOf(FeatureDefinition::Aggregation aggregation, Field field) {
    const bool is_number = TypeOf(field) == FieldType::kNumber;
    const bool is_money = field == Field::kAmount;
    switch (aggregation) {
      case FeatureDefinition::AGGREGATION_COUNT: return StateKind::kCount;
      case FeatureDefinition::AGGREGATION_DISTINCT_DAYS:
      case FeatureDefinition::AGGREGATION_DAYS_SINCE_FIRST:
      case FeatureDefinition::AGGREGATION_DAYS_SINCE_LAST:
      case FeatureDefinition::AGGREGATION_MEAN_GAP_DAYS:
      case FeatureDefinition::AGGREGATION_DEVIATION_GAP_DAYS: return StateKind::kDays;
      case FeatureDefinition::AGGREGATION_DISTINCT:
      case FeatureDefinition::AGGREGATION_TOP_SHARE:
      case FeatureDefinition::AGGREGATION_MODE: return StateKind::kTexts;
      case FeatureDefinition::AGGREGATION_DEVIATION:
        return is_money ? StateKind::kMoneySpread : StateKind::kNumberSpread;
      case FeatureDefinition::AGGREGATION_FIRST:
        if (!is_number) return StateKind::kFirstText;
        break;
      case FeatureDefinition::AGGREGATION_LAST:
        if (!is_number) return StateKind::kLastText;
        break;
      default: break;
    }
    return is_money ? StateKind::kMoney : StateKind::kNumber;
  }

  int PropertyOf(int kind, const FieldRef& field) {
    if (field.field != Field::kProperty) return -1;
    std::vector<std::string>& properties = program().kinds[kind].properties;
    const auto found = std::find(properties.begin(), properties.end(), field.property);
    if (found != properties.end()) return static_cast<int>(found - properties.begin());
    properties.push_back(field.property);
    return static_cast<int>(properties.size() - 1);
  }

  uint16_t SourceOf(int kind, const FieldRef& field, std::vector<Source>& sources) {
    const auto found =
        std::find_if(sources.begin(), sources.end(), [&field](const Source& source) { return source.field == field; });
    if (found != sources.end()) return static_cast<uint16_t>(found - sources.begin());
    sources.push_back({field, PropertyOf(kind, field), SlotOf(field.field), program().interners++});
    return static_cast<uint16_t>(sources.size() - 1);
  }

  uint16_t UnitOf(double days) {
    std::vector<double>& units = program().units;
    const auto known = std::find(units.begin(), units.end(), days);
    if (known != units.end()) return static_cast<uint16_t>(known - units.begin());
    units.push_back(days);
    return static_cast<uint16_t>(units.size() - 1);
  }

  uint32_t StateOf(const Group& group, Window window, StateKind kind, uint16_t source) {
    const auto [known, is_new] = states_.emplace(EntryKey{group, window, kind, source}, 0);
    if (is_new) {
      known->second = program().states[static_cast<int>(kind)]++;
      entries_.push_back({group, window, {kind, source, known->second}});
    }
    return known->second;
  }

  void CollectAttributes(const FeatureDefinition& definition, std::vector<std::string>& attributes) const {
    if (definition.has_attribute()) attributes.push_back(definition.attribute().attribute());
    if (!definition.has_derived()) return;
    CollectAttributes(*catalogue_.Find(definition.derived().left()), attributes);
    CollectAttributes(*catalogue_.Find(definition.derived().right()), attributes);
  }

  // Interval i is (as_of - borders[i - 1], as_of - borders[i]]; the first has no beginning.
  void BuildSchedules() {
    std::vector<int64_t>& borders = program().borders;
    borders.push_back(0);
    for (const Entry& entry : entries_) {
      borders.push_back(entry.window.end);
      if (entry.window.begin != kForever) borders.push_back(entry.window.begin);
    }
    std::sort(borders.begin(), borders.end(), std::greater<>());
    borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.operation.kind < b.operation.kind; });
    for (size_t interval = 0; interval < borders.size(); ++interval) {
      const int64_t begin = interval == 0 ? kForever : borders[interval - 1];
      std::vector<Schedule> schedules(kRecordKinds);
      for (const Entry& entry : entries_) {
        if (begin > entry.window.begin || borders[interval] < entry.window.end) continue;
        AddTo(schedules[entry.group.kind], entry);
      }
      for (Schedule& schedule : schedules) program().schedule_of.push_back(IndexOf(std::move(schedule)));
    }
  }

  // Of the schedule that is equal to this one; equal ones of two kinds have no operations, so they may be shared.
  uint32_t IndexOf(Schedule schedule) {
    std::vector<Schedule>& schedules = program().schedules;
    const auto known = std::find(schedules.begin(), schedules.end(), schedule);
    if (known != schedules.end()) return static_cast<uint32_t>(known - schedules.begin());
    schedules.push_back(std::move(schedule));
    return static_cast<uint32_t>(schedules.size() - 1);
  }

  void AddTo(Schedule& schedule, const Entry& entry) {
    std::vector<uint64_t> need(program().kinds[entry.group.kind].predicates.words());
    for (const int bit : entry.group.predicates) need[bit / 64] |= uint64_t{1} << (bit % 64);
    uint32_t group = 0;
    const auto is_needed = [&](uint32_t g) {
      return std::equal(need.begin(), need.end(), schedule.needs.begin() + g * need.size());
    };
    while (group < schedule.groups && !is_needed(group)) ++group;
    if (group == schedule.groups) {
      ++schedule.groups;
      schedule.needs.insert(schedule.needs.end(), need.begin(), need.end());
    }
    schedule.operations.push_back({entry.operation, group});
  }

  const absl::string_view path_;
  const Catalogue& catalogue_;
  std::shared_ptr<Plan> plan_{new Plan()};
  std::map<std::string, uint32_t> nodes_;
  std::map<EntryKey, uint32_t> states_;
  std::vector<Entry> entries_;
};

absl::StatusOr<std::shared_ptr<const Plan>> Plan::Compile(absl::string_view path, const Catalogue& catalogue,
                                                          absl::Span<const std::string> names) {
  return PlanCompiler(path, catalogue).Compile(names);
}

}  // namespace clientele::features
