// Two families; keys as common/storage/rocksdb/database.h writes text and numbers, so that the newest run comes first:
//   schedules   text(tenant) text(id)                            -> training.v1.RetrainSchedule
//   runs        text(tenant) text(id) u64(~scheduled second)     -> training.v1.ScheduleRun
#include "common/storage/rocksdb/schedule_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

using training::v1::RetrainSchedule;
using training::v1::ScheduleRun;

constexpr size_t kSchedules = 0;
constexpr size_t kRuns = 1;

std::string KeyOf(const TenantId& tenant, absl::string_view id) {
  std::string key;
  AppendText(tenant.value(), key);
  AppendText(id, key);
  return key;
}

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored schedule is damaged");
}

template <typename Message>
absl::Status Parse(absl::string_view bytes, Message& message) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ? absl::OkStatus() : Damaged();
}

class RocksScheduleStore final : public ScheduleStore {
 public:
  explicit RocksScheduleStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  absl::Status Create(const TenantId& tenant, absl::string_view id, const RetrainSchedule& schedule) override {
    absl::MutexLock lock(&writing_);
    const absl::Status there = Read(tenant, id).status();
    if (there.ok()) {
      return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kScheduleExists,
                   absl::StrCat("there is a schedule \"", id, "\" already"));
    }
    if (!absl::IsNotFound(there)) return there;
    rocksdb::WriteBatch batch;
    batch.Put(database_->family(kSchedules), KeyOf(tenant, id), schedule.SerializeAsString());
    return database_->Write(batch);
  }

  absl::Status Replace(const TenantId& tenant, absl::string_view id, absl::string_view etag,
                       const RetrainSchedule& schedule) override {
    absl::MutexLock lock(&writing_);
    CLIENTELE_ASSIGN_OR_RETURN(const RetrainSchedule before, ReadIfUnchanged(tenant, id, etag));
    RetrainSchedule after = schedule;
    if (before.has_last_run()) *after.mutable_last_run() = before.last_run();
    rocksdb::WriteBatch batch;
    batch.Put(database_->family(kSchedules), KeyOf(tenant, id), after.SerializeAsString());
    return database_->Write(batch);
  }

  absl::Status Delete(const TenantId& tenant, absl::string_view id, absl::string_view etag) override {
    absl::MutexLock lock(&writing_);
    CLIENTELE_RETURN_IF_ERROR(ReadIfUnchanged(tenant, id, etag).status());
    const std::string key = KeyOf(tenant, id);
    rocksdb::WriteBatch batch;
    batch.Delete(database_->family(kSchedules), key);
    batch.DeleteRange(database_->family(kRuns), key, PrefixEnd(key));
    return database_->Write(batch);
  }

  absl::Status AddRun(const TenantId& tenant, absl::string_view id, const ScheduleRun& run) override {
    absl::MutexLock lock(&writing_);
    CLIENTELE_ASSIGN_OR_RETURN(RetrainSchedule schedule, Read(tenant, id));
    *schedule.mutable_last_run() = run;
    const std::string key = KeyOf(tenant, id);
    rocksdb::WriteBatch batch;
    batch.Put(database_->family(kSchedules), key, schedule.SerializeAsString());
    std::string run_key = key;
    AppendUnsigned64(~static_cast<uint64_t>(run.scheduled_time().seconds()), run_key);
    batch.Put(database_->family(kRuns), run_key, run.SerializeAsString());
    int kept = 1;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kRuns, key, [&](absl::string_view suffix, absl::string_view) {
      const std::string other = absl::StrCat(key, suffix);
      if (other != run_key && ++kept > kKeptScheduleRuns) batch.Delete(database_->family(kRuns), other);
      return true;
    }));
    return database_->Write(batch);
  }

  absl::StatusOr<std::vector<ScheduleRun>> ListRuns(const TenantId& tenant, absl::string_view id,
                                                    int most) const override {
    std::vector<ScheduleRun> runs;
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(
        database_->ForEach(kRuns, KeyOf(tenant, id), [&](absl::string_view, absl::string_view value) {
          if (static_cast<int>(runs.size()) >= most) return false;
          status = Parse(value, runs.emplace_back());
          return status.ok();
        }));
    CLIENTELE_RETURN_IF_ERROR(status);
    return runs;
  }

  absl::StatusOr<int64_t> Changes() const override { return 0; }

  absl::Status ForEach(
      absl::FunctionRef<void(const TenantId&, absl::string_view, const RetrainSchedule&)> visit) const override {
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kSchedules, "", [&](absl::string_view key, absl::string_view value) {
      status = Visit(key, value, visit);
      return status.ok();
    }));
    return status;
  }

 private:
  absl::StatusOr<RetrainSchedule> Read(const TenantId& tenant, absl::string_view id) const {
    const auto bytes = database_->Get(kSchedules, KeyOf(tenant, id));
    if (absl::IsNotFound(bytes.status())) {
      return Error(absl::StatusCode::kNotFound, ErrorReason::kScheduleNotFound,
                   absl::StrCat("there is no schedule \"", id, "\""));
    }
    CLIENTELE_RETURN_IF_ERROR(bytes.status());
    RetrainSchedule schedule;
    CLIENTELE_RETURN_IF_ERROR(Parse(*bytes, schedule));
    return schedule;
  }

  absl::StatusOr<RetrainSchedule> ReadIfUnchanged(const TenantId& tenant, absl::string_view id,
                                                  absl::string_view etag) const {
    CLIENTELE_ASSIGN_OR_RETURN(RetrainSchedule schedule, Read(tenant, id));
    if (schedule.etag() == etag) return schedule;
    return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
                 absl::StrCat("schedule \"", id, "\" has changed since the etag was read; read it again"));
  }

  static absl::Status Visit(absl::string_view key, absl::string_view value,
                            absl::FunctionRef<void(const TenantId&, absl::string_view, const RetrainSchedule&)> visit) {
    std::string tenant_scratch, id_scratch;
    absl::string_view tenant_id, id;
    if (!ReadText(key, tenant_scratch, tenant_id) || !ReadText(key, id_scratch, id)) return Damaged();
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(tenant_id));
    RetrainSchedule schedule;
    CLIENTELE_RETURN_IF_ERROR(Parse(value, schedule));
    visit(tenant, id, schedule);
    return absl::OkStatus();
  }

  const std::unique_ptr<Database> database_;
  absl::Mutex writing_;  // Held from the look at what is there to the write.
};

}  // namespace

absl::StatusOr<std::unique_ptr<ScheduleStore>> OpenRocksScheduleStore(const std::string& directory,
                                                                      const OpenOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                             Database::Open(directory, {{"schedules", {}}, {"runs", {}}}, options));
  return std::make_unique<RocksScheduleStore>(std::move(database));
}

}  // namespace clientele::storage
