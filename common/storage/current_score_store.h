// The seam to what keeps every customer's current scores, and the journal of how they changed. One folder a backend;
// tests/contract runs one suite on each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "clientele/inference/v1/current_score_service.pb.h"
#include "common/base/ids.h"
#include "common/base/resource_name.h"

namespace clientele::storage {

// A change of a current score, as it was written: the number is the next of its tenant.
struct ScoreChange {
  int64_t sequence = 0;
  inference::v1::CurrentScore score;
};

// How much of a customer there is.
struct CurrentScoreCounts {
  int64_t scores = 0;
  int64_t changes = 0;
};

// Thread-safe. Times are to the microsecond; a score's name says whose it is, and score_override is never set. Errors
// beside those named: UNAVAILABLE or INTERNAL with STORAGE_FAILED.
class CurrentScoreStore {
 public:
  virtual ~CurrentScoreStore() = default;

  // Writes a model's scores of some customers, each once, all of one feature_time; in one atomic, durable step. A score
  // takes the place of one of an earlier feature_time, which becomes its `previous`, and leaves one of the same or a
  // later: so the same again changes nothing. It is the next change of the tenant's journal, unless score, tier,
  // segment and version are as before. `percentile` stays what it was until Finish.
  //
  // Returns how many of these customers' scores of that feature_time are in another tier or segment than before them.
  virtual absl::StatusOr<int64_t> Put(const TenantId& tenant, absl::string_view model,
                                      absl::Span<const inference::v1::CurrentScore> scores) = 0;
  // At the end of a run: takes away the model's scores of a feature_time before `feature_time`, and says how many; sets
  // the percentiles of all others but those with a segment. Again: no harm.
  virtual absl::StatusOr<int64_t> Finish(const TenantId& tenant, absl::string_view model, absl::Time feature_time) = 0;

  // NOT_FOUND with CURRENT_SCORE_NOT_FOUND.
  virtual absl::StatusOr<inference::v1::CurrentScore> Get(const ModelCustomerName& name) const = 0;
  // The tenant's, by model and customer id, after `after` ("" in both: from the first on); false stops. `model`: only
  // of that one; empty: of all. `groups`: only of these tiers or segments; none: of all.
  virtual absl::Status List(const TenantId& tenant, absl::string_view model, absl::Span<const std::string> groups,
                            const ModelCustomerName& after,
                            absl::FunctionRef<bool(const inference::v1::CurrentScore&)> visit) const = 0;

  // The number of the tenant's last change; 0: of none.
  virtual absl::StatusOr<int64_t> LastChange(const TenantId& tenant) const = 0;
  // The changes after that number, at most `most`, in their order. OUT_OF_RANGE with RESUME_TOKEN_TOO_OLD where some
  // were forgotten for their age.
  virtual absl::StatusOr<std::vector<ScoreChange>> ReadChanges(const TenantId& tenant, int64_t after,
                                                               int most) const = 0;
  // Forgets changes for their age: all but the last `most`.
  virtual absl::Status TrimChanges(const TenantId& tenant, int64_t most) = 0;

  // Takes away the scores of the customers that are `theirs`, and all changes of them; `before` is told how much there
  // is, where there is any, and its error leaves it. The bytes leave the files with Purge.
  virtual absl::Status Forget(const TenantId& tenant, absl::FunctionRef<bool(absl::string_view customer_id)> theirs,
                              absl::FunctionRef<absl::Status(const CurrentScoreCounts&)> before) = 0;
  // Rewrites the tenant's files. Again: no harm.
  virtual absl::Status Purge(const TenantId& tenant) = 0;
};

}  // namespace clientele::storage
