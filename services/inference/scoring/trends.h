// What the same versions said of a customer some days earlier, from what was known then.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/base/ids.h"
#include "common/rpc/call.h"
#include "services/inference/registry/registry.h"
#include "services/inference/scoring/customer_history.h"
#include "services/inference/scoring/score_requests.h"

namespace clientele::inference {

inline constexpr int kMostTrendDays = 3'650;

// Thread-safe.
class Trends {
 public:
  // Both must outlive it.
  Trends(const Registry& registry, CustomerHistory& history) : registry_(registry), history_(history) {}

  // INVALID_ARGUMENT: trend_days is not 0 to kMostTrendDays, or what is scored is no customer as ingestion has it.
  static absl::Status Check(const ScoreRequestView& request);
  static absl::Status CheckDays(int trend_days);

  // Sets the trend of each score that is a number; all are one customer's, of one instant. `days` 0: does nothing.
  // Reads the customer's features once. Errors are the CustomerHistory's.
  absl::Status Add(const rpc::Call& call, const TenantId& tenant, absl::string_view customer_id, int days,
                   absl::Span<v1::ScoreResponse* const> responses) const;

 private:
  const Registry& registry_;
  CustomerHistory& history_;
};

}  // namespace clientele::inference
