#include "services/training/learners/lifetime_value/summary_features.h"

#include <array>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::training {
namespace {

using common::v1::FeatureDefinition;
using model::v1::LifetimeValueParameters;
using Summary = FeatureDefinition::PurchaseSummary;

constexpr double kDaysOfAWeek = 7;
constexpr absl::string_view kDefaultHistoricValue = "spend_total";
constexpr absl::string_view kField = "dataset.features";

double DaysPerUnit(const Summary& summary) {
  return summary.days_per_unit() == 0 ? kDaysOfAWeek : summary.days_per_unit();
}

// The columns of one unit of time, by what number they are; several of a kind cannot be told apart.
using Numbers = std::array<std::vector<int>, Summary::Number_ARRAYSIZE>;

std::string Describe(Summary::Number number, bool whole_units) {
  return absl::StrCat("a purchase_summary of ", Summary::Number_Name(number), whole_units ? " with whole_units" : "");
}

absl::StatusOr<int> TheOne(const std::vector<int>& columns, Summary::Number number, bool whole_units) {
  if (columns.size() == 1) return columns.front();
  const std::string what = Describe(number, whole_units);
  if (columns.empty()) {
    return InvalidField(kField, absl::StrCat("hold no ", what.substr(2), ", which lifetime_value needs; add btyd_frequency, "
                                             "btyd_recency_weeks, btyd_age_weeks and btyd_monetary_value, or features of "
                                             "your own of the same definition", whole_units ? " with whole_units" : ""));
  }
  return InvalidField(kField, absl::StrCat("hold ", what, " ", columns.size(), " times; leave one of them"));
}

// Frequency, recency and age go together. The money of a purchase day knows no unit: any will do where there is one alone.
absl::StatusOr<SummaryFeatures> FindNumbers(const model::Schema& schema, bool whole_units) {
  std::map<double, Numbers> by_unit;
  std::vector<int> monetary;
  for (int f = 0; f < schema.size(); ++f) {
    const Summary& summary = schema[f].feature().purchase_summary();
    if (!schema[f].feature().has_purchase_summary() || summary.whole_units() != whole_units) continue;
    if (summary.number() == Summary::NUMBER_MONETARY_VALUE) {
      monetary.push_back(f);
    } else {
      by_unit[DaysPerUnit(summary)][summary.number()].push_back(f);
    }
  }
  if (by_unit.size() > 1) {
    return InvalidField(kField, "hold purchase summaries of several units of time; leave the features of one of them");
  }
  Numbers none;
  const Numbers& numbers = by_unit.empty() ? none : by_unit.begin()->second;
  SummaryFeatures found;
  if (!by_unit.empty()) found.days_per_unit = by_unit.begin()->first;
  const auto one = [&](Summary::Number number) { return TheOne(numbers[number], number, whole_units); };
  CLIENTELE_ASSIGN_OR_RETURN(found.frequency, one(Summary::NUMBER_FREQUENCY));
  CLIENTELE_ASSIGN_OR_RETURN(found.recency, one(Summary::NUMBER_RECENCY));
  CLIENTELE_ASSIGN_OR_RETURN(found.age, one(Summary::NUMBER_AGE));
  CLIENTELE_ASSIGN_OR_RETURN(found.monetary, TheOne(monetary, Summary::NUMBER_MONETARY_VALUE, whole_units));
  return found;
}

int FindNumber(const model::Schema& schema, absl::string_view name) {
  for (int f = 0; f < schema.size(); ++f) {
    if (schema[f].feature().name() == name && schema[f].type() == common::v1::FEATURE_TYPE_NUMBER) return f;
  }
  return -1;
}

}  // namespace

absl::StatusOr<SummaryFeatures> FindSummary(const LifetimeValueParameters& parameters, const model::Schema& schema) {
  const bool whole_units = parameters.purchase_model() == LifetimeValueParameters::PURCHASE_MODEL_BG_BB;
  CLIENTELE_ASSIGN_OR_RETURN(SummaryFeatures found, FindNumbers(schema, whole_units));
  const std::string& asked = parameters.historic_value_feature();
  const int historic = FindNumber(schema, asked.empty() ? kDefaultHistoricValue : absl::string_view(asked));
  if (historic >= 0) found.historic_value = historic;
  if (historic < 0 && !asked.empty()) {
    return InvalidField("lifetime_value.historic_value_feature",
                        absl::StrCat("\"", asked, "\" is not a number among dataset.features; add it"));
  }
  return found;
}

std::vector<std::string> HistoryFeatures(const LifetimeValueParameters& parameters, const model::Schema& schema) {
  const std::string& asked = parameters.historic_value_feature();
  std::vector<std::string> names = {asked.empty() ? std::string(kDefaultHistoricValue) : asked};
  for (const auto& column : schema) {
    if (column.feature().has_purchase_summary()) names.push_back(column.feature().name());
  }
  return names;
}

}  // namespace clientele::training
