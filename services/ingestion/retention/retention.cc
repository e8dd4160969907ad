#include "services/ingestion/retention/retention.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "common/storage/retention_state.h"
#include "services/ingestion/retention/idle_keys.h"

namespace clientele::ingestion {
namespace {

using storage::StoredRecord;
using v1::RetentionRun;
using v1::StoredRetention;

constexpr int kRecordsPerStep = 2'000;  // Appends wait while a step is written: a few milliseconds.
constexpr absl::Duration kLook = absl::Minutes(1);  // How often it is looked whether a tenant's day has begun.
constexpr absl::Duration kPauseAfterFailure = absl::Seconds(5);

std::string PolicyName(const TenantId& tenant) { return absl::StrCat(FormatTenant(tenant), "/retentionPolicy"); }

v1::RetentionPolicy Told(const TenantId& tenant, v1::RetentionPolicy policy) {
  policy.set_name(PolicyName(tenant));
  if (policy.etag().empty()) policy.set_etag(EtagOf(policy.rules()));
  return policy;
}

// Counts, customer by customer, what lies before the cuts.
class Counting {
 public:
  explicit Counting(const storage::KindCuts& cuts) : cuts_(cuts) {}

  void Add(const StoredRecord& record) {
    if (record.first_of_customer) EndCustomer();
    ++of_customer_;
    const auto kind = static_cast<size_t>(record.kind);
    if (kind >= cuts_.size() || record.event_time_micros >= cuts_[kind]) return;
    ++counts_[record.kind];
    ++expired_of_customer_;
  }
  void EndCustomer() {
    if (of_customer_ > 0 && of_customer_ == expired_of_customer_) ++customers_;
    of_customer_ = expired_of_customer_ = 0;
  }

  int64_t CountOf(common::v1::RecordKind kind) const {
    const auto it = counts_.find(kind);
    return it == counts_.end() ? 0 : it->second;
  }
  int64_t customers() const { return customers_; }

 private:
  const storage::KindCuts cuts_;
  std::map<common::v1::RecordKind, int64_t> counts_;
  int64_t customers_ = 0, of_customer_ = 0, expired_of_customer_ = 0;
};

}  // namespace

Retention::Retention(storage::RecordStore& store, TenantContexts& contexts, CustomerKeys& keys, const Clock& clock,
                     observability::Metrics& metrics)
    : store_(store),
      contexts_(contexts),
      keys_(keys),
      clock_(clock),
      removed_(metrics.Counter("clientele_ingestion_expired_records_total", "Records whose time was over.")),
      idle_keys_(metrics.Counter("clientele_ingestion_idle_keys_destroyed_total",
                                 "Customers whose keys were destroyed because they opened nothing any more.")),
      failures_(metrics.Counter("clientele_ingestion_retention_failures_total",
                                "Steps of retention that failed and are tried again.")),
      thread_([this] { Run(); }) {}

Retention::~Retention() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  thread_.join();
}

absl::StatusOr<v1::RetentionPolicy> Retention::Get(const TenantId& tenant) const {
  CLIENTELE_ASSIGN_OR_RETURN(StoredRetention stored, store_.GetRetention(tenant));
  return Told(tenant, std::move(*stored.mutable_policy()));
}

absl::StatusOr<v1::RetentionPolicy> Retention::Set(const TenantId& tenant, const v1::RetentionPolicy& policy) {
  CLIENTELE_RETURN_IF_ERROR(CheckRules("retention_policy.rules", policy.rules()));
  CLIENTELE_ASSIGN_OR_RETURN(
      StoredRetention stored, store_.UpdateRetention(tenant, [&](StoredRetention& changed) -> absl::Status {
        if (!policy.etag().empty() && policy.etag() != Told(tenant, changed.policy()).etag()) {
          return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
                       "the policy has changed since it was read: read it again, then set it");
        }
        *changed.mutable_policy()->mutable_rules() = policy.rules();
        changed.mutable_policy()->set_etag(EtagOf(policy.rules()));
        EndRun(RetentionRun::STATE_SUPERSEDED, clock_.Now(), changed);
        return absl::OkStatus();
      }));
  {
    absl::MutexLock lock(&mutex_);
    has_work_ = true;
  }
  return Told(tenant, std::move(*stored.mutable_policy()));
}

absl::StatusOr<v1::PreviewRetentionResponse> Retention::Preview(const TenantId& tenant, const RetentionRules& rules,
                                                                const StopToken& stop) const {
  CLIENTELE_RETURN_IF_ERROR(CheckRules("rules", rules));
  CLIENTELE_ASSIGN_OR_RETURN(const StoredRetention stored, store_.GetRetention(tenant));
  CLIENTELE_ASSIGN_OR_RETURN(const auto context, contexts_.Get(tenant));
  v1::PreviewRetentionResponse preview;
  *preview.mutable_cuts() =
      CutsAt(rules.empty() ? stored.policy().rules() : rules, context->local_time(), clock_.Now());
  Counting counting(storage::CutMicros(preview.cuts()));
  for (int shard = 0; shard < kShardCount; ++shard) {
    CLIENTELE_RETURN_IF_ERROR(stop.Check());
    CLIENTELE_RETURN_IF_ERROR(store_.ScanShard(tenant, shard, "", [&](const StoredRecord& record) {
      counting.Add(record);
      return true;
    }));
    counting.EndCustomer();
  }
  for (const common::v1::RetentionCut& cut : preview.cuts()) {
    v1::RetentionCount& count = *preview.add_counts();
    count.set_kind(cut.kind());
    count.set_count(counting.CountOf(cut.kind()));
  }
  preview.set_customer_count(counting.customers());
  return preview;
}

absl::StatusOr<std::vector<RetentionRun>> Retention::Runs(const TenantId& tenant) const {
  CLIENTELE_ASSIGN_OR_RETURN(const StoredRetention stored, store_.GetRetention(tenant));
  return std::vector<RetentionRun>(stored.runs().rbegin(), stored.runs().rend());
}

void Retention::Run() {
  absl::Duration pause;
  do {
    pause = WorkOnAll() ? kLook : kPauseAfterFailure;
  } while (!AwaitWork(pause));
}

bool Retention::WorkOnAll() {
  const auto tenants = store_.ListRetentionTenants();
  bool all = tenants.ok();
  for (const TenantId& tenant : tenants.ok() ? *tenants : std::vector<TenantId>()) {
    const absl::Status status = WorkOn(tenant);
    if (stopped()) return true;
    if (status.ok()) continue;
    all = false;
    failures_.Increment();
    observability::Log(observability::LogLevel::kError, "retention could not go on; it is tried again",
                       {{"tenant", tenant.value()}, {"error", status.message()}});
  }
  return all;
}

absl::Status Retention::WorkOn(const TenantId& tenant) {
  CLIENTELE_ASSIGN_OR_RETURN(StoredRetention stored, store_.GetRetention(tenant));
  CLIENTELE_ASSIGN_OR_RETURN(const auto context, contexts_.Get(tenant));
  if (NextCuts(stored, context->local_time(), clock_.Now()).has_value()) {
    CLIENTELE_ASSIGN_OR_RETURN(stored, contexts_.UpdateRetention(tenant, [&](StoredRetention& changed) {
      const auto cuts = NextCuts(changed, context->local_time(), clock_.Now());
      if (cuts.has_value()) BeginRun(FormatTenant(tenant), *cuts, clock_.Now(), changed);
      return absl::OkStatus();
    }));
  }
  for (bool more = storage::IsUnderWay(stored); more;) {
    if (stopped()) return absl::OkStatus();
    CLIENTELE_ASSIGN_OR_RETURN(more, store_.ExpireRecords(tenant, kRecordsPerStep));
  }
  if (stored.runs().empty() || stored.runs().rbegin()->state() != RetentionRun::STATE_RUNNING) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t idle, DestroyIdleKeys(store_, keys_, tenant, [this] { return stopped(); }));
  idle_keys_.Increment(static_cast<double>(idle));
  CLIENTELE_ASSIGN_OR_RETURN(const StoredRetention done, store_.UpdateRetention(tenant, [&](StoredRetention& changed) {
    // Unless another policy has come, whose run is still to begin.
    if (!storage::IsUnderWay(changed)) EndRun(RetentionRun::STATE_DONE, clock_.Now(), changed);
    return absl::OkStatus();
  }));
  const RetentionRun& run = *done.runs().rbegin();
  int64_t removed = 0;
  for (const v1::RetentionCount& count : run.counts()) removed += count.count();
  removed_.Increment(static_cast<double>(removed));
  observability::Log(
      observability::LogLevel::kInfo, "retention has run",
      {{"run", run.name()}, {"records", removed}, {"customers", run.customer_count()}, {"idle_keys", idle}});
  return absl::OkStatus();
}

bool Retention::AwaitWork(absl::Duration most) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(
      absl::Condition(
          +[](Retention* self)
              ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) { return self->has_work_ || self->stopped_; },
          this),
      most);
  has_work_ = false;
  return stopped_;
}

bool Retention::stopped() {
  absl::MutexLock lock(&mutex_);
  return stopped_;
}

}  // namespace clientele::ingestion
