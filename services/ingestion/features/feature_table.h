// A table of definitions in the making: what the built-in features are written down with.
//
//   Table table;
//   table.Count({"logins", "Logins", "logins", "All logins."}, interactions.In("type", {"login"}));
//   return std::move(table).Take();
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "clientele/common/v1/feature.pb.h"

namespace clientele::features::table {

using Definition = common::v1::FeatureDefinition;

// A set of records: of one kind, passing filters.
struct Records {
  common::v1::RecordKind kind;
  std::vector<Definition::Filter> filters;

  Records In(absl::string_view field, std::initializer_list<absl::string_view> values) const {
    return With(field, Definition::Filter::COMPARISON_IN, values);
  }
  Records NotIn(absl::string_view field, std::initializer_list<absl::string_view> values) const {
    return With(field, Definition::Filter::COMPARISON_NOT_IN, values);
  }
  Records Having(absl::string_view field) const { return With(field, Definition::Filter::COMPARISON_PRESENT, {}); }
  Records AtLeast(absl::string_view field, double value) const {
    Records result = With(field, Definition::Filter::COMPARISON_AT_LEAST, {});
    result.filters.back().add_values()->set_number(value);
    return result;
  }
  Records Returned(bool returned) const {
    Records result = With("is_return", Definition::Filter::COMPARISON_IN, {});
    result.filters.back().add_values()->set_flag(returned);
    return result;
  }

 private:
  Records With(absl::string_view field, Definition::Filter::Comparison comparison,
               std::initializer_list<absl::string_view> values) const {
    Records result = *this;
    Definition::Filter& filter = result.filters.emplace_back();
    filter.set_field(std::string(field));
    filter.set_comparison(comparison);
    for (absl::string_view value : values) filter.add_values()->set_text(std::string(value));
    return result;
  }
};

struct Window {
  int days = 0;
  int skip = 0;
};

// How a feature is shown to people.
struct Label {
  absl::string_view name;
  absl::string_view display_name;
  absl::string_view unit;
  absl::string_view description;
};

class Table {
 public:
  Definition& Add(const Label& label) {
    Definition& definition = rows_.emplace_back();
    definition.set_name(std::string(label.name));
    definition.set_display_name(std::string(label.display_name));
    definition.set_unit(std::string(label.unit));
    definition.set_description(std::string(label.description));
    definition.set_built_in(true);
    return definition;
  }
  void Aggregate(const Label& label, const Records& records, Definition::Aggregation aggregation,
                 absl::string_view field = "", Window window = {}) {
    Definition::Aggregate& aggregate = *Add(label).mutable_aggregate();
    aggregate.set_kind(records.kind);
    aggregate.mutable_filters()->Add(records.filters.begin(), records.filters.end());
    aggregate.set_aggregation(aggregation);
    aggregate.set_field(std::string(field));
    aggregate.set_window_days(window.days);
    aggregate.set_window_skip_days(window.skip);
  }
  void Derive(const Label& label, Definition::Derived::Operation operation, absl::string_view left,
              absl::string_view right, double scale = 0) {
    Definition::Derived& derived = *Add(label).mutable_derived();
    derived.set_operation(operation);
    derived.set_left(std::string(left));
    derived.set_right(std::string(right));
    derived.set_scale(scale);
  }
  void Count(const Label& label, const Records& records, Window window = {}) {
    Aggregate(label, records, Definition::AGGREGATION_COUNT, "", window);
  }
  void Ratio(const Label& label, absl::string_view left, absl::string_view right, double scale = 0) {
    Derive(label, Definition::Derived::OPERATION_RATIO, left, right, scale);
  }
  // NAME_30d, the same for the 30 days before, and the trend between the two; likewise for the other lengths.
  void Windows(absl::string_view name, absl::string_view display_name, absl::string_view unit, const Records& records,
               Definition::Aggregation aggregation, absl::string_view field, std::initializer_list<int> lengths) {
    for (const int days : lengths) {
      const std::string now = absl::StrCat(name, "_", days, "d");
      const std::string before = absl::StrCat(now, "_before");
      const std::string span = absl::StrCat(display_name, ", last ", days, " days");
      Aggregate({now, span, unit, absl::StrCat(display_name, " in the last ", days, " days.")}, records, aggregation,
                field, {days, 0});
      Aggregate({before, absl::StrCat(display_name, ", the ", days, " days before"), unit,
                 absl::StrCat(display_name, " in the ", days, " days before the last ", days, ".")},
                records, aggregation, field, {days, days});
      Derive({absl::StrCat(now, "_trend"), absl::StrCat(span, ": trend"), "from -1 to 1",
              absl::StrCat("The last ", days, " days against the ", days,
                           " before: (now - before) / (now + before); 0 where both are 0.")},
             Definition::Derived::OPERATION_TREND, now, before);
    }
  }
  std::vector<Definition> Take() && { return std::move(rows_); }

 private:
  std::vector<Definition> rows_;
};

}  // namespace clientele::features::table
