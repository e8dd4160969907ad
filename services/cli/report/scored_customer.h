// One customer with what the models say of her, and the summaries of many that a sales manager reads. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/cli/output/table.h"

namespace clientele::cli {

// What a survival model says of the longest of its durations.
struct Stay {
  std::string duration;  // From now: "24 months".
  double probability = 0;
  std::optional<double> median_remaining;  // In the same unit; none: longer than was ever seen.
};

struct ScoredCustomer {
  std::string customer_id;
  std::string display_name;
  double net_spend = 0;  // So far, base currency.
  std::optional<std::string> segment;
  std::optional<double> churn_probability;
  std::optional<double> predicted_value;
  std::optional<Stay> stay = {};

  // What is expected to be lost: churn probability x predicted value; none where one of them is.
  std::optional<double> value_at_risk() const;
};

// Sums of a group of customers.
struct GroupTotals {
  int64_t customers = 0;
  double net_spend = 0;
  double churn_probability = 0;  // Sums, over those that have them.
  int64_t with_churn = 0;
  double predicted_value = 0;
  int64_t with_value = 0;
  double value_at_risk = 0;
  int64_t with_value_at_risk = 0;

  void Add(const ScoredCustomer& customer);
};

// Segments with size and value, the most valuable first.
class SegmentSummary {
 public:
  void Add(const ScoredCustomer& customer);
  Table ToTable() const;

 private:
  std::map<std::string, GroupTotals> segments_;
  int64_t customers_ = 0;
};

// Five bands of churn risk, the highest first.
class ChurnBands {
 public:
  void Add(const ScoredCustomer& customer);
  Table ToTable() const;

 private:
  static constexpr int kBands = 5;
  std::array<GroupTotals, kBands> bands_;
  int64_t customers_ = 0;
};

// The customers with the most value at risk. Memory: `limit` customers.
class ValueAtRisk {
 public:
  explicit ValueAtRisk(size_t limit) : limit_(limit) {}
  void Add(const ScoredCustomer& customer);
  // Most at risk first; ties by id.
  std::vector<ScoredCustomer> Top() const;

 private:
  const size_t limit_;
  std::vector<ScoredCustomer> heap_;  // The least at risk in front.
};

// `reasons[i]` says why customer i may leave.
Table ValueAtRiskTable(const std::vector<ScoredCustomer>& customers, const std::vector<std::string>& reasons);

// The columns of `score --all`.
Table ScoreTable(const std::vector<ScoredCustomer>& customers);

}  // namespace clientele::cli
