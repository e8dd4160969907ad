// The seam between inference and whatever keeps what was scored: a log of scores, of pairs with a shadow's, and
// counts of the features' values, all by day so that old days go at once. One folder a backend; tests/contract runs
// one suite on each.
//
// Customers are pseudonyms here, keyed hashes of their ids. Only one table says which id is behind one, for outcomes
// can be asked for by id alone: without its row, the log says nothing of anybody.
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
#include "common/base/ids.h"

namespace clientele::storage {

// Days since 1970, UTC.
inline int64_t DayOf(absl::Time time) {
  return absl::ToInt64Hours(absl::Floor(time - absl::UnixEpoch(), absl::Hours(24))) / 24;
}

struct LoggedScore {
  absl::Time time;  // To the microsecond.
  std::string pseudonym;
  int64_t version = 0;
  std::string arm;    // Empty: traffic was not split, or it was not shared out.
  std::string alias;  // That led to the version; empty: an arm or the version's number did.
  double score = 0;
  int32_t decision = 0;  // Positive or not; the segment's or class's index.
  double micros = 0;     // That scoring took.
  uint64_t feature_digest = 0;
};

// One request, scored twice.
struct ShadowPair {
  absl::Time time;
  std::string pseudonym;
  int64_t served_version = 0, shadow_version = 0;
  double served_score = 0, shadow_score = 0;
  int32_t served_decision = 0, shadow_decision = 0;
  double served_micros = 0, shadow_micros = 0;
};

struct LoggedCustomer {
  std::string pseudonym;
  std::string customer_id;
  int64_t last_day = 0;  // On which it was scored.
};

// Counts of what a version scored on a day. What they count, the artifact says; those of one version have one length.
struct DayCounts {
  int64_t version = 0;
  int64_t day = 0;
  std::vector<int64_t> counts;
};

// What is added to the log of one model.
struct ScoreLogEntries {
  TenantId tenant;
  std::string model;
  std::vector<LoggedScore> scores;
  std::vector<ShadowPair> pairs;
  std::vector<LoggedCustomer> customers;
  std::vector<DayCounts> counts;  // Added to those of the same version and day.
};

// What goes with a customer.
struct ForgottenScores {
  int64_t scores = 0, pairs = 0, customers = 0;
};

// Thread-safe. Errors of every call: UNAVAILABLE or INTERNAL with STORAGE_FAILED.
class ScoreLog {
 public:
  virtual ~ScoreLog() = default;

  // What pseudonyms are made with: 32 random bytes that were drawn when the log was made and never leave it.
  virtual const std::string& secret() const = 0;

  // Writes all of it in one atomic, durable step.
  virtual absl::Status Append(absl::Span<const ScoreLogEntries> entries) = 0;

  // The model's entries of [from, until), by time; false stops.
  virtual absl::Status ForEachScore(const TenantId& tenant, absl::string_view model, absl::Time from, absl::Time until,
                                    absl::FunctionRef<bool(const LoggedScore&)> visit) const = 0;
  virtual absl::Status ForEachPair(const TenantId& tenant, absl::string_view model, absl::Time from, absl::Time until,
                                   absl::FunctionRef<bool(const ShadowPair&)> visit) const = 0;
  // By day; of days in [first_day, last_day].
  virtual absl::StatusOr<std::vector<DayCounts>> ReadCounts(const TenantId& tenant, absl::string_view model,
                                                            int64_t version, int64_t first_day,
                                                            int64_t last_day) const = 0;
  // The id behind a pseudonym. NOT_FOUND: it has been forgotten.
  virtual absl::StatusOr<std::string> FindCustomer(const TenantId& tenant, absl::string_view pseudonym) const = 0;

  // Every customer of the tenant that is in the log; false stops.
  virtual absl::Status ForEachCustomer(
      const TenantId& tenant,
      absl::FunctionRef<bool(const std::string& pseudonym, const std::string& id)> visit) const = 0;

  // Forgets the customer behind the pseudonym, with every entry, in one durable step, and rewrites the files that had
  // them. Counts stay, for they say nothing of anybody. `before` is told what will go; its error ends the call. Cost: a
  // scan of the tenant's entries.
  virtual absl::Status ForgetCustomer(const TenantId& tenant, absl::string_view pseudonym,
                                      absl::FunctionRef<absl::Status(const ForgottenScores&)> before) = 0;
  // Rewrites all files that may have had customers of the tenant who are forgotten: for where a crash came before
  // ForgetCustomer had returned. Cost: a read and a write of the tenant's log.
  virtual absl::Status PurgeForgotten(const TenantId& tenant) = 0;

  // Forgets all before `first_day`, and customers who have not been scored since.
  virtual absl::Status Sweep(int64_t first_day) = 0;
};

}  // namespace clientele::storage
