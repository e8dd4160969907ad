#include "services/cli/sample/truth_view.h"

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

constexpr int kDecimals = 4;

std::string AsOf(const CohortOptions& options) { return FormatDate(options.as_of()); }

std::string Unit(const CohortOptions& options) {
  return options.model.days_per_unit == 7 ? "weeks" : absl::StrCat("periods of ", options.model.days_per_unit, " days");
}

absl::string_view Bought(const CohortOptions& options) {
  return options.model.is_subscription() ? "renewals" : "purchases";
}

std::string Assignments(absl::Span<const NamedParameter> names, const std::vector<double>& values) {
  std::string text;
  for (size_t i = 0; i < values.size(); ++i) absl::StrAppend(&text, i > 0 ? "," : "", names[i].name, "=", values[i]);
  return text;
}

nlohmann::ordered_json Object(absl::Span<const NamedParameter> names, const std::vector<double>& values) {
  nlohmann::ordered_json object;
  for (size_t i = 0; i < values.size(); ++i) object[std::string(names[i].name)] = values[i];
  return object;
}

}  // namespace

std::string TruthHeading(const CohortOptions& options) {
  return absl::StrCat("The truth: ", options.model.display_name, ", time in ", Unit(options), "; spend: Gamma-Gamma");
}

Table TruthTable(const CohortOptions& options) {
  Table table({{"of", "Of"}, {"parameter", "Parameter"}, {"value", "Value", Align::kRight}});
  const auto add = [&](absl::string_view of, absl::Span<const NamedParameter> names,
                       const std::vector<double>& values) {
    for (size_t i = 0; i < values.size(); ++i) {
      table.AddRow({Cell::Text(of), Cell::Text(names[i].name), Cell::Number(values[i], kDecimals)});
    }
  };
  add(Bought(options), options.model.published, options.parameters);
  add("spend", PublishedSpend(), options.spend);
  return table;
}

std::string TruthSummary(const CohortOptions& options, const CohortTotals& totals) {
  return absl::StrCat(FormatCount(totals.customers), " customers. As of ", AsOf(options), " ",
                      FormatNumber(totals.alive, 1), " of them are expected to be alive, and to make ",
                      FormatNumber(totals.expected_purchases, 1), " ", Bought(options), " in the ",
                      options.holdout_days, " days after it; they made ", FormatCount(totals.holdout_purchases),
                      ", for ", FormatNumber(totals.holdout_spend, 2), ".");
}

std::string TruthJson(const CohortOptions& options, const CohortTotals& totals) {
  const nlohmann::ordered_json json = {{"model", std::string(options.model.name)},
                                       {"days_per_unit", options.model.days_per_unit},
                                       {"as_of", AsOf(options)},
                                       {"holdout_days", options.holdout_days},
                                       {"parameters", Object(options.model.published, options.parameters)},
                                       {"spend_parameters", Object(PublishedSpend(), options.spend)},
                                       {"customers", totals.customers},
                                       {"alive", totals.alive},
                                       {"expected_purchases", totals.expected_purchases},
                                       {"holdout_purchases", totals.holdout_purchases},
                                       {"holdout_spend", totals.holdout_spend}};
  return json.dump(2) + "\n";
}

std::string ParametersText(const CohortOptions& options) {
  return absl::StrCat(Assignments(options.model.published, options.parameters), ";",
                      Assignments(PublishedSpend(), options.spend));
}

}  // namespace clientele::cli
