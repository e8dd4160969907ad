#include "common/storage/postgresql/rescore_store.h"

#include <string>
#include <utility>
#include <vector>

#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/storage/rescore_rules.h"

namespace clientele::storage::postgresql {
namespace {

using inference::v1::RescoreJob;
using inference::v1::RescoreSchedule;

template <typename Message>
absl::StatusOr<Message> Parse(const Result& rows, int row) {
  Message message;
  if (message.ParseFromString(rows.String(row, 0))) return message;
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "what is stored of rescoring is damaged");
}

template <typename Message>
absl::StatusOr<std::vector<Message>> ParseAll(const Result& rows) {
  std::vector<Message> all;
  for (int row = 0; row < rows.rows(); ++row) {
    CLIENTELE_ASSIGN_OR_RETURN(Message message, Parse<Message>(rows, row));
    all.push_back(std::move(message));
  }
  return all;
}

// As the connection's transaction sees them, held against other changes until it ends.
absl::StatusOr<RescoreSchedule> HoldSchedule(Connection& connection, const TenantId& tenant, absl::string_view id) {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Execute("SELECT message FROM rescore_schedules WHERE tenant = $1 AND id = $2 FOR UPDATE",
                         {Text(tenant.value()), Text(id)}));
  return rows.rows() == 0 ? ScheduleNotFound(id) : Parse<RescoreSchedule>(rows, 0);
}
absl::StatusOr<RescoreJob> HoldJob(Connection& connection, const TenantId& tenant, absl::string_view id) {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows, connection.Execute("SELECT message FROM rescore_jobs WHERE tenant = $1 AND id = $2 FOR UPDATE",
                                            {Text(tenant.value()), Text(id)}));
  return rows.rows() == 0 ? RescoreJobNotFound(id) : Parse<RescoreJob>(rows, 0);
}

absl::Status WriteSchedule(Connection& connection, const TenantId& tenant, absl::string_view id,
                           const RescoreSchedule& schedule) {
  return connection
      .Execute("UPDATE rescore_schedules SET message = $3 WHERE tenant = $1 AND id = $2",
               {Text(tenant.value()), Text(id), Bytes(schedule.SerializeAsString())})
      .status();
}

class PostgresRescoreStore final : public RescoreStore {
 public:
  explicit PostgresRescoreStore(std::shared_ptr<const Database> database) : database_(std::move(database)) {}

  absl::Status CreateSchedule(const TenantId& tenant, absl::string_view id, const RescoreSchedule& schedule) override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result created,
        database_->Query(tenant, "INSERT INTO rescore_schedules VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                         {Text(tenant.value()), Text(id), Bytes(schedule.SerializeAsString())}));
    return created.changed() == 1 ? absl::OkStatus() : ScheduleExists(id);
  }
  absl::Status ReplaceSchedule(const TenantId& tenant, absl::string_view id, absl::string_view etag,
                               const RescoreSchedule& schedule) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(const RescoreSchedule before, HoldSchedule(connection, tenant, id));
      CLIENTELE_RETURN_IF_ERROR(CheckEtag(id, before.etag(), etag));
      return WriteSchedule(connection, tenant, id, Replaced(before, schedule));
    });
  }
  absl::Status DeleteSchedule(const TenantId& tenant, absl::string_view id, absl::string_view etag) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(const RescoreSchedule before, HoldSchedule(connection, tenant, id));
      CLIENTELE_RETURN_IF_ERROR(CheckEtag(id, before.etag(), etag));
      return connection
          .Execute("DELETE FROM rescore_schedules WHERE tenant = $1 AND id = $2", {Text(tenant.value()), Text(id)})
          .status();
    });
  }
  absl::Status SettleSchedule(const TenantId& tenant, absl::string_view id, const RescoreSchedule::Run& run) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(RescoreSchedule schedule, HoldSchedule(connection, tenant, id));
      if (!IsNewRun(schedule, run)) return absl::OkStatus();
      *schedule.mutable_last_run() = run;
      return WriteSchedule(connection, tenant, id, schedule);
    });
  }
  absl::StatusOr<RescoreSchedule> GetSchedule(const TenantId& tenant, absl::string_view id) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->Query(tenant, "SELECT message FROM rescore_schedules WHERE tenant = $1 AND id = $2",
                         {Text(tenant.value()), Text(id)}));
    return rows.rows() == 0 ? ScheduleNotFound(id) : Parse<RescoreSchedule>(rows, 0);
  }
  absl::Status ForEachSchedule(
      absl::FunctionRef<void(const TenantId&, absl::string_view, const RescoreSchedule&)> visit) const override {
    CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                               database_->QueryAll("SELECT message FROM rescore_schedules ORDER BY tenant, id"));
    CLIENTELE_ASSIGN_OR_RETURN(const auto schedules, ParseAll<RescoreSchedule>(rows));
    for (const RescoreSchedule& schedule : schedules) {
      CLIENTELE_ASSIGN_OR_RETURN(const auto name, ParseRescoreScheduleName("name", schedule.name()));
      visit(name.tenant, name.schedule, schedule);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<RescoreJob> CreateJob(const TenantId& tenant, absl::string_view id, const RescoreJob& job) override {
    RescoreJob there = job;
    const absl::Status written = database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result created,
          connection.Execute("INSERT INTO rescore_jobs VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                             {Text(tenant.value()), Text(id), Time(absl::ToUnixMicros(FromProto(job.feature_time()))),
                              Bool(!HasEnded(job)), Bytes(job.SerializeAsString())}));
      if (created.changed() == 0) {
        CLIENTELE_ASSIGN_OR_RETURN(there, HoldJob(connection, tenant, id));
        return absl::OkStatus();
      }
      return connection
          .Execute(
              "DELETE FROM rescore_jobs WHERE tenant = $1 AND NOT is_open AND id IN (SELECT id FROM rescore_jobs"
              " WHERE tenant = $1 ORDER BY feature_time DESC, id OFFSET $2)",
              {Text(tenant.value()), Int8(kKeptRescoreJobs)})
          .status();
    });
    CLIENTELE_RETURN_IF_ERROR(written);
    return there;
  }
  absl::Status ReplaceJob(const TenantId& tenant, absl::string_view id, absl::string_view etag,
                          const RescoreJob& job) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(const RescoreJob before, HoldJob(connection, tenant, id));
      CLIENTELE_RETURN_IF_ERROR(CheckEtag(id, before.etag(), etag));
      return connection
          .Execute("UPDATE rescore_jobs SET is_open = $3, message = $4 WHERE tenant = $1 AND id = $2",
                   {Text(tenant.value()), Text(id), Bool(!HasEnded(job)), Bytes(job.SerializeAsString())})
          .status();
    });
  }
  absl::StatusOr<RescoreJob> GetJob(const TenantId& tenant, absl::string_view id) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows, database_->Query(tenant, "SELECT message FROM rescore_jobs WHERE tenant = $1 AND id = $2",
                                            {Text(tenant.value()), Text(id)}));
    return rows.rows() == 0 ? RescoreJobNotFound(id) : Parse<RescoreJob>(rows, 0);
  }
  absl::StatusOr<std::vector<RescoreJob>> ListJobs(const TenantId& tenant) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->Query(tenant, "SELECT message FROM rescore_jobs WHERE tenant = $1 ORDER BY feature_time DESC, id",
                         {Text(tenant.value())}));
    return ParseAll<RescoreJob>(rows);
  }
  absl::StatusOr<std::vector<RescoreJob>> OpenJobs() const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows, database_->QueryAll("SELECT message FROM rescore_jobs WHERE is_open ORDER BY tenant, id"));
    return ParseAll<RescoreJob>(rows);
  }

 private:
  const std::shared_ptr<const Database> database_;
};

}  // namespace

std::unique_ptr<RescoreStore> MakeRescoreStore(std::shared_ptr<const Database> database) {
  return std::make_unique<PostgresRescoreStore>(std::move(database));
}

}  // namespace clientele::storage::postgresql
