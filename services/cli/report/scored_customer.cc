#include "services/cli/report/scored_customer.h"

#include <algorithm>

#include "absl/strings/string_view.h"

namespace clientele::cli {
namespace {

constexpr std::array<absl::string_view, 5> kBandNames = {"very high", "high", "medium", "low", "very low"};
constexpr std::array<absl::string_view, 5> kBandRanges = {"80 to 100 %", "60 to 80 %", "40 to 60 %", "20 to 40 %",
                                                          "0 to 20 %"};

double Share(double part, double whole) { return whole > 0 ? part / whole : 0; }

// A sum over those of `customers` that have the number; missing where some are there and none has it.
Cell Sum(double sum, int64_t with, int64_t customers) {
  return with > 0 || customers == 0 ? Cell::Number(sum, 0) : Cell::Missing();
}
Cell Mean(double sum, int64_t with) {
  return with > 0 ? Cell::Number(sum / static_cast<double>(with), 0) : Cell::Missing();
}

// Orders the less endangered after the more endangered.
bool MoreAtRisk(const ScoredCustomer& a, const ScoredCustomer& b) {
  const double left = a.value_at_risk().value_or(0), right = b.value_at_risk().value_or(0);
  return left != right ? left > right : a.customer_id < b.customer_id;
}

Cell Optional(const std::optional<double>& value, int decimals) {
  return value ? Cell::Number(*value, decimals) : Cell::Missing();
}

Cell OptionalPercent(const std::optional<double>& share) { return share ? Cell::Percent(*share, 1) : Cell::Missing(); }

}  // namespace

std::optional<double> ScoredCustomer::value_at_risk() const {
  if (!churn_probability || !predicted_value) return std::nullopt;
  return *churn_probability * *predicted_value;
}

void GroupTotals::Add(const ScoredCustomer& customer) {
  ++customers;
  net_spend += customer.net_spend;
  churn_probability += customer.churn_probability.value_or(0);
  with_churn += customer.churn_probability.has_value();
  predicted_value += customer.predicted_value.value_or(0);
  with_value += customer.predicted_value.has_value();
  value_at_risk += customer.value_at_risk().value_or(0);
  with_value_at_risk += customer.value_at_risk().has_value();
}

void SegmentSummary::Add(const ScoredCustomer& customer) {
  ++customers_;
  segments_[customer.segment.value_or("(not scored)")].Add(customer);
}

Table SegmentSummary::ToTable() const {
  Table table({{"segment", "Segment"},
               {"customers", "Customers", Align::kRight},
               {"share", "Share", Align::kRight},
               {"mean_spend", "Spent so far, each", Align::kRight},
               {"predicted_value", "Predicted value", Align::kRight},
               {"mean_predicted_value", "each", Align::kRight},
               {"mean_churn_probability", "Churn risk", Align::kRight},
               {"value_at_risk", "Value at risk", Align::kRight}});
  std::vector<std::pair<std::string, GroupTotals>> ordered(segments_.begin(), segments_.end());
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return a.second.predicted_value > b.second.predicted_value; });
  for (const auto& [name, totals] : ordered) {
    const double n = static_cast<double>(totals.customers);
    table.AddRow(
        {Cell::Text(name), Cell::Count(totals.customers), Cell::Percent(Share(n, static_cast<double>(customers_))),
         Cell::Number(totals.net_spend / n, 0), Sum(totals.predicted_value, totals.with_value, totals.customers),
         Mean(totals.predicted_value, totals.with_value),
         totals.with_churn > 0 ? Cell::Percent(totals.churn_probability / static_cast<double>(totals.with_churn))
                               : Cell::Missing(),
         Sum(totals.value_at_risk, totals.with_value_at_risk, totals.customers)});
  }
  return table;
}

void ChurnBands::Add(const ScoredCustomer& customer) {
  if (!customer.churn_probability) return;
  ++customers_;
  const int from_below = std::min(kBands - 1, static_cast<int>(*customer.churn_probability * kBands));
  bands_[kBands - 1 - from_below].Add(customer);
}

Table ChurnBands::ToTable() const {
  Table table({{"risk", "Risk"},
               {"probability", "Probability", Align::kRight},
               {"customers", "Customers", Align::kRight},
               {"share", "Share", Align::kRight},
               {"mean_spend", "Spent so far, each", Align::kRight},
               {"predicted_value", "Predicted value", Align::kRight},
               {"value_at_risk", "Value at risk", Align::kRight}});
  for (int i = 0; i < kBands; ++i) {
    const GroupTotals& totals = bands_[i];
    const double n = static_cast<double>(totals.customers);
    table.AddRow({Cell::Text(kBandNames[i]), Cell::Text(kBandRanges[i]), Cell::Count(totals.customers),
                  Cell::Percent(Share(n, static_cast<double>(customers_))), Cell::Number(Share(totals.net_spend, n), 0),
                  Sum(totals.predicted_value, totals.with_value, totals.customers),
                  Sum(totals.value_at_risk, totals.with_value_at_risk, totals.customers)});
  }
  return table;
}

void ValueAtRisk::Add(const ScoredCustomer& customer) {
  if (!customer.value_at_risk() || limit_ == 0) return;
  if (heap_.size() == limit_) {
    if (!MoreAtRisk(customer, heap_.front())) return;
    std::pop_heap(heap_.begin(), heap_.end(), MoreAtRisk);
    heap_.pop_back();
  }
  heap_.push_back(customer);
  std::push_heap(heap_.begin(), heap_.end(), MoreAtRisk);
}

std::vector<ScoredCustomer> ValueAtRisk::Top() const {
  std::vector<ScoredCustomer> top = heap_;
  std::sort(top.begin(), top.end(), MoreAtRisk);
  return top;
}

Table ValueAtRiskTable(const std::vector<ScoredCustomer>& customers, const std::vector<std::string>& reasons) {
  Table table({{"customer_id", "Customer"},
               {"display_name", "Name"},
               {"segment", "Segment"},
               {"churn_probability", "Churn risk", Align::kRight},
               {"predicted_value", "Predicted value", Align::kRight},
               {"value_at_risk", "Value at risk", Align::kRight},
               {"reasons", "Why"}});
  for (size_t i = 0; i < customers.size(); ++i) {
    const ScoredCustomer& customer = customers[i];
    table.AddRow({Cell::Text(customer.customer_id), Cell::Text(customer.display_name),
                  customer.segment ? Cell::Text(*customer.segment) : Cell::Missing(),
                  OptionalPercent(customer.churn_probability), Optional(customer.predicted_value, 0),
                  Optional(customer.value_at_risk(), 0), Cell::Text(i < reasons.size() ? reasons[i] : "")});
  }
  return table;
}

Table ScoreTable(const std::vector<ScoredCustomer>& customers) {
  Table table({{"customer_id", "Customer"},
               {"display_name", "Name"},
               {"segment", "Segment"},
               {"churn_probability", "Churn risk", Align::kRight},
               {"predicted_value", "Predicted value", Align::kRight},
               {"value_at_risk", "Value at risk", Align::kRight},
               {"net_spend", "Spent so far", Align::kRight},
               {"stay_duration", "Stays", Align::kRight},
               {"stay_probability", "Chance", Align::kRight},
               {"median_remaining", "Median", Align::kRight}});
  for (const ScoredCustomer& customer : customers) {
    const auto& stay = customer.stay;
    table.AddRow({Cell::Text(customer.customer_id), Cell::Text(customer.display_name),
                  customer.segment ? Cell::Text(*customer.segment) : Cell::Missing(),
                  OptionalPercent(customer.churn_probability), Optional(customer.predicted_value, 2),
                  Optional(customer.value_at_risk(), 2), Cell::Number(customer.net_spend, 2),
                  stay ? Cell::Text(stay->duration) : Cell::Missing(),
                  stay ? Cell::Percent(stay->probability, 1) : Cell::Missing(),
                  stay ? Optional(stay->median_remaining, 1) : Cell::Missing()});
  }
  return table;
}

}  // namespace clientele::cli
