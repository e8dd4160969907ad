#include "services/cli/output/potential_value_view.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/timestamps.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using inference::v1::ValueSettings;

// As it was given: 0.5, 50.
std::string Short(double number) { return absl::StrCat(number); }

// "logins_90d + 5 satisfied_feedbacks"; "0" where there is no term.
std::string ComponentText(const ValueSettings::Component& component) {
  std::vector<std::string> terms;
  for (const auto& term : component.terms()) {
    terms.push_back(absl::StrCat(term.factor() == 1 ? "" : absl::StrCat(Short(term.factor()), " "), term.feature()));
  }
  return terms.empty() ? "0" : absl::StrJoin(terms, " + ");
}

std::string TierText(const inference::v1::TierRule& rule) {
  return absl::StrCat("percentile ", Short(rule.at_least_percentile()), " and above",
                      rule.model().empty() ? "" : absl::StrCat(", of ", LastSegment(rule.model())));
}

Cell When(const ValueSettings& settings) {
  return settings.has_update_time() ? Cell::Time(FromProto(settings.update_time())) : Cell::Missing();
}

}  // namespace

std::string FormulaText(const ValueSettings& settings) {
  return absl::StrCat(Short(settings.alpha()), " (", ComponentText(settings.purchase()), ") + ", Short(settings.beta()),
                      " (", ComponentText(settings.referral()), ") + ", Short(settings.gamma()), " (",
                      ComponentText(settings.maintenance()), ")");
}

Table ValueSettingsTable(const ValueSettings& settings) {
  Table table({{"setting", "Setting"}, {"value", "Value"}});
  const auto add = [&table](absl::string_view setting, absl::string_view value) {
    table.AddRow({Cell::Text(setting), Cell::Text(value)});
  };
  add("alpha, of purchase", Short(settings.alpha()));
  add("beta, of referral", Short(settings.beta()));
  add("gamma, of maintenance", Short(settings.gamma()));
  add("purchase", ComponentText(settings.purchase()));
  add("referral", ComponentText(settings.referral()));
  add("maintenance", ComponentText(settings.maintenance()));
  for (const auto& rule : settings.tiers()) add(absl::StrCat("tier ", rule.tier()), TierText(rule));
  if (!settings.currency_code().empty()) add("currency", settings.currency_code());
  add("revision", settings.revision() == 0 ? "0, the defaults" : absl::StrCat(settings.revision()));
  return table;
}

Table ValueHistoryTable(const google::protobuf::RepeatedPtrField<ValueSettings>& revisions) {
  Table table({{"revision", "Revision", Align::kRight},
               {"time", "When"},
               {"actor", "Who"},
               {"reason", "Why"},
               {"formula", "V"},
               {"tiers", "Tiers", Align::kRight}});
  for (const ValueSettings& settings : revisions) {
    table.AddRow({Cell::Count(settings.revision()), When(settings), Cell::Text(settings.actor()),
                  Cell::Text(settings.reason()), Cell::Text(FormulaText(settings)),
                  Cell::Count(settings.tiers_size())});
  }
  return table;
}

Table PotentialValuesTable(const google::protobuf::RepeatedPtrField<inference::v1::PotentialValue>& values) {
  Table table({{"customer_id", "Customer"},
               {"value", "Value", Align::kRight},
               {"purchase", "Purchase", Align::kRight},
               {"referral", "Referral", Align::kRight},
               {"maintenance", "Maintenance", Align::kRight}});
  for (const auto& value : values) {
    table.AddRow({Cell::Text(value.customer_id()), Cell::Number(value.value(), 2),
                  Cell::Number(value.components().purchase(), 2), Cell::Number(value.components().referral(), 2),
                  Cell::Number(value.components().maintenance(), 2)});
  }
  return table;
}

Table PortfolioTable(const inference::v1::ComputePortfolioValueResponse& portfolio) {
  Table table({{"customers", "Customers", Align::kRight},
               {"portfolio_value", "Value", Align::kRight},
               {"purchase", "Purchase", Align::kRight},
               {"referral", "Referral", Align::kRight},
               {"maintenance", "Maintenance", Align::kRight}});
  table.AddRow({Cell::Count(portfolio.customers()), Cell::Number(portfolio.portfolio_value(), 2),
                Cell::Number(portfolio.components().purchase(), 2), Cell::Number(portfolio.components().referral(), 2),
                Cell::Number(portfolio.components().maintenance(), 2)});
  return table;
}

}  // namespace clientele::cli
