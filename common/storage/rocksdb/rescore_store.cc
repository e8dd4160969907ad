// Families; keys as common/storage/rocksdb/database.h writes texts:
//   schedules:  text(tenant) text(id) -> inference.v1.RescoreSchedule
//   jobs:       text(tenant) text(id) -> inference.v1.RescoreJob
//   open:       text(tenant) text(id) -> inference.v1.RescoreJob, of those that have not ended
#include "common/storage/rocksdb/rescore_store.h"

#include <utility>

#include "absl/synchronization/mutex.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/storage/rescore_rules.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

using inference::v1::RescoreJob;
using inference::v1::RescoreSchedule;

constexpr size_t kSchedules = 0, kJobs = 1, kOpen = 2;

std::string TenantKey(const TenantId& tenant) {
  std::string key;
  AppendText(tenant.value(), key);
  return key;
}
std::string KeyOf(const TenantId& tenant, absl::string_view id) {
  std::string key = TenantKey(tenant);
  AppendText(id, key);
  return key;
}

template <typename Message>
absl::StatusOr<Message> Parse(absl::string_view bytes) {
  Message message;
  if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return message;
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "what is stored of rescoring is damaged");
}

class RocksRescoreStore final : public RescoreStore {
 public:
  explicit RocksRescoreStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  absl::Status CreateSchedule(const TenantId& tenant, absl::string_view id, const RescoreSchedule& schedule) override {
    absl::MutexLock lock(&writing_);
    const absl::Status there = GetSchedule(tenant, id).status();
    if (there.ok()) return ScheduleExists(id);
    if (!absl::IsNotFound(there)) return there;
    return Write(tenant, id, schedule);
  }
  absl::Status ReplaceSchedule(const TenantId& tenant, absl::string_view id, absl::string_view etag,
                               const RescoreSchedule& schedule) override {
    absl::MutexLock lock(&writing_);
    CLIENTELE_ASSIGN_OR_RETURN(const RescoreSchedule before, GetSchedule(tenant, id));
    CLIENTELE_RETURN_IF_ERROR(CheckEtag(id, before.etag(), etag));
    return Write(tenant, id, Replaced(before, schedule));
  }
  absl::Status DeleteSchedule(const TenantId& tenant, absl::string_view id, absl::string_view etag) override {
    absl::MutexLock lock(&writing_);
    CLIENTELE_ASSIGN_OR_RETURN(const RescoreSchedule before, GetSchedule(tenant, id));
    CLIENTELE_RETURN_IF_ERROR(CheckEtag(id, before.etag(), etag));
    rocksdb::WriteBatch batch;
    batch.Delete(database_->family(kSchedules), KeyOf(tenant, id));
    return database_->Write(batch);
  }
  absl::Status SettleSchedule(const TenantId& tenant, absl::string_view id, const RescoreSchedule::Run& run) override {
    absl::MutexLock lock(&writing_);
    CLIENTELE_ASSIGN_OR_RETURN(RescoreSchedule schedule, GetSchedule(tenant, id));
    if (!IsNewRun(schedule, run)) return absl::OkStatus();
    *schedule.mutable_last_run() = run;
    return Write(tenant, id, schedule);
  }
  absl::StatusOr<RescoreSchedule> GetSchedule(const TenantId& tenant, absl::string_view id) const override {
    const auto bytes = database_->Get(kSchedules, KeyOf(tenant, id));
    if (absl::IsNotFound(bytes.status())) return ScheduleNotFound(id);
    CLIENTELE_RETURN_IF_ERROR(bytes.status());
    return Parse<RescoreSchedule>(*bytes);
  }
  absl::Status ForEachSchedule(
      absl::FunctionRef<void(const TenantId&, absl::string_view, const RescoreSchedule&)> visit) const override {
    CLIENTELE_ASSIGN_OR_RETURN(const auto schedules, ReadAll<RescoreSchedule>(kSchedules, ""));
    for (const RescoreSchedule& schedule : schedules) {
      CLIENTELE_ASSIGN_OR_RETURN(const auto name, ParseRescoreScheduleName("name", schedule.name()));
      visit(name.tenant, name.schedule, schedule);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<RescoreJob> CreateJob(const TenantId& tenant, absl::string_view id, const RescoreJob& job) override {
    absl::MutexLock lock(&writing_);
    auto there = GetJob(tenant, id);
    if (there.ok() || !absl::IsNotFound(there.status())) return there;
    rocksdb::WriteBatch batch;
    PutJob(tenant, id, job, batch);
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<RescoreJob> jobs, ListJobs(tenant));
    jobs.push_back(job);
    SortNewestFirst(jobs);
    for (const std::string& old : TooMany(jobs)) {
      CLIENTELE_ASSIGN_OR_RETURN(const RescoreJobName name, ParseRescoreJobName("name", old));
      batch.Delete(database_->family(kJobs), KeyOf(tenant, name.job));
    }
    CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
    return job;
  }
  absl::Status ReplaceJob(const TenantId& tenant, absl::string_view id, absl::string_view etag,
                          const RescoreJob& job) override {
    absl::MutexLock lock(&writing_);
    CLIENTELE_ASSIGN_OR_RETURN(const RescoreJob before, GetJob(tenant, id));
    CLIENTELE_RETURN_IF_ERROR(CheckEtag(id, before.etag(), etag));
    rocksdb::WriteBatch batch;
    PutJob(tenant, id, job, batch);
    return database_->Write(batch);
  }
  absl::StatusOr<RescoreJob> GetJob(const TenantId& tenant, absl::string_view id) const override {
    const auto bytes = database_->Get(kJobs, KeyOf(tenant, id));
    if (absl::IsNotFound(bytes.status())) return RescoreJobNotFound(id);
    CLIENTELE_RETURN_IF_ERROR(bytes.status());
    return Parse<RescoreJob>(*bytes);
  }
  absl::StatusOr<std::vector<RescoreJob>> ListJobs(const TenantId& tenant) const override {
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<RescoreJob> jobs, ReadAll<RescoreJob>(kJobs, TenantKey(tenant)));
    SortNewestFirst(jobs);
    return jobs;
  }
  absl::StatusOr<std::vector<RescoreJob>> OpenJobs() const override { return ReadAll<RescoreJob>(kOpen, ""); }

 private:
  absl::Status Write(const TenantId& tenant, absl::string_view id, const RescoreSchedule& schedule) {
    rocksdb::WriteBatch batch;
    batch.Put(database_->family(kSchedules), KeyOf(tenant, id), schedule.SerializeAsString());
    return database_->Write(batch);
  }

  void PutJob(const TenantId& tenant, absl::string_view id, const RescoreJob& job, rocksdb::WriteBatch& batch) {
    const std::string key = KeyOf(tenant, id), bytes = job.SerializeAsString();
    batch.Put(database_->family(kJobs), key, bytes);
    if (HasEnded(job)) {
      batch.Delete(database_->family(kOpen), key);
    } else {
      batch.Put(database_->family(kOpen), key, bytes);
    }
  }

  template <typename Message>
  absl::StatusOr<std::vector<Message>> ReadAll(size_t family, const std::string& prefix) const {
    std::vector<Message> all;
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(family, prefix, [&](absl::string_view, absl::string_view value) {
      auto message = Parse<Message>(value);
      status = message.status();
      if (status.ok()) all.push_back(*std::move(message));
      return status.ok();
    }));
    CLIENTELE_RETURN_IF_ERROR(status);
    return all;
  }

  const std::unique_ptr<Database> database_;
  absl::Mutex writing_;  // Held from the look at what is there to the write.
};

}  // namespace

absl::StatusOr<std::unique_ptr<RescoreStore>> OpenRocksRescoreStore(const std::string& directory,
                                                                    const OpenOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                             Database::Open(directory, {{"schedules", {}}, {"jobs", {}}, {"open", {}}}, options));
  return std::make_unique<RocksRescoreStore>(std::move(database));
}

}  // namespace clientele::storage
