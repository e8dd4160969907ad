#include "services/ingestion/privacy/erasures.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/observability/log.h"
#include "services/ingestion/privacy/carry_out.h"
#include "services/ingestion/privacy/identity.h"

namespace clientele::ingestion {
namespace {

using storage::StoredErasure;

constexpr int kMostChanges = 100;
constexpr absl::Duration kPoll = absl::Milliseconds(100);  // How often who waits looks whether the caller has gone.
constexpr absl::Duration kLongestPause = absl::Seconds(30), kFirstPause = absl::Milliseconds(200);

v1::Erasure Draft(const ErasureRequest& request, absl::Time now) {
  v1::Erasure erasure;
  erasure.set_verb(request.verb);
  erasure.set_reason(request.reason);
  erasure.set_requester(request.requester);
  *erasure.mutable_create_time() = ToProto(now);
  return erasure;
}

bool HasReported(const v1::Erasure& erasure, absl::string_view program) {
  const auto& reported = erasure.reported_programs();
  return std::find(reported.begin(), reported.end(), program) != reported.end();
}

// Replaces what the program said before.
void TakeReport(absl::string_view program, const v1::ErasureReport& report, v1::Erasure& erasure) {
  v1::Erasure kept;
  for (const v1::ErasedCount& count : erasure.counts()) {
    if (count.program() != program) *kept.add_counts() = count;
  }
  for (const v1::ErasedCount& count : report.counts()) {
    v1::ErasedCount& added = *kept.add_counts() = count;
    added.set_program(program.data(), program.size());
  }
  *erasure.mutable_counts() = kept.counts();
  *erasure.mutable_model_versions() = report.model_versions();
  if (!HasReported(erasure, program)) erasure.add_reported_programs(program.data(), program.size());
}

}  // namespace

Erasures::Erasures(const storage::RecordStore& records, storage::ErasureStore& erasures,
                   storage::ConsentStore& consents, CustomerKeys& keys, const Clock& clock,
                   observability::Metrics& metrics, std::vector<std::string> reporters)
    : records_(records),
      erasures_(erasures),
      consents_(consents),
      keys_(keys),
      clock_(clock),
      reporters_(std::move(reporters)),
      done_(metrics.Counter("clientele_ingestion_erasures_total", "Erasures whose records are gone.")),
      failures_(metrics.Counter("clientele_ingestion_erasure_failures_total",
                                "Steps of erasures that failed and are tried again.")),
      thread_([this] { Run(); }) {}

Erasures::~Erasures() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.SignalAll();
  }
  thread_.join();
}

absl::StatusOr<v1::Erasure> Erasures::Plan(const TenantId& tenant, const ErasureRequest& request) const {
  v1::Erasure erasure = Draft(request, clock_.Now());
  erasure.set_state(v1::Erasure::STATE_PLANNED);
  if (!storage::Deletes(request.verb)) return erasure;
  std::map<common::v1::RecordKind, int64_t> kinds;
  int64_t records = 0, rejected = 0, first_ingest_micros = 0;
  CLIENTELE_RETURN_IF_ERROR(
      records_.ScanCustomer(tenant, request.customer_id, [&](const storage::StoredRecord& record) {
        first_ingest_micros =
            records == 0 ? record.ingest_time_micros : std::min(first_ingest_micros, record.ingest_time_micros);
        ++kinds[record.kind];
        ++records;
        return true;
      }));
  RecordOpener opener(keys_, tenant);
  CLIENTELE_ASSIGN_OR_RETURN(const Identity identity, Identity::Find(records_, opener, tenant, request.customer_id));
  absl::Status opened;
  CLIENTELE_RETURN_IF_ERROR(records_.ListRejected(tenant, "", [&](v1::RejectedRecord record, absl::string_view) {
    opened = opener.Open(record);
    rejected += identity.Has(record.record()) ? 1 : 0;
    return opened.ok();
  }));
  CLIENTELE_RETURN_IF_ERROR(opened);
  for (const auto& [kind, count] : kinds) storage::AddErasedCount("records", kind, count, erasure);
  using common::v1::RECORD_KIND_UNSPECIFIED;
  storage::AddErasedCount("identifiers", RECORD_KIND_UNSPECIFIED, records, erasure);
  storage::AddErasedCount("customers", RECORD_KIND_UNSPECIFIED, records > 0 ? 1 : 0, erasure);
  storage::AddErasedCount("quarantine", RECORD_KIND_UNSPECIFIED, rejected, erasure);
  CLIENTELE_ASSIGN_OR_RETURN(const storage::ErasedConsents consents,
                             consents_.CountErasableConsents(tenant, request.customer_id));
  NoteErasedConsents(consents, erasure);
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t keys, keys_.Count(tenant, request.customer_id));
  NoteDestroyedKeys(keys, erasure);
  if (records > 0) *erasure.mutable_first_ingest_time() = ToProto(absl::FromUnixMicros(first_ingest_micros));
  return erasure;
}

absl::StatusOr<v1::Erasure> Erasures::Begin(const TenantId& tenant, const ErasureRequest& request) {
  StoredErasure draft;
  draft.erasure = Draft(request, clock_.Now());
  draft.erasure.set_state(v1::Erasure::STATE_ERASING);
  draft.customer_id = request.customer_id;
  draft.request_id = request.request_id;
  CLIENTELE_ASSIGN_OR_RETURN(StoredErasure begun, erasures_.BeginErasure(tenant, draft));
  Changed();
  return std::move(begun.erasure);
}

absl::Status Erasures::Report(const TenantId& tenant, int64_t number, absl::string_view program,
                              const v1::ErasureReport& report) {
  CLIENTELE_ASSIGN_OR_RETURN(const StoredErasure stored, erasures_.ReadErasure(tenant, number));
  if (!stored.records_gone) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kErasureNotFinished,
                 absl::StrCat("the records of ", stored.erasure.name(), " are not gone yet"));
  }
  return erasures_
      .UpdateErasure(tenant, number,
                     [&](StoredErasure& reported) {
                       TakeReport(program, report, reported.erasure);
                       const bool all = std::all_of(reporters_.begin(), reporters_.end(), [&](const auto& reporter) {
                         return HasReported(reported.erasure, reporter);
                       });
                       if (!all || reported.erasure.state() == v1::Erasure::STATE_COMPLETE) return;
                       reported.erasure.set_state(v1::Erasure::STATE_COMPLETE);
                       *reported.erasure.mutable_complete_time() = ToProto(clock_.Now());
                     })
      .status();
}

absl::StatusOr<std::vector<storage::ErasureChange>> Erasures::AwaitChanges(int64_t sequence, const StopToken& stop,
                                                                           const StopToken& drain) {
  while (true) {
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<storage::ErasureChange> changes,
                               erasures_.ReadErasureChanges(sequence, kMostChanges));
    if (!changes.empty()) return changes;
    CLIENTELE_RETURN_IF_ERROR(stop.Check());
    if (!drain.Check().ok()) {
      return Error(absl::StatusCode::kUnavailable, ErrorReason::kShuttingDown, "the server is shutting down");
    }
    absl::MutexLock lock(&mutex_);
    if (!stopped_) changed_.WaitWithTimeout(&mutex_, kPoll);
  }
}

void Erasures::Run() {
  absl::Duration pause = kFirstPause;
  do {
    if (CarryOutAll()) {
      pause = absl::InfiniteDuration();
    } else {
      pause = pause == absl::InfiniteDuration() ? kFirstPause : std::min(2 * pause, kLongestPause);
    }
  } while (!AwaitWork(pause));
}

bool Erasures::CarryOutAll() {
  bool all = true;
  for (const storage::ErasureNumber& erasure : erasures_.UnfinishedErasures()) {
    const absl::Status status = CarryOut(records_, erasures_, consents_, keys_, erasure, clock_,
                                         !reporters_.empty(), [this] { return stopped(); });
    if (stopped()) return true;
    if (status.ok()) {
      done_.Increment();
      Changed();
      continue;
    }
    all = false;
    failures_.Increment();
    observability::Log(observability::LogLevel::kError, "an erasure could not go on; it is tried again",
                       {{"tenant", erasure.tenant.value()}, {"erasure", erasure.number}, {"error", status.message()}});
  }
  return all;
}

bool Erasures::AwaitWork(absl::Duration most) {
  absl::MutexLock lock(&mutex_);
  while (!has_work_ && !stopped_) {
    if (changed_.WaitWithTimeout(&mutex_, most)) break;
  }
  has_work_ = false;
  return stopped_;
}

bool Erasures::stopped() {
  absl::MutexLock lock(&mutex_);
  return stopped_;
}

void Erasures::Changed() {
  absl::MutexLock lock(&mutex_);
  has_work_ = true;
  changed_.SignalAll();
}

}  // namespace clientele::ingestion
