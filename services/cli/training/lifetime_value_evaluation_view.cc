#include "services/cli/training/lifetime_value_evaluation_view.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/cli/output/format.h"

namespace clientele::cli {

using model::v1::FittedDistribution;
using model::v1::LifetimeValueEvaluation;

namespace {

std::string Interval(double lower, double upper, int decimals) {
  return absl::StrCat("95 % interval ", FormatNumber(lower, decimals), " to ", FormatNumber(upper, decimals));
}

void AddPortfolio(const LifetimeValueEvaluation::Portfolio& portfolio, Table& measures) {
  const auto add = [&](absl::string_view name, double value, const std::string& meaning) {
    measures.AddRow({Cell::Text(name), Cell::Number(value, 0), Cell::Text(meaning)});
  };
  add("value ahead", portfolio.value(),
      absl::StrCat("of all customers, in the horizon; ",
                   Interval(portfolio.value_lower(), portfolio.value_upper(), 0)));
  add("purchases ahead", portfolio.purchases(),
      absl::StrCat("of all customers, in the horizon; ",
                   Interval(portfolio.purchases_lower(), portfolio.purchases_upper(), 0)));
  add("still customers", portfolio.alive(),
      absl::StrCat("expected to be; ", Interval(portfolio.alive_lower(), portfolio.alive_upper(), 0)));
  add("value at risk", portfolio.value_at_risk(), "what customers who may have left would bring");
  add("value so far", portfolio.historic_value(), "net of returns");
}

void ShowConditional(const LifetimeValueEvaluation& e, Console& console) {
  Table table({{"frequency", "Repeat purchases before", Align::kRight},
               {"customers", "Customers", Align::kRight},
               {"actual", "Actual", Align::kRight},
               {"lower", "from", Align::kRight},
               {"upper", "to (95 %)", Align::kRight},
               {"expected", "Expected", Align::kRight}});
  for (const auto& bin : e.conditional()) {
    table.AddRow({Cell::Text(absl::StrCat(bin.frequency(), bin.and_more() ? "+" : "")), Cell::Count(bin.customers()),
                  Cell::Number(bin.actual(), 3), Cell::Number(bin.lower(), 3), Cell::Number(bin.upper(), 3),
                  Cell::Number(bin.expected(), 3)});
  }
  console.Heading(absl::StrCat("Mean purchases in the ", e.holdout_days(), " days held out, by purchases before"));
  console.Print(table);
}

void ShowTiers(const LifetimeValueEvaluation::Portfolio& portfolio, Console& console) {
  Table table({{"tier", "Tier"},
               {"customers", "Customers", Align::kRight},
               {"value", "Value ahead", Align::kRight},
               {"value_at_risk", "Value at risk", Align::kRight}});
  for (const auto& tier : portfolio.tiers()) {
    table.AddRow({Cell::Text(tier.name()), Cell::Count(tier.customers()), Cell::Number(tier.value(), 0),
                  Cell::Number(tier.value_at_risk(), 0)});
  }
  console.Heading("Tiers");
  console.Print(table);
}

void AddParameters(absl::string_view of, const FittedDistribution& fit, Table& table) {
  for (const auto& parameter : fit.parameters()) {
    table.AddRow({Cell::Text(of), Cell::Text(parameter.name()), Cell::Number(parameter.value(), 4),
                  parameter.identified() ? Cell::Number(parameter.standard_error(), 4) : Cell::Missing(),
                  Cell::Number(parameter.lower(), 4), Cell::Number(parameter.upper(), 4)});
  }
}

void ShowParameters(const LifetimeValueEvaluation& e, Console& console) {
  Table table({{"of", "Of"},
               {"parameter", "Parameter"},
               {"value", "Value", Align::kRight},
               {"standard_error", "Error", Align::kRight},
               {"lower", "from", Align::kRight},
               {"upper", "to (95 %)", Align::kRight}});
  AddParameters("purchases", e.purchase_fit(), table);
  AddParameters("spend", e.spend_fit(), table);
  if (table.rows().empty()) return;
  console.Heading("Parameters");
  console.Print(table);
  for (const FittedDistribution* fit : {&e.purchase_fit(), &e.spend_fit()}) {
    for (const std::string& finding : fit->findings()) console.Say(finding);
  }
}

}  // namespace

void AddLifetimeValueMeasures(const LifetimeValueEvaluation& e, Table& measures) {
  const auto add = [&](absl::string_view name, Cell value, const std::string& meaning) {
    measures.AddRow({Cell::Text(name), std::move(value), Cell::Text(meaning)});
  };
  if (e.has_purchases()) {
    const auto& purchases = e.purchases();
    add("purchases held out", Cell::Number(purchases.actual(), 0),
        absl::StrFormat("in %d days; expected %s, %.3f of them", e.holdout_days(),
                        FormatNumber(purchases.expected(), 1), purchases.expected() / purchases.actual()));
    add("RMSE of purchases", Cell::Number(purchases.rmse(), 4), "a customer");
    add("MAE of purchases", Cell::Number(purchases.mae(), 4), "a customer");
    add("correlation", Cell::Number(purchases.correlation(), 4), "of expected and actual purchases");
  }
  add("probability alive", Cell::Percent(e.probability_alive_mean(), 1), "mean over the customers");
  add("frequency and spend", Cell::Number(e.frequency_spend_correlation(), 3),
      "their correlation, which the spend model takes for 0");
  if (e.has_portfolio()) AddPortfolio(e.portfolio(), measures);
}

std::string LifetimeValueLine(const LifetimeValueEvaluation& evaluation) {
  if (!evaluation.has_purchases()) return "";
  return absl::StrCat(FormatNumber(evaluation.purchases().expected(), 1), " purchases expected, ",
                      FormatNumber(evaluation.purchases().actual(), 0), " came");
}

void ShowLifetimeValue(const LifetimeValueEvaluation& evaluation, Console& console) {
  if (!evaluation.conditional().empty()) ShowConditional(evaluation, console);
  if (!evaluation.portfolio().tiers().empty()) ShowTiers(evaluation.portfolio(), console);
  ShowParameters(evaluation, console);
}

}  // namespace clientele::cli
