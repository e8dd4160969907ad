#include "common/storage/postgresql/override_store.h"

#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/storage/postgresql/change_counter.h"

namespace clientele::storage::postgresql {
namespace {

using inference::v1::ScoreOverride;
using inference::v1::ScoreOverrideChange;

constexpr absl::string_view kCounter = "score_overrides";

template <typename Message>
absl::StatusOr<Message> Parse(const Result& rows, int row, int column) {
  Message message;
  if (message.ParseFromString(rows.String(row, column))) return message;
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored override is damaged");
}

std::vector<Value> KeyOf(const OverrideName& name) {
  return {Text(name.tenant.value()), Text(name.model), Bytes(name.customer_id)};
}

// What the change leaves.
absl::Status WriteStanding(Connection& connection, const OverrideName& name, const ScoreOverrideChange& change) {
  std::vector<Value> parameters = KeyOf(name);
  if (change.deleted()) {
    return connection
        .Execute("DELETE FROM score_overrides WHERE tenant = $1 AND model = $2 AND customer_id = $3", parameters)
        .status();
  }
  const ScoreOverride& stands = change.score_override();
  parameters.push_back(Time(absl::ToUnixMicros(FromProto(stands.expire_time()))));
  parameters.push_back(Bytes(stands.SerializeAsString()));
  return connection
      .Execute(
          "INSERT INTO score_overrides (tenant, model, customer_id, expire_time, message) VALUES ($1, $2, $3, $4,"
          " $5) ON CONFLICT (tenant, model, customer_id) DO UPDATE SET expire_time = $4, message = $5",
          parameters)
      .status();
}

class PostgresOverrideStore final : public OverrideStore {
 public:
  explicit PostgresOverrideStore(std::shared_ptr<const Database> database) : database_(std::move(database)) {}

  absl::StatusOr<int64_t> Changes() const override { return ReadChanges(*database_, kCounter); }

  absl::Status Append(const OverrideName& name, const ScoreOverrideChange& change) override {
    return database_->Write(name.tenant, [&](Connection& connection) -> absl::Status {
      std::vector<Value> parameters = KeyOf(name);
      parameters.push_back(Int8(change.revision()));
      parameters.push_back(Bytes(change.SerializeAsString()));
      // Of two that append the same revision, the second finds its number taken.
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result appended,
          connection.Execute("INSERT INTO score_override_changes (tenant, model, customer_id, revision, message)"
                             " SELECT $1, $2, $3, $4, $5 WHERE $4 = 1 + (SELECT coalesce(max(revision), 0) FROM"
                             " score_override_changes WHERE tenant = $1 AND model = $2 AND customer_id = $3)"
                             " ON CONFLICT DO NOTHING",
                             parameters));
      if (appended.changed() == 0) {
        return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
                     "the override has changed meanwhile; read it again");
      }
      CLIENTELE_RETURN_IF_ERROR(WriteStanding(connection, name, change));
      return CountChange(connection, kCounter);
    });
  }

  absl::StatusOr<std::vector<ScoreOverrideChange>> ReadJournal(const OverrideName& name, int64_t before,
                                                               int most) const override {
    std::vector<Value> parameters = KeyOf(name);
    parameters.push_back(Int8(before));
    parameters.push_back(Int8(most));
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->Query(name.tenant,
                         "SELECT message FROM score_override_changes WHERE tenant = $1 AND model = $2"
                         " AND customer_id = $3 AND ($4 = 0 OR revision < $4)"
                         " ORDER BY revision DESC LIMIT $5",
                         parameters));
    std::vector<ScoreOverrideChange> changes;
    for (int row = 0; row < rows.rows(); ++row) {
      CLIENTELE_ASSIGN_OR_RETURN(ScoreOverrideChange change, Parse<ScoreOverrideChange>(rows, row, 0));
      changes.push_back(std::move(change));
    }
    return changes;
  }

  absl::Status List(const TenantId& tenant, absl::string_view model, const OverrideName& after,
                    absl::FunctionRef<bool(const OverrideName&, const ScoreOverride&)> visit) const override {
    constexpr int kRowsAtOnce = 1'000;
    OverrideName last = after;
    while (true) {
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result rows,
          database_->Query(
              tenant,
              "SELECT model, customer_id, message FROM score_overrides WHERE tenant = $1"
              " AND ($2 = '' OR model = $2) AND (model, customer_id) > ($3, $4)"
              " ORDER BY model, customer_id LIMIT $5",
              {Text(tenant.value()), Text(model), Text(last.model), Bytes(last.customer_id), Int8(kRowsAtOnce)}));
      for (int row = 0; row < rows.rows(); ++row) {
        last = {tenant, rows.String(row, 0), rows.String(row, 1)};
        CLIENTELE_ASSIGN_OR_RETURN(const ScoreOverride stands, Parse<ScoreOverride>(rows, row, 2));
        if (!visit(last, stands)) return absl::OkStatus();
      }
      if (rows.rows() < kRowsAtOnce) return absl::OkStatus();
    }
  }

  absl::Status ForEach(absl::FunctionRef<void(const OverrideName&, const ScoreOverride&)> visit) const override {
    CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                               database_->QueryAll("SELECT tenant, model, customer_id, message FROM score_overrides "
                                                   "ORDER BY tenant, model, customer_id"));
    for (int row = 0; row < rows.rows(); ++row) {
      CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, TenantId::Parse(rows.Bytes(row, 0)));
      CLIENTELE_ASSIGN_OR_RETURN(const ScoreOverride stands, Parse<ScoreOverride>(rows, row, 3));
      visit({std::move(tenant), rows.String(row, 1), rows.String(row, 2)}, stands);
    }
    return absl::OkStatus();
  }

  absl::Status Forget(const TenantId& tenant, absl::FunctionRef<bool(absl::string_view)> theirs,
                      absl::FunctionRef<absl::Status(const OverrideCounts&)> before) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result customers,
          connection.Execute("SELECT DISTINCT customer_id FROM score_override_changes WHERE tenant = $1",
                             {Text(tenant.value())}));
      std::vector<Value> ids;
      for (int row = 0; row < customers.rows(); ++row) {
        if (theirs(customers.Bytes(row, 0))) ids.push_back(Bytes(customers.Bytes(row, 0)));
      }
      if (ids.empty()) return absl::OkStatus();
      const std::vector<Value> parameters = {Text(tenant.value()), Array(Type::kBytes, ids)};
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result overrides,
          connection.Execute("DELETE FROM score_overrides WHERE tenant = $1 AND customer_id = ANY($2)", parameters));
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result changes,
          connection.Execute("DELETE FROM score_override_changes WHERE tenant = $1 AND customer_id = ANY($2)",
                             parameters));
      CLIENTELE_RETURN_IF_ERROR(before({overrides.changed(), changes.changed()}));
      return CountChange(connection, kCounter);
    });
  }

  absl::Status Purge(const TenantId&) override {
    return database_->RunAlone("VACUUM score_overrides, score_override_changes");
  }

 private:
  const std::shared_ptr<const Database> database_;
};

}  // namespace

std::unique_ptr<OverrideStore> MakeOverrideStore(std::shared_ptr<const Database> database) {
  return std::make_unique<PostgresOverrideStore>(std::move(database));
}

}  // namespace clientele::storage::postgresql
