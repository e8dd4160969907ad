// The sum of a portfolio's potential values, and the customers of the highest. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "clientele/common/v1/dataset.pb.h"
#include "clientele/inference/v1/value_service.pb.h"
#include "services/inference/value/value_formula.h"

namespace clientele::inference {

// Takes the parts of a dataset in their order: Begin, then chunks, then Finish. Thread-compatible. Memory: `most_top`
// customers.
class Portfolio {
 public:
  // Who `is_left_out` (none: nobody) is only counted.
  Portfolio(const ValueFormula& formula, int most_top,
            std::function<bool(const std::string& customer_id)> is_left_out = nullptr)
      : formula_(formula), most_top_(static_cast<size_t>(most_top)), is_left_out_(std::move(is_left_out)) {}

  // INVALID_ARGUMENT: a feature of the formula is a category.
  absl::Status Begin(const common::v1::DatasetHeader& header);
  // INTERNAL: the chunk is not of the header's form.
  absl::Status Add(const common::v1::DatasetChunk& chunk);
  // Customers who are in no chunk, for they have opted out.
  void AddOptedOut(int64_t customers) { opted_out_ += customers; }
  // Sets customers, sums, top and how many were left out.
  void Finish(v1::ComputePortfolioValueResponse& response) &&;

 private:
  struct Customer {
    std::string id;
    double value = 0;
    ValueComponents components;
    std::vector<double> features;
  };
  struct Sums {
    double value = 0;
    ValueComponents components;
  };

  static bool IsWorthMore(const Customer& a, const Customer& b);
  void Keep(const std::string& id, double value, const ValueComponents& components);
  void EndShard();
  v1::PotentialValue Describe(const Customer& customer) const;

  const ValueFormula& formula_;
  const size_t most_top_;
  const std::function<bool(const std::string&)> is_left_out_;
  std::vector<size_t> columns_;  // [features of the formula] Into a row's numbers.
  size_t row_numbers_ = 0;
  std::vector<double> values_;  // [features] Of the row.
  int shard_ = -1;
  int64_t customers_ = 0;
  int64_t opted_out_ = 0;
  Sums in_shard_, total_;
  std::vector<Customer> top_;  // A heap, the least in front.
};

}  // namespace clientele::inference
