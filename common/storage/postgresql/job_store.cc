#include "common/storage/postgresql/job_store.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/storage/postgresql/change_counter.h"

namespace clientele::storage::postgresql {
namespace {

using training::v1::TrainingJob;

constexpr int kRowsAtOnce = 200;
constexpr absl::string_view kCounter = "training_jobs";

bool IsOpen(const TrainingJob& job) {
  return job.state() == TrainingJob::STATE_QUEUED || job.state() == TrainingJob::STATE_RUNNING;
}

absl::StatusOr<TrainingJob> Parse(const Result& rows, int row, int column) {
  TrainingJob job;
  if (job.ParseFromString(rows.String(row, column))) return job;
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored training job is damaged");
}

absl::Status NoSuchJob(absl::string_view job_id) {
  return Error(absl::StatusCode::kNotFound, ErrorReason::kTrainingJobNotFound,
               absl::StrCat("there is no training job \"", job_id, "\""));
}

class PostgresJobStore final : public JobStore {
 public:
  explicit PostgresJobStore(std::shared_ptr<const Database> database) : database_(std::move(database)) {}

  absl::Status Create(const TenantId& tenant, absl::string_view job_id, const TrainingJob& job,
                      absl::string_view request_id, absl::string_view request_digest) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      if (!request_id.empty()) {
        CLIENTELE_ASSIGN_OR_RETURN(
            const Result claimed,
            connection.Execute("INSERT INTO training_job_requests VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                               {Text(tenant.value()), Bytes(request_id), Bytes(request_digest), Text(job_id)}));
        if (claimed.changed() == 0) {
          return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kRequestIdReused,
                       absl::StrCat("the request id \"", request_id, "\" has been used"));
        }
      }
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result created,
          connection.Execute("INSERT INTO training_jobs (tenant, job_id, create_time, state, model, is_open, message)"
                             " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
                             {Text(tenant.value()), Text(job_id),
                              Time(absl::ToUnixMicros(FromProto(job.create_time()))), Int2(job.state()),
                              Text(Readable(job.spec().model())), Bool(IsOpen(job)), Bytes(job.SerializeAsString())}));
      if (created.changed() == 1) return CountChange(connection, kCounter);
      return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kTrainingJobExists,
                   absl::StrCat("there is a training job \"", job_id, "\" already"));
    });
  }

  absl::Status Put(const TenantId& tenant, absl::string_view job_id, const TrainingJob& job) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      const std::vector<Value> key = {Text(tenant.value()), Text(job_id)};
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result old,
          connection.Execute("SELECT message FROM training_jobs WHERE tenant = $1 AND job_id = $2 FOR UPDATE", key));
      if (old.rows() == 0) return NoSuchJob(job_id);
      CLIENTELE_ASSIGN_OR_RETURN(const TrainingJob known, Parse(old, 0, 0));
      TrainingJob kept = job;
      *kept.mutable_create_time() = known.create_time();
      return connection
          .Execute(
              "UPDATE training_jobs SET state = $3, model = $4, is_open = $5, message = $6 WHERE tenant = $1"
              " AND job_id = $2",
              {key[0], key[1], Int2(kept.state()), Text(Readable(kept.spec().model())), Bool(IsOpen(kept)),
               Bytes(kept.SerializeAsString())})
          .status();
    });
  }

  absl::Status RequestCancel(const TenantId& tenant, absl::string_view job_id) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result asked,
          connection.Execute("UPDATE training_jobs SET cancel_requested = is_open WHERE tenant = $1 AND job_id = $2",
                             {Text(tenant.value()), Text(job_id)}));
      return asked.changed() == 0 ? NoSuchJob(job_id) : CountChange(connection, kCounter);
    });
  }

  absl::Status ListCancelRequests(absl::FunctionRef<void(const TenantId&, absl::string_view)> visit) const override {
    CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                               database_->QueryAll("SELECT tenant, job_id FROM training_jobs WHERE is_open AND "
                                                   "cancel_requested ORDER BY tenant, job_id"));
    for (int row = 0; row < rows.rows(); ++row) {
      CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(rows.Bytes(row, 0)));
      visit(tenant, rows.Bytes(row, 1));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> Changes() const override { return ReadChanges(*database_, kCounter); }

  absl::StatusOr<TrainingJob> Get(const TenantId& tenant, absl::string_view job_id) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->Query(tenant, "SELECT message FROM training_jobs WHERE tenant = $1 AND job_id = $2",
                         {Text(tenant.value()), Text(job_id)}));
    if (rows.rows() == 0) return NoSuchJob(job_id);
    return Parse(rows, 0, 0);
  }

  absl::StatusOr<std::optional<JobRequest>> FindRequest(const TenantId& tenant,
                                                        absl::string_view request_id) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows, database_->Query(tenant,
                                            "SELECT job_id, digest FROM training_job_requests WHERE tenant = $1 AND "
                                            "request_id = $2",
                                            {Text(tenant.value()), Bytes(request_id)}));
    if (rows.rows() == 0) return std::nullopt;
    return JobRequest{rows.String(0, 0), rows.String(0, 1)};
  }

  // A position is the create time, in 8 bytes, and the job's id.
  absl::Status List(const TenantId& tenant, absl::string_view position,
                    absl::FunctionRef<bool(const TrainingJob&, absl::string_view)> visit) const override {
    std::string at(position);
    while (true) {
      if (!at.empty() && at.size() < 8) {
        return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kInvalidPageToken, "the page token is damaged");
      }
      const bool begins = at.empty();
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result rows,
          database_->Query(tenant,
                           "SELECT create_time, job_id, message FROM training_jobs WHERE tenant = $1 AND ($2 OR "
                           "create_time < $3 OR (create_time = $3 AND job_id > $4))"
                           " ORDER BY create_time DESC, job_id LIMIT $5",
                           {Text(tenant.value()), Bool(begins), Time(begins ? 0 : FromBigEndian<int64_t>(at.data())),
                            Text(begins ? absl::string_view() : absl::string_view(at).substr(8)), Int8(kRowsAtOnce)}));
      for (int row = 0; row < rows.rows(); ++row) {
        at.clear();
        AppendBigEndian(rows.Micros(row, 0), at);
        absl::StrAppend(&at, rows.Bytes(row, 1));
        CLIENTELE_ASSIGN_OR_RETURN(const TrainingJob job, Parse(rows, row, 2));
        if (!visit(job, at)) return absl::OkStatus();
      }
      if (rows.rows() < kRowsAtOnce) return absl::OkStatus();
    }
  }

  absl::Status ListOpen(
      absl::FunctionRef<void(const TenantId&, absl::string_view, const TrainingJob&)> visit) const override {
    CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                               database_->QueryAll("SELECT tenant, job_id, message FROM training_jobs WHERE is_open "
                                                   "ORDER BY create_time, tenant, job_id"));
    for (int row = 0; row < rows.rows(); ++row) {
      CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(rows.Bytes(row, 0)));
      CLIENTELE_ASSIGN_OR_RETURN(const TrainingJob job, Parse(rows, row, 2));
      visit(tenant, rows.Bytes(row, 1), job);
    }
    return absl::OkStatus();
  }

 private:
  const std::shared_ptr<const Database> database_;
};

}  // namespace

std::unique_ptr<JobStore> MakeJobStore(std::shared_ptr<const Database> database) {
  return std::make_unique<PostgresJobStore>(std::move(database));
}

}  // namespace clientele::storage::postgresql
