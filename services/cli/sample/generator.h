// A synthetic CRM with known ground truth. A customer joins with a first purchase, buys at intervals that are gamma
// distributed with shape 2 around a rate of her own, and drops out after an exponential lifetime (buy till you die,
// with the heterogeneity of Schmittlein, Morrison and Colombo 1987). In the weeks before she drops out she visits less,
// opens less, complains more and is less satisfied; newsletters go out to the dead as well.
//
// Pure: customer i depends on (seed, i, end, days) alone, whatever the number of customers.
//
//   for (int i = 0; i < options.customers; ++i) Send(GenerateCustomer(options, i).records);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "services/cli/sample/customer_type.h"

namespace clientele::cli {

struct SampleOptions {
  int customers = 5'000;
  uint64_t seed = 1;
  absl::Time end;  // Nothing happens at or after it.
  int days = 730;  // Before `end`, in which customers join.
};

// What no feature sees.
struct GroundTruth {
  std::string customer_id;
  absl::string_view type;
  absl::Time joined_at;
  std::optional<absl::Time> dead_at;  // None: alive at the end.
  double purchases_per_30d = 0;       // The customer's own rate while alive.
  double basket_median = 0;
  double return_probability = 0;
};

struct SampleCustomer {
  GroundTruth truth;
  std::vector<ingestion::v1::Record> records;  // In the order of event times.
};

SampleCustomer GenerateCustomer(const SampleOptions& options, int index);

// The ground truth as CSV: its header line, and one customer's line.
std::string GroundTruthHeader();
std::string GroundTruthLine(const GroundTruth& truth);

}  // namespace clientele::cli
