// The accounts of all tenants at one server, the file that says what each may use, and the book of what each has used.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/auth/watched_file.h"
#include "common/base/clock.h"
#include "common/observability/metrics.h"
#include "common/quota/account.h"
#include "common/quota/quota_table.h"
#include "common/quota/row_counter.h"
#include "common/quota/usage_keeper.h"

namespace clientele::quota {

struct MeterOptions {
  std::string file;             // As QuotaTable::Parse reads it, read again when it changes; "": nobody has a limit.
  std::string usage_directory;  // Of the book; "": what was used is forgotten with the process.
  absl::Duration usage_period = absl::Minutes(1);  // How often the book is written.
};

// Thread-safe. `clock` and `metrics` must outlive it.
class Meter {
 public:
  // What a tenant keeps here. Must be quick, and callable as long as the meter lives.
  using StandingOf = std::function<Standing(absl::string_view tenant)>;

  // INVALID_ARGUMENT or NOT_FOUND: the file is wrong or not there; UNAVAILABLE or DATA_LOSS: the book.
  static absl::StatusOr<std::unique_ptr<Meter>> Open(
      const MeterOptions& options, const Clock& clock, observability::Metrics& metrics,
      StandingOf standing_of = [](absl::string_view) { return Standing(); });

  // The account of a tenant, made when it is first asked for; lives as long as this. There are 10,000: tenants beyond,
  // which only callers without credentials can make up, share one.
  Account& Of(absl::string_view tenant) ABSL_LOCKS_EXCLUDED(mutex_);

  // Null: the tenant has not called.
  const Account* Find(absl::string_view tenant) const ABSL_LOCKS_EXCLUDED(mutex_);
  // By tenant.
  std::map<std::string, Usage> Usages() const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Time start_time() const { return start_; }
  Standing StandingNow(absl::string_view tenant) const { return standing_of_(tenant); }
  // See UsageBook::Days; nothing where there is no book.
  absl::StatusOr<std::vector<admin::v1::DailyUsage>> Days(absl::string_view tenant, int days);

  const RowCounter& rows() const { return rows_; }
  absl::Time Now() const { return clock_.Now(); }

  // Of the file as it was read last.
  Limits LimitsOf(absl::string_view tenant) ABSL_LOCKS_EXCLUDED(mutex_);
  // Reads the file at once, for it has just been written.
  void ReadAgain() ABSL_LOCKS_EXCLUDED(mutex_);
  const std::string& file() const { return file_; }

 private:
  Meter(std::string file, const Clock& clock, observability::Metrics& metrics, StandingOf standing_of);

  // Looks at the file where the last look was a second ago.
  void Look(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);
  void Apply(std::shared_ptr<const QuotaTable> table, absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);
  UsageCounters CountersOf(absl::string_view tenant) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string file_;
  const Clock& clock_;
  observability::Metrics& metrics_;
  const absl::Time start_;
  const StandingOf standing_of_;
  const RowCounter rows_;
  std::unique_ptr<auth::WatchedFile<QuotaTable>> watched_;  // Null: no file.
  std::atomic<int64_t> next_look_{0};                       // Unix nanoseconds.

  mutable absl::Mutex mutex_;
  std::shared_ptr<const QuotaTable> table_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::unique_ptr<Account>> accounts_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<UsageKeeper> usage_;  // Null: no book. The last: it uses the accounts to its end.
};

}  // namespace clientele::quota
