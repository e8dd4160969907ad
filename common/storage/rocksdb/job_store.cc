// Families and keys, text as AppendText writes it, numbers big-endian:
//   jobs:     tenant, job id                      -> TrainingJob
//   requests: tenant, request id                  -> digest (text), job id (the rest)
//   order:    tenant, ~create time in us, job id  -> nothing; newest first
//   open:     create time in us, tenant, job id   -> nothing, or kCancelRequested; only jobs that are queued or running
#include "common/storage/rocksdb/job_store.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

using training::v1::TrainingJob;

enum FamilyIndex : size_t { kJobs, kRequests, kOrder, kOpen };

constexpr absl::string_view kCancelRequested = "c";

bool IsOpen(const TrainingJob& job) {
  return job.state() == TrainingJob::STATE_QUEUED || job.state() == TrainingJob::STATE_RUNNING;
}

uint64_t CreateMicros(const TrainingJob& job) {
  return static_cast<uint64_t>(absl::ToUnixMicros(FromProto(job.create_time())));
}

std::string TextPair(absl::string_view first, absl::string_view second) {
  std::string key;
  AppendText(first, key);
  AppendText(second, key);
  return key;
}

std::string OrderSuffix(const TrainingJob& job, absl::string_view job_id) {
  std::string key;
  AppendUnsigned64(~CreateMicros(job), key);
  AppendText(job_id, key);
  return key;
}

std::string OpenKey(const TenantId& tenant, absl::string_view job_id, const TrainingJob& job) {
  std::string key;
  AppendUnsigned64(CreateMicros(job), key);
  AppendText(tenant.value(), key);
  AppendText(job_id, key);
  return key;
}

absl::Status Damaged(absl::string_view what) {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed,
               absl::StrCat("a stored ", what, " is damaged"));
}

class RocksJobStore final : public JobStore {
 public:
  explicit RocksJobStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  absl::Status Create(const TenantId& tenant, absl::string_view job_id, const TrainingJob& job,
                      absl::string_view request_id, absl::string_view request_digest) override {
    absl::MutexLock lock(&writing_);
    CLIENTELE_RETURN_IF_ERROR(CheckFree(tenant, job_id, request_id));
    rocksdb::WriteBatch batch;
    PutJob(tenant, job_id, job, "", batch);
    const std::string order_key = OrderPrefix(tenant) + OrderSuffix(job, job_id);
    batch.Put(database_->family(kOrder), order_key, rocksdb::Slice());
    if (!request_id.empty()) {
      std::string value;
      AppendText(request_digest, value);
      value.append(job_id.data(), job_id.size());
      batch.Put(database_->family(kRequests), TextPair(tenant.value(), request_id), value);
    }
    return database_->Write(batch);
  }

  absl::Status Put(const TenantId& tenant, absl::string_view job_id, const TrainingJob& job) override {
    absl::MutexLock lock(&writing_);
    CLIENTELE_ASSIGN_OR_RETURN(const TrainingJob old, Get(tenant, job_id));
    TrainingJob kept = job;
    *kept.mutable_create_time() = old.create_time();
    rocksdb::WriteBatch batch;
    const absl::StatusOr<std::string> mark = database_->Get(kOpen, OpenKey(tenant, job_id, old));
    if (!mark.ok() && !absl::IsNotFound(mark.status())) return mark.status();
    PutJob(tenant, job_id, kept, mark.value_or(""), batch);
    return database_->Write(batch);
  }

  absl::Status RequestCancel(const TenantId& tenant, absl::string_view job_id) override {
    absl::MutexLock lock(&writing_);
    CLIENTELE_ASSIGN_OR_RETURN(const TrainingJob job, Get(tenant, job_id));
    rocksdb::WriteBatch batch;
    PutJob(tenant, job_id, job, kCancelRequested, batch);
    return database_->Write(batch);
  }

  absl::Status ListCancelRequests(absl::FunctionRef<void(const TenantId&, absl::string_view)> visit) const override {
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kOpen, "", [&](absl::string_view key, absl::string_view mark) {
      if (mark != kCancelRequested) return true;
      status = VisitOpen(key, [&](const TenantId& tenant, absl::string_view job_id, const TrainingJob&) {
        visit(tenant, job_id);
      });
      return status.ok();
    }));
    return status;
  }

  absl::StatusOr<int64_t> Changes() const override { return 0; }

  absl::StatusOr<TrainingJob> Get(const TenantId& tenant, absl::string_view job_id) const override {
    const absl::StatusOr<std::string> bytes = database_->Get(kJobs, TextPair(tenant.value(), job_id));
    if (absl::IsNotFound(bytes.status())) {
      return Error(absl::StatusCode::kNotFound, ErrorReason::kTrainingJobNotFound,
                   absl::StrCat("there is no training job \"", job_id, "\""));
    }
    CLIENTELE_RETURN_IF_ERROR(bytes.status());
    TrainingJob job;
    if (!job.ParseFromString(*bytes)) return Damaged("training job");
    return job;
  }

  absl::StatusOr<std::optional<JobRequest>> FindRequest(const TenantId& tenant,
                                                        absl::string_view request_id) const override {
    const absl::StatusOr<std::string> bytes = database_->Get(kRequests, TextPair(tenant.value(), request_id));
    if (absl::IsNotFound(bytes.status())) return std::nullopt;
    CLIENTELE_RETURN_IF_ERROR(bytes.status());
    absl::string_view rest = *bytes, digest;
    std::string scratch;
    if (!ReadText(rest, scratch, digest)) return Damaged("request id");
    return JobRequest{std::string(rest), std::string(digest)};
  }

  absl::Status List(const TenantId& tenant, absl::string_view position,
                    absl::FunctionRef<bool(const TrainingJob&, absl::string_view)> visit) const override {
    const std::string prefix = OrderPrefix(tenant);
    const std::string end = PrefixEnd(prefix);
    const rocksdb::Slice upper = ToSlice(end);
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &upper;
    std::unique_ptr<rocksdb::Iterator> it(database_->db().NewIterator(options, database_->family(kOrder)));
    const std::string start = absl::StrCat(prefix, position);
    for (it->Seek(start); it->Valid(); it->Next()) {
      if (!position.empty() && ToView(it->key()) == start) continue;
      const absl::string_view suffix = ToView(it->key()).substr(prefix.size());
      CLIENTELE_ASSIGN_OR_RETURN(const TrainingJob job, GetByOrder(tenant, suffix));
      if (!visit(job, suffix)) return absl::OkStatus();
    }
    return FromRocks(it->status());
  }

  absl::Status ListOpen(
      absl::FunctionRef<void(const TenantId&, absl::string_view, const TrainingJob&)> visit) const override {
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kOpen, "", [&](absl::string_view key, absl::string_view) {
      status = VisitOpen(key, visit);
      return status.ok();
    }));
    return status;
  }

 private:
  static std::string OrderPrefix(const TenantId& tenant) {
    std::string key;
    AppendText(tenant.value(), key);
    return key;
  }

  absl::Status CheckFree(const TenantId& tenant, absl::string_view job_id, absl::string_view request_id) const {
    if (!request_id.empty()) {
      CLIENTELE_ASSIGN_OR_RETURN(const std::optional<JobRequest> request, FindRequest(tenant, request_id));
      if (request.has_value()) {
        return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kRequestIdReused,
                     absl::StrCat("the request id \"", request_id, "\" has been used"));
      }
    }
    const absl::Status found = Get(tenant, job_id).status();
    if (absl::IsNotFound(found)) return absl::OkStatus();
    CLIENTELE_RETURN_IF_ERROR(found);
    return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kTrainingJobExists,
                 absl::StrCat("there is a training job \"", job_id, "\" already"));
  }

  // `mark` as it is in the index of open jobs.
  void PutJob(const TenantId& tenant, absl::string_view job_id, const TrainingJob& job, absl::string_view mark,
              rocksdb::WriteBatch& batch) {
    batch.Put(database_->family(kJobs), TextPair(tenant.value(), job_id), job.SerializeAsString());
    const std::string open_key = OpenKey(tenant, job_id, job);
    if (IsOpen(job)) {
      batch.Put(database_->family(kOpen), open_key, ToSlice(mark));
    } else {
      batch.Delete(database_->family(kOpen), open_key);
    }
  }

  absl::StatusOr<TrainingJob> GetByOrder(const TenantId& tenant, absl::string_view suffix) const {
    uint64_t micros = 0;
    std::string scratch;
    absl::string_view job_id;
    if (!ReadUnsigned64(suffix, micros) || !ReadText(suffix, scratch, job_id)) return Damaged("job's key");
    return Get(tenant, job_id);
  }

  absl::Status VisitOpen(absl::string_view key,
                         absl::FunctionRef<void(const TenantId&, absl::string_view, const TrainingJob&)> visit) const {
    uint64_t micros = 0;
    std::string scratch, id_scratch;
    absl::string_view tenant_id, job_id;
    if (!ReadUnsigned64(key, micros) || !ReadText(key, scratch, tenant_id) || !ReadText(key, id_scratch, job_id)) {
      return Damaged("job's key");
    }
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(tenant_id));
    CLIENTELE_ASSIGN_OR_RETURN(const TrainingJob job, Get(tenant, job_id));
    visit(tenant, job_id, job);
    return absl::OkStatus();
  }

  const std::unique_ptr<Database> database_;
  absl::Mutex writing_;  // Held from the look at what is there to the write.
};

}  // namespace

absl::StatusOr<std::unique_ptr<JobStore>> OpenRocksJobStore(const std::string& directory, const OpenOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(
      std::unique_ptr<Database> database,
      Database::Open(directory, {{"jobs", {}}, {"requests", {}}, {"order", {}}, {"open", {}}}, options));
  return std::make_unique<RocksJobStore>(std::move(database));
}

}  // namespace clientele::storage
