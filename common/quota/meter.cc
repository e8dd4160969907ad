#include "common/quota/meter.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::quota {
namespace {

constexpr size_t kMostAccounts = 10'000;
constexpr size_t kMostLabels = 100;
constexpr absl::string_view kOthers = "*";  // No tenant is called so.
constexpr absl::Duration kLookInterval = absl::Seconds(1);

}  // namespace

Meter::Meter(std::string file, const Clock& clock, observability::Metrics& metrics, StandingOf standing_of)
    : file_(std::move(file)),
      clock_(clock),
      metrics_(metrics),
      start_(clock.Now()),
      standing_of_(std::move(standing_of)),
      table_(std::make_shared<const QuotaTable>()) {}

absl::StatusOr<std::unique_ptr<Meter>> Meter::Open(const MeterOptions& options, const Clock& clock,
                                                   observability::Metrics& metrics, StandingOf standing_of) {
  if (options.usage_period <= absl::ZeroDuration()) return InvalidField("usage.period", "must be longer than 0");
  auto meter = std::unique_ptr<Meter>(new Meter(options.file, clock, metrics, std::move(standing_of)));
  if (!options.file.empty()) {
    auto watched = auth::WatchedFile<QuotaTable>::Open(options.file, QuotaTable::Parse);
    if (!watched.ok()) return InvalidField("quota.file", watched.status().message());
    meter->watched_ = *std::move(watched);
    meter->Look(clock.Now());
  }
  if (!options.usage_directory.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(auto book, UsageBook::Open(options.usage_directory, clock.Now()));
    meter->usage_ = std::make_unique<UsageKeeper>(
        std::move(book), options.usage_period, clock, [self = meter.get()] { return self->Usages(); },
        meter->standing_of_);
  }
  return meter;
}

void Meter::Look(absl::Time now) {
  if (watched_ == nullptr) return;
  const int64_t nanoseconds = absl::ToUnixNanos(now);
  int64_t due = next_look_.load(std::memory_order_relaxed);
  if (nanoseconds < due) return;
  if (!next_look_.compare_exchange_strong(due, nanoseconds + absl::ToInt64Nanoseconds(kLookInterval))) return;
  Apply(watched_->Get(now), now);
}

void Meter::Apply(std::shared_ptr<const QuotaTable> table, absl::Time now) {
  absl::WriterMutexLock lock(&mutex_);
  if (table == table_) return;
  table_ = std::move(table);
  for (const auto& [tenant, account] : accounts_) account->SetLimits(table_->LimitsOf(tenant), now);
}

void Meter::ReadAgain() {
  if (watched_ == nullptr) return;
  const absl::Time now = clock_.Now();
  Apply(watched_->Get(absl::InfiniteFuture()), now);
}

UsageCounters Meter::CountersOf(absl::string_view tenant) {
  const observability::Labels labels = {{"tenant", std::string(accounts_.size() <= kMostLabels ? tenant : kOthers)}};
  return {
      metrics_.Counter("clientele_tenant_calls_total", "Calls of a tenant; those beyond the first 100 share a label.",
                       labels),
      metrics_.Counter("clientele_tenant_calls_refused_total", "Calls of a tenant that were over its quota.", labels),
      metrics_.Counter("clientele_tenant_rows_total", "Rows of a tenant that were let through.", labels)};
}

Account& Meter::Of(absl::string_view tenant) {
  const absl::Time now = clock_.Now();
  Look(now);
  {
    absl::ReaderMutexLock lock(&mutex_);
    if (const auto it = accounts_.find(tenant); it != accounts_.end()) return *it->second;
  }
  absl::WriterMutexLock lock(&mutex_);
  const absl::string_view name = accounts_.size() < kMostAccounts ? tenant : kOthers;
  std::unique_ptr<Account>& account = accounts_[std::string(name)];
  if (account == nullptr) {
    account = std::make_unique<Account>(std::string(name), table_->LimitsOf(name), CountersOf(name), now);
    if (usage_ != nullptr) account->TakeJobCpu(usage_->JobCpuToday(name), now);
  }
  return *account;
}

const Account* Meter::Find(absl::string_view tenant) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto it = accounts_.find(tenant);
  return it == accounts_.end() ? nullptr : it->second.get();
}

std::map<std::string, Usage> Meter::Usages() const {
  absl::ReaderMutexLock lock(&mutex_);
  std::map<std::string, Usage> usages;
  for (const auto& [tenant, account] : accounts_) usages[tenant] = account->usage();
  return usages;
}

absl::StatusOr<std::vector<admin::v1::DailyUsage>> Meter::Days(absl::string_view tenant, int days) {
  if (usage_ == nullptr || days == 0) return std::vector<admin::v1::DailyUsage>();
  return usage_->Days(tenant, days);
}

Limits Meter::LimitsOf(absl::string_view tenant) {
  Look(clock_.Now());
  absl::ReaderMutexLock lock(&mutex_);
  return table_->LimitsOf(tenant);
}

}  // namespace clientele::quota
