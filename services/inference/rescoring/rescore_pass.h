// Scores the customers of some shards by some models, all at one instant, and writes what comes of it to the table of
// current scores. The same again writes the same: whatever is cut short is done anew.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clientele/inference/v1/rescore_service.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "services/inference/registry/registry.h"
#include "services/inference/rescoring/chunk_features.h"
#include "services/inference/rescoring/current_scores.h"
#include "services/inference/scoring/scoring_engine.h"
#include "services/inference/value/portfolio_source.h"

namespace clientele::inference {

// What a run has done.
struct RescoreTally {
  v1::RescoreJob::Counts counts;
  std::string first_error;  // Of a customer.

  void Add(const RescoreTally& other);
};

// The current score that a score is; its times are unset. Pure.
v1::CurrentScore ToCurrentScore(const ModelCustomerName& name, const v1::Score& score, absl::string_view model_version);

// The features that the models' versions read, each once, in order; versions that are not loaded do not count.
std::vector<std::string> FeaturesOf(const Catalogue& catalogue, const TenantId& tenant,
                                    absl::Span<const std::string> models);

// Thread-compatible.
class RescorePass {
 public:
  // All must outlive it.
  RescorePass(PortfolioSource& portfolios, const Registry& registry, const TierBook& tiers, ScoreMetrics& metrics,
              const ScoringGuard& guard, CurrentScores& scores, const Clock& clock)
      : portfolios_(portfolios),
        registry_(registry),
        scores_(scores),
        clock_(clock),
        // Nobody watches, as customers have not been served; what people decided is added when a score is told.
        engine_(registry, features_, tiers, metrics, /*observer=*/nullptr, &guard) {}

  // `go_on` is asked between chunks; its error ends the pass. ABORTED and UNAVAILABLE: the same again may go through;
  // other errors are ingestion's, or of a model that cannot score.
  absl::StatusOr<RescoreTally> Run(const TenantId& tenant, const std::vector<std::string>& models,
                                   absl::Time feature_time, ShardRange shards, const StopToken& stop,
                                   const std::function<absl::Status()>& go_on);

 private:
  struct Work;
  absl::Status ScoreChunk(const Work& work, const common::v1::DatasetChunk& chunk, RescoreTally& tally);
  absl::Status ScoreByModel(const Work& work, const std::string& model, const common::v1::DatasetChunk& chunk,
                            RescoreTally& tally);
  // Counts the rows that have no score; the error of one for which all must be done again.
  static absl::Status CountErrors(const v1::BatchScoreResponse& response, RescoreTally& tally);

  PortfolioSource& portfolios_;
  const Registry& registry_;
  CurrentScores& scores_;
  const Clock& clock_;
  ChunkFeatures features_;  // Of the chunk that is scored.
  const ScoringEngine engine_;
};

}  // namespace clientele::inference
