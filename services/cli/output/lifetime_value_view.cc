#include "services/cli/output/lifetime_value_view.h"

#include "absl/strings/str_cat.h"
#include "common/base/timestamps.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using inference::v1::Score;

// A table whose rows are quantities.
class Quantities {
 public:
  explicit Quantities(double coverage)
      : table_({{"quantity", "Quantity"},
                {"value", "Value", Align::kRight},
                {"lower", absl::StrCat(FormatPercent(coverage, 0), " from"), Align::kRight},
                {"upper", "to", Align::kRight},
                {"unit", "Unit"}}) {}

  void AddProbability(absl::string_view name, const Score::Estimate& estimate) {
    table_.AddRow({Cell::Text(name), Cell::Percent(estimate.value(), 1), Cell::Percent(estimate.lower(), 1),
                   Cell::Percent(estimate.upper(), 1), Cell::Text("")});
  }
  void Add(absl::string_view name, const Score::Estimate& estimate, absl::string_view unit, int decimals) {
    table_.AddRow({Cell::Text(name), Cell::Number(estimate.value(), decimals), Cell::Number(estimate.lower(), decimals),
                   Cell::Number(estimate.upper(), decimals), Cell::Text(unit)});
  }
  void Add(absl::string_view name, double value, absl::string_view unit, int decimals) {
    table_.AddRow({Cell::Text(name), Cell::Number(value, decimals), Cell::Missing(), Cell::Missing(), Cell::Text(unit)});
  }
  Table Take() && { return std::move(table_); }

 private:
  Table table_;
};

std::string Days(int days) { return absl::StrCat(FormatCount(days), days == 1 ? " day" : " days"); }

}  // namespace

std::string LifetimeValueText(const Score::LifetimeValue& value) {
  return absl::StrCat(FormatNumber(value.predicted_value().value(), 2), " ", value.currency_code(), " in ",
                      Days(value.horizon_days()), ", alive ", FormatPercent(value.probability_alive().value(), 1),
                      value.tier().empty() ? "" : ", ", value.tier(), " (percentile ", FormatNumber(value.percentile(), 0),
                      ")");
}

Table LifetimeValueTable(const Score::LifetimeValue& value) {
  const std::string& money = value.currency_code();
  const std::string days = Days(value.horizon_days());
  Quantities quantities(value.interval_coverage());
  quantities.AddProbability("Still a customer", value.probability_alive());
  quantities.Add(absl::StrCat("Purchases in ", days), value.expected_purchases(), "purchase days", 2);
  quantities.Add("Spend a purchase", value.spend_per_purchase(), money, 2);
  quantities.Add(absl::StrCat("Value in ", days), value.predicted_value(), money, 2);
  quantities.Add("Value so far", value.historic_value(), money, 2);
  quantities.Add("Value in all", value.total_value(), money, 2);
  quantities.Add("Value at risk", value.value_at_risk(), money, 2);
  if (value.days_to_next_purchase().value() > 0) {
    quantities.Add("Next purchase due in", value.days_to_next_purchase(), "days", 1);
  }
  if (value.usual_days_between_purchases() > 0) {
    quantities.Add("Usual gap", value.usual_days_between_purchases(), "days", 1);
  }
  return std::move(quantities).Take();
}

std::string LifetimeValueTerms(const Score::LifetimeValue& value) {
  std::string text = absl::StrCat("Values are of ", FormatPercent(value.margin(), 0), " of spend, discounted by ",
                                  FormatPercent(value.annual_discount_rate(), 1), " a year");
  if (value.has_next_purchase_time()) {
    absl::StrAppend(&text, "; if still a customer, the next purchase is due by ",
                    FormatDate(FromProto(value.next_purchase_time())));
  }
  if (!value.note().empty()) absl::StrAppend(&text, "\nNote: ", value.note());
  return text;
}

}  // namespace clientele::cli
