// Which columns of a schema hold a customer's purchase history: the four numbers of the purchase summary, known by what
// they are defined as and not by their names, and the money the customer has brought so far.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/lifetime_value.pb.h"
#include "common/model/preprocessing.h"

namespace clientele::training {

// Indices in the schema.
struct SummaryFeatures {
  int frequency = -1;
  int recency = -1;
  int age = -1;
  int monetary = -1;
  std::optional<int> historic_value;
  double days_per_unit = 7;
};

// INVALID_ARGUMENT: a number of the summary is not there, or there is no telling which of several is meant; with BG_BB
// whole units are looked for, with the others days; a historic_value_feature that is none of the schema's numbers.
absl::StatusOr<SummaryFeatures> FindSummary(const model::v1::LifetimeValueParameters& parameters,
                                            const model::Schema& schema);

// The names of all features of that kind, be they needed or not: their columns are never scaled nor filled.
std::vector<std::string> HistoryFeatures(const model::v1::LifetimeValueParameters& parameters,
                                         const model::Schema& schema);

}  // namespace clientele::training
