// Why a customer's score is another than it was: what another version did, what time did, what the customer did.
#pragma once

#include "absl/status/statusor.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/rpc/call.h"
#include "services/inference/privacy/scoring_guard.h"
#include "services/inference/registry/registry.h"
#include "services/inference/scoring/customer_history.h"

namespace clientele::inference {

inline constexpr int kDefaultEvents = 20;
inline constexpr int kMostEvents = 200;

// Thread-safe.
class ScoreChangeExplainer {
 public:
  // All must outlive it. Of whom `guard` refuses nothing is told.
  ScoreChangeExplainer(const Registry& registry, CustomerHistory& history, const ScoringGuard* guard = nullptr)
      : registry_(registry), history_(history), guard_(guard) {}

  // The parts add up to the difference: see score_change_parts.h. An alias that did not exist at from_time (or, where
  // it is given, at to_time) counts as what it stands for now. Errors: NOT_FOUND (MODEL_NOT_FOUND, CUSTOMER_NOT_FOUND),
  // INVALID_ARGUMENT (INVALID_FIELD), FAILED_PRECONDITION (VERSION_NOT_AVAILABLE; CUSTOMER_SUPPRESSED or
  // SCORING_OPTED_OUT; DATA_NOT_READY: the customer was not known at from_time), and the CustomerHistory's. Cost: five
  // readings of the customer's features, one for each event that is told, and of the newest records.
  absl::StatusOr<v1::ExplainScoreChangeResponse> Explain(const rpc::Call& call,
                                                         const v1::ExplainScoreChangeRequest& request) const;

 private:
  const Registry& registry_;
  CustomerHistory& history_;
  const ScoringGuard* const guard_;  // Null: everybody may be scored.
};

}  // namespace clientele::inference
