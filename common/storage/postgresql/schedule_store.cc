#include "common/storage/postgresql/schedule_store.h"

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

using training::v1::RetrainSchedule;
using training::v1::ScheduleRun;

constexpr absl::string_view kCounter = "retrain_schedules";

template <typename Message>
absl::StatusOr<Message> Parse(const Result& rows, int row, int column) {
  Message message;
  if (message.ParseFromString(rows.String(row, column))) return message;
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored schedule is damaged");
}

// As the connection's transaction sees it, held against other changes until it ends.
absl::StatusOr<RetrainSchedule> Hold(Connection& connection, const TenantId& tenant, absl::string_view id) {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Execute("SELECT message FROM retrain_schedules WHERE tenant = $1 AND id = $2 FOR UPDATE",
                         {Text(tenant.value()), Text(id)}));
  if (rows.rows() > 0) return Parse<RetrainSchedule>(rows, 0, 0);
  return Error(absl::StatusCode::kNotFound, ErrorReason::kScheduleNotFound,
               absl::StrCat("there is no schedule \"", id, "\""));
}

absl::StatusOr<RetrainSchedule> HoldIfUnchanged(Connection& connection, const TenantId& tenant, absl::string_view id,
                                                absl::string_view etag) {
  CLIENTELE_ASSIGN_OR_RETURN(RetrainSchedule schedule, Hold(connection, tenant, id));
  if (schedule.etag() == etag) return schedule;
  return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
               absl::StrCat("schedule \"", id, "\" has changed since the etag was read; read it again"));
}

absl::Status Write(Connection& connection, const TenantId& tenant, absl::string_view id,
                   const RetrainSchedule& schedule) {
  CLIENTELE_RETURN_IF_ERROR(connection
                                .Execute("UPDATE retrain_schedules SET message = $3 WHERE tenant = $1 AND id = $2",
                                         {Text(tenant.value()), Text(id), Bytes(schedule.SerializeAsString())})
                                .status());
  return CountChange(connection, kCounter);
}

class PostgresScheduleStore final : public ScheduleStore {
 public:
  explicit PostgresScheduleStore(std::shared_ptr<const Database> database) : database_(std::move(database)) {}

  absl::Status Create(const TenantId& tenant, absl::string_view id, const RetrainSchedule& schedule) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result created,
          connection.Execute("INSERT INTO retrain_schedules VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                             {Text(tenant.value()), Text(id), Bytes(schedule.SerializeAsString())}));
      if (created.changed() == 1) return CountChange(connection, kCounter);
      return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kScheduleExists,
                   absl::StrCat("there is a schedule \"", id, "\" already"));
    });
  }

  absl::Status Replace(const TenantId& tenant, absl::string_view id, absl::string_view etag,
                       const RetrainSchedule& schedule) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(const RetrainSchedule before, HoldIfUnchanged(connection, tenant, id, etag));
      RetrainSchedule after = schedule;
      if (before.has_last_run()) *after.mutable_last_run() = before.last_run();
      return Write(connection, tenant, id, after);
    });
  }

  absl::Status Delete(const TenantId& tenant, absl::string_view id, absl::string_view etag) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_RETURN_IF_ERROR(HoldIfUnchanged(connection, tenant, id, etag).status());
      for (const char* sql : {"DELETE FROM retrain_schedules WHERE tenant = $1 AND id = $2",
                              "DELETE FROM schedule_runs WHERE tenant = $1 AND id = $2"}) {
        CLIENTELE_RETURN_IF_ERROR(connection.Execute(sql, {Text(tenant.value()), Text(id)}).status());
      }
      return CountChange(connection, kCounter);
    });
  }

  absl::Status AddRun(const TenantId& tenant, absl::string_view id, const ScheduleRun& run) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(RetrainSchedule schedule, Hold(connection, tenant, id));
      *schedule.mutable_last_run() = run;
      CLIENTELE_RETURN_IF_ERROR(Write(connection, tenant, id, schedule));
      const std::vector<Value> key = {Text(tenant.value()), Text(id)};
      CLIENTELE_RETURN_IF_ERROR(
          connection
              .Execute("INSERT INTO schedule_runs VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, id, scheduled_time) DO"
                       " UPDATE SET message = $4",
                       {key[0], key[1], Time(absl::ToUnixMicros(FromProto(run.scheduled_time()))),
                        Bytes(run.SerializeAsString())})
              .status());
      return connection
          .Execute(
              "DELETE FROM schedule_runs WHERE tenant = $1 AND id = $2 AND scheduled_time <= (SELECT scheduled_time"
              " FROM schedule_runs WHERE tenant = $1 AND id = $2 ORDER BY scheduled_time DESC OFFSET $3 LIMIT 1)",
              {key[0], key[1], Int8(kKeptScheduleRuns)})
          .status();
    });
  }

  absl::StatusOr<std::vector<ScheduleRun>> ListRuns(const TenantId& tenant, absl::string_view id,
                                                    int most) const override {
    CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                               database_->Query(tenant,
                                                "SELECT message FROM schedule_runs WHERE tenant = $1 AND id = $2 "
                                                "ORDER BY scheduled_time DESC LIMIT $3",
                                                {Text(tenant.value()), Text(id), Int8(most)}));
    std::vector<ScheduleRun> runs;
    for (int row = 0; row < rows.rows(); ++row) {
      CLIENTELE_ASSIGN_OR_RETURN(ScheduleRun run, Parse<ScheduleRun>(rows, row, 0));
      runs.push_back(std::move(run));
    }
    return runs;
  }

  absl::StatusOr<int64_t> Changes() const override { return ReadChanges(*database_, kCounter); }

  absl::Status ForEach(
      absl::FunctionRef<void(const TenantId&, absl::string_view, const RetrainSchedule&)> visit) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->QueryAll("SELECT tenant, id, message FROM retrain_schedules ORDER BY tenant, id"));
    for (int row = 0; row < rows.rows(); ++row) {
      CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(rows.Bytes(row, 0)));
      CLIENTELE_ASSIGN_OR_RETURN(const RetrainSchedule schedule, Parse<RetrainSchedule>(rows, row, 2));
      visit(tenant, rows.Bytes(row, 1), schedule);
    }
    return absl::OkStatus();
  }

 private:
  const std::shared_ptr<const Database> database_;
};

}  // namespace

std::unique_ptr<ScheduleStore> MakeScheduleStore(std::shared_ptr<const Database> database) {
  return std::make_unique<PostgresScheduleStore>(std::move(database));
}

}  // namespace clientele::storage::postgresql
