#include "services/cli/page/lifetime_value_tables.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/text/numbers.h"

namespace clientele::cli {

using model::v1::FittedDistribution;
using model::v1::LifetimeValueEvaluation;
using model::v1::LifetimeValueParameters;

namespace {

Cell Three(double value) { return Cell::Text(Significant(value)); }
Cell Four(double value) { return Cell::Text(Significant(value, 4)); }

struct Meaning {
  absl::string_view parameter;
  absl::string_view text;
};

constexpr absl::string_view kRateShape = "purchase rates: shape; small where customers differ much";
constexpr absl::string_view kRateScale = "purchase rates: rate; the mean is r / alpha";

constexpr Meaning kGeometric[] = {{"r", kRateShape},
                                  {"alpha", kRateScale},
                                  {"a", "drop-out after a purchase: the mean is a / (a + b)"},
                                  {"b", "drop-out after a purchase"}};
constexpr Meaning kPareto[] = {{"r", kRateShape},
                               {"alpha", kRateScale},
                               {"s", "drop-out rates: shape; small where customers differ much"},
                               {"beta", "drop-out rates: rate; the mean is s / beta"}};
constexpr Meaning kPeriods[] = {{"alpha", "buying in a period: the mean is alpha / (alpha + beta)"},
                                {"beta", "buying in a period"},
                                {"gamma", "drop-out in a period: the mean is gamma / (gamma + delta)"},
                                {"delta", "drop-out in a period"}};
constexpr Meaning kSpend[] = {{"p", "a customer's purchases: shape; large where they are alike"},
                              {"q", "customers' mean spend: shape; the mean is p gamma / (q - 1)"},
                              {"gamma", "customers' mean spend: scale"}};

absl::Span<const Meaning> MeaningsOf(PurchaseModel purchase_model) {
  switch (purchase_model) {
    case LifetimeValueParameters::PURCHASE_MODEL_PARETO_NBD: return kPareto;
    case LifetimeValueParameters::PURCHASE_MODEL_BG_BB: return kPeriods;
    default: return kGeometric;
  }
}

absl::string_view MeaningOf(absl::string_view parameter, absl::Span<const Meaning> meanings) {
  for (const Meaning& meaning : meanings) {
    if (meaning.parameter == parameter) return meaning.text;
  }
  return "";
}

// The data may set no bound on one side, or on neither.
std::string Interval(const FittedDistribution::Parameter& parameter) {
  const bool from = parameter.lower() > 0, to = std::isfinite(parameter.upper());
  if (from && to) return Between(parameter.lower(), parameter.upper(), &ThreeDigits);
  if (from) return absl::StrCat("above ", Significant(parameter.lower()));
  return to ? absl::StrCat("below ", Significant(parameter.upper())) : "not told by the data";
}

Table ParameterTable(const FittedDistribution& fit, absl::Span<const Meaning> meanings) {
  const bool bootstrap = std::any_of(fit.parameters().begin(), fit.parameters().end(),
                                     [](const auto& one) { return one.bootstrap_upper() > one.bootstrap_lower(); });
  std::vector<Column> columns = {{"parameter", "Parameter"},
                                 {"value", "Value", Align::kRight},
                                 {"standard_error", "Standard error", Align::kRight},
                                 {"interval", "95 % interval", Align::kRight}};
  if (bootstrap) columns.push_back({"bootstrap", "by bootstrap", Align::kRight});
  columns.push_back({"meaning", "What it is of"});
  Table table(std::move(columns));
  for (const auto& one : fit.parameters()) {
    std::vector<Cell> cells = {
        Cell::Text(one.name()), Four(one.value()),
        one.identified() && one.standard_error() > 0 ? Three(one.standard_error()) : Cell::Missing(),
        Cell::Text(Interval(one))};
    if (bootstrap) cells.push_back(Cell::Text(Between(one.bootstrap_lower(), one.bootstrap_upper(), &ThreeDigits)));
    cells.push_back(Cell::Text(MeaningOf(one.name(), meanings)));
    table.AddRow(std::move(cells));
  }
  return table;
}

}  // namespace

Table ConditionalTable(const LifetimeValueEvaluation& evaluation) {
  Table table({{"frequency", "Repeat purchases before", Align::kRight},
               {"customers", "Customers", Align::kRight},
               {"actual", "Purchases in the holdout, each", Align::kRight},
               {"interval", "95 % interval", Align::kRight},
               {"expected", "Expected", Align::kRight}});
  for (const auto& bin : evaluation.conditional()) {
    table.AddRow({Cell::Text(absl::StrCat(bin.frequency(), bin.and_more() ? " and more" : "")),
                  Cell::Count(bin.customers()), Three(bin.actual()),
                  Cell::Text(Between(bin.lower(), bin.upper(), &ThreeDigits)), Three(bin.expected())});
  }
  return table;
}

Table CohortTable(const LifetimeValueEvaluation& evaluation) {
  const bool holdout = evaluation.holdout_days() > 0;
  std::vector<Column> columns = {{"month", "First purchase in"}, {"customers", "Customers", Align::kRight}};
  if (holdout) {
    columns.push_back({"actual", "Purchases in the holdout, each", Align::kRight});
    columns.push_back({"expected", "Expected", Align::kRight});
  }
  columns.push_back({"probability_alive", "Mean probability of being alive", Align::kRight});
  Table table(std::move(columns));
  for (const auto& cohort : evaluation.cohorts()) {
    std::vector<Cell> cells = {Cell::Text(cohort.month()), Cell::Count(cohort.customers())};
    if (holdout) cells.insert(cells.end(), {Three(cohort.actual()), Three(cohort.expected())});
    cells.push_back(Cell::Text(Share(cohort.probability_alive())));
    table.AddRow(std::move(cells));
  }
  return table;
}

Table TierTable(const LifetimeValueEvaluation::Portfolio& portfolio) {
  Table table({{"name", "Tier"},
               {"customers", "Customers", Align::kRight},
               {"value", "Value", Align::kRight},
               {"share", "Of all value", Align::kRight},
               {"mean_value", "Each", Align::kRight},
               {"value_at_risk", "Value at risk", Align::kRight}});
  for (const auto& tier : portfolio.tiers()) {
    table.AddRow({Cell::Text(tier.name()), Cell::Count(tier.customers()), Four(tier.value()),
                  Cell::Text(Share(tier.value() / portfolio.value())),
                  Three(tier.value() / static_cast<double>(tier.customers())), Four(tier.value_at_risk())});
  }
  return table;
}

Table PurchaseParameterTable(PurchaseModel purchase_model, const FittedDistribution& fit) {
  return ParameterTable(fit, MeaningsOf(purchase_model));
}

Table SpendParameterTable(const FittedDistribution& fit) { return ParameterTable(fit, kSpend); }

Table CovariateTable(const FittedDistribution& fit) {
  Table table({{"column", "Column"},
               {"parameter", "Moves"},
               {"coefficient", "Coefficient", Align::kRight},
               {"standard_error", "Standard error", Align::kRight},
               {"interval", "95 % interval", Align::kRight}});
  for (const auto& effect : fit.covariates()) {
    table.AddRow({Cell::Text(effect.column()), Cell::Text(effect.parameter()), Three(effect.coefficient()),
                  effect.standard_error() > 0 ? Three(effect.standard_error()) : Cell::Missing(),
                  Cell::Text(Between(effect.lower(), effect.upper(), &ThreeDigits))});
  }
  return table;
}

}  // namespace clientele::cli
