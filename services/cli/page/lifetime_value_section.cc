#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/text/numbers.h"
#include "services/cli/page/blocks.h"
#include "services/cli/page/lifetime_value_pictures.h"
#include "services/cli/page/lifetime_value_tables.h"
#include "services/cli/page/sections.h"

namespace clientele::cli {

using model::v1::FittedDistribution;
using model::v1::LifetimeValueEvaluation;
using Portfolio = LifetimeValueEvaluation::Portfolio;

namespace {

std::string FourDigits(double value) { return Significant(value, 4); }

std::string CurrencyOf(const ModelReport& report) {
  return report.currency.empty() ? "base currency" : report.currency;
}

int HorizonDays(const ModelReport& report) {
  constexpr int kDefault = 365;
  const int asked = report.version.spec().lifetime_value().horizon_days();
  return asked > 0 ? asked : kDefault;
}

std::vector<Tile> PortfolioTiles(const Portfolio& portfolio, absl::string_view currency, int horizon_days) {
  const std::string horizon = absl::StrCat("in the ", Counted(horizon_days, "day"), " ahead");
  return {{"Value of all customers", FourDigits(portfolio.value()),
           Between(portfolio.value_lower(), portfolio.value_upper(), &FourDigits),
           absl::StrCat(currency, ", discounted, ", horizon)},
          {"Their purchases", FourDigits(portfolio.purchases()),
           Between(portfolio.purchases_lower(), portfolio.purchases_upper(), &FourDigits), horizon},
          {"Still customers", FourDigits(portfolio.alive()),
           Between(portfolio.alive_lower(), portfolio.alive_upper(), &FourDigits), "expected to be"},
          {"Value at risk", FourDigits(portfolio.value_at_risk()), "",
           absl::StrCat(currency, ", that customers who may have left would bring")},
          {"Value so far", FourDigits(portfolio.historic_value()), "", absl::StrCat(currency, ", net of returns")}};
}

std::vector<Tile> HoldoutTiles(const LifetimeValueEvaluation& e) {
  const auto& purchases = e.purchases();
  return {
      {"Purchases held out", FourDigits(purchases.actual()), "",
       absl::StrCat(FourDigits(purchases.expected()), " expected, in ", Counted(e.holdout_days(), "day"))},
      {"Expected / actual", Significant(purchases.expected() / purchases.actual()), "", "purchases of all customers"},
      {"RMSE", Significant(purchases.rmse()), "", "purchases of a customer"},
      {"MAE", Significant(purchases.mae()), "", "purchases of a customer"},
      {"Correlation", Significant(purchases.correlation()), "", "of expected and actual purchases"}};
}

Markup PortfolioSection(const ModelReport& report) {
  const LifetimeValueEvaluation& e = report.version.evaluation().lifetime_value();
  Markup content = Tiles(PortfolioTiles(e.portfolio(), CurrencyOf(report), HorizonDays(report)));
  content.Add(
      TableCard("By tier", TierTable(e.portfolio()),
                absl::StrCat("Values in ", CurrencyOf(report),
                             ". Intervals of sums tell how well the parameters are known, which all customers share; "
                             "what customers then do by chance comes on top.")));
  return Section("What the customers are worth", content);
}

Markup PurchasesSection(const LifetimeValueEvaluation& e) {
  Markup content;
  if (e.has_purchases()) content.Add(Tiles(HoldoutTiles(e)));
  std::vector<Picture> pictures;
  if (!e.tracking().empty()) {
    pictures.push_back(CumulativeTrackingPicture(e));
    pictures.push_back(IncrementalTrackingPicture(e));
  }
  if (!e.frequencies().empty()) pictures.push_back(FrequenciesPicture(e));
  if (!e.conditional().empty()) pictures.push_back(ConditionalPicture(e));
  content.Add(Figures(pictures));
  content.Add(TableCard("Purchases in the holdout, by those before it", ConditionalTable(e), ""));
  content.Add(TableCard("By month of the first purchase", CohortTable(e), ""));
  return Section("Whether customers buy as expected", content);
}

std::string CorrelationInWords(double correlation) {
  constexpr double kNotable = 0.2;
  const std::string number =
      absl::StrCat("The correlation of frequency and mean spend is ", Significant(correlation, 2));
  return number + (std::abs(correlation) < kNotable
                       ? ": near enough to 0, which the spend model takes it for."
                       : ": the spend model takes it for 0, so values of frequent customers are off to one side.");
}

Markup CustomersSection(const ModelReport& report) {
  const LifetimeValueEvaluation& e = report.version.evaluation().lifetime_value();
  std::vector<Picture> pictures;
  for (const auto& surface : e.surfaces()) pictures.push_back(SurfacePicture(surface, TimeUnitOf(e)));
  for (const auto& distribution : e.distributions()) {
    if (!distribution.density().empty()) pictures.push_back(DistributionPicture(distribution, CurrencyOf(report)));
  }
  if (!e.spend().empty()) pictures.push_back(SpendPicture(e, CurrencyOf(report)));
  if (pictures.empty()) return {};
  Markup content = Figures(pictures);
  if (!e.spend().empty()) {
    content.Add(TextTag("p", {{"class", "note"}}, CorrelationInWords(e.frequency_spend_correlation())));
  }
  return Section("How the model sees the customers", content);
}

std::string OptimumInWords(FittedDistribution::Optimum optimum) {
  switch (optimum) {
    case FittedDistribution::OPTIMUM_INTERIOR: return "A maximum inside: the data tell all parameters";
    case FittedDistribution::OPTIMUM_NO_DROPOUT:
      return "At the limit where nobody leaves: drop-out parameters mean nothing";
    case FittedDistribution::OPTIMUM_RIDGE:
      return "A ridge: some combination of parameters cannot be told from the data; predictions can";
    case FittedDistribution::OPTIMUM_HOMOGENEOUS: return "At the limit where all customers are alike";
    default: return "";
  }
}

Markup FitCard(absl::string_view heading, const FittedDistribution& fit, const Table& parameters) {
  if (fit.parameters().empty()) return {};
  Markup card = TextTag("h3", {}, heading);
  card.Add(ToHtml(parameters));
  const Table covariates = CovariateTable(fit);
  if (!covariates.rows().empty()) {
    card.Add(TextTag("h3", {}, "Covariates")).Add(ToHtml(covariates));
  }
  card.Add(Facts({{"Optimum", OptimumInWords(fit.optimum())},
                  {"Log-likelihood", Significant(fit.log_likelihood(), 7)},
                  {"Customers", FormatNumber(fit.rows(), 0)},
                  {"Iterations", FormatCount(fit.iterations())},
                  {"Gradient, a customer", Significant(fit.gradient_norm(), 2)},
                  {"Condition number", Significant(fit.condition_number(), 2)}}));
  Markup findings;
  for (const std::string& finding : fit.findings()) findings.Add(TextTag("li", {}, Sentence(finding)));
  if (!findings.empty()) card.Add(Tag("ul", {{"class", "findings"}}, findings));
  return Tag("div", {{"class", "card wide"}}, card);
}

Markup FitSection(const ModelReport& report) {
  const LifetimeValueEvaluation& e = report.version.evaluation().lifetime_value();
  const auto purchase_model = report.version.spec().lifetime_value().purchase_model();
  Markup content = FitCard("Purchases", e.purchase_fit(), PurchaseParameterTable(purchase_model, e.purchase_fit()));
  content.Add(FitCard("Spend (Gamma-Gamma)", e.spend_fit(), SpendParameterTable(e.spend_fit())));
  if (content.empty()) return {};
  content.Add(
      TextTag("p", {{"class", "note"}},
              "By maximum likelihood. Intervals are normal in the logarithm of a parameter; where the data do not "
              "tell a parameter, there is none."));
  return Section("What was fitted", content);
}

}  // namespace

Markup LifetimeValueSection(const ModelReport& report) {
  const LifetimeValueEvaluation& e = report.version.evaluation().lifetime_value();
  Markup section;
  if (e.has_portfolio()) section.Add(PortfolioSection(report));
  section.Add(PurchasesSection(e)).Add(CustomersSection(report));
  return section.Add(FitSection(report));
}

}  // namespace clientele::cli
