// Potential values: of some customers, and of all of them.
#pragma once

#include "absl/status/statusor.h"
#include "clientele/inference/v1/value_service.pb.h"
#include "common/rpc/call.h"
#include "services/inference/privacy/scoring_guard.h"
#include "services/inference/scoring/customer_history.h"
#include "services/inference/value/portfolio_source.h"
#include "services/inference/value/value_settings_book.h"

namespace clientele::inference {

inline constexpr int kMostValueSubjects = 10'000;
inline constexpr int kDefaultTop = 10;
inline constexpr int kMostTop = 1'000;

// Thread-safe. A call computes everything by the one revision of the settings that it found at its begin. Errors of
// both calls: INVALID_ARGUMENT (INVALID_FIELD; UNKNOWN_FEATURE: the settings name a feature that ingestion has not),
// NOT_FOUND (REVISION_NOT_FOUND), those of the settings' store, and of what it reads from.
class ValueEngine {
 public:
  // All must outlive it. Whom `guard` refuses to what is for no purpose has no value, and is in no sum.
  ValueEngine(const ValueSettingsBook& settings, CustomerHistory& history, PortfolioSource& portfolios,
              const ScoringGuard* guard = nullptr)
      : settings_(settings), history_(history), portfolios_(portfolios), guard_(guard) {}

  // Subjects whom the guard refuses are errors of their own. NOT_FOUND with CUSTOMER_NOT_FOUND: one of the customers
  // has no record.
  absl::StatusOr<v1::ComputePotentialValuesResponse> ComputePotentialValues(
      const rpc::Call& call, const v1::ComputePotentialValuesRequest& request) const;

  // Features come as float32 here, as in datasets: to seven digits those of ComputePotentialValues. The same data,
  // settings and instant give the same sum, bit for bit: inside a shard in the order of rows, then over the shards.
  // Memory: the top.
  absl::StatusOr<v1::ComputePortfolioValueResponse> ComputePortfolioValue(
      const rpc::Call& call, const v1::ComputePortfolioValueRequest& request) const;

 private:
  absl::Status CheckAllowed(const TenantId& tenant, absl::string_view customer_id) const {
    return guard_ == nullptr ? absl::OkStatus() : guard_->Check(tenant, customer_id);
  }

  const ValueSettingsBook& settings_;
  CustomerHistory& history_;
  PortfolioSource& portfolios_;
  const ScoringGuard* const guard_;  // Null: nobody is refused.
};

}  // namespace clientele::inference
