#include "common/storage/postgresql/value_settings_store.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/postgresql/change_counter.h"

namespace clientele::storage::postgresql {
namespace {

using inference::v1::ValueSettings;

constexpr absl::string_view kCounter = "value_settings";

absl::StatusOr<ValueSettings> Parse(const Result& rows, int row, int column) {
  ValueSettings settings;
  if (settings.ParseFromString(rows.String(row, column))) return settings;
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "stored value settings are damaged");
}

class PostgresValueSettingsStore final : public ValueSettingsStore {
 public:
  explicit PostgresValueSettingsStore(std::shared_ptr<const Database> database) : database_(std::move(database)) {}

  absl::StatusOr<int64_t> Changes() const override { return ReadChanges(*database_, kCounter); }

  absl::Status Append(const TenantId& tenant, const ValueSettings& settings) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      // Of two that append the same revision, the second finds its number taken.
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result appended,
          connection.Execute(
              "INSERT INTO value_settings SELECT $1, $2, $3 WHERE $2 = 1 + (SELECT"
              " coalesce(max(revision), 0) FROM value_settings WHERE tenant = $1) ON CONFLICT DO NOTHING",
              {Text(tenant.value()), Int8(settings.revision()), Bytes(settings.SerializeAsString())}));
      if (appended.changed() == 1) return CountChange(connection, kCounter);
      return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
                   absl::StrCat("revision ", settings.revision(), " of the value settings is not the next one"));
    });
  }

  absl::StatusOr<std::vector<ValueSettings>> List(const TenantId& tenant, int64_t before, int most) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->Query(tenant,
                         "SELECT message FROM value_settings WHERE tenant = $1 AND ($2 = 0 OR revision < $2) "
                         "ORDER BY revision DESC LIMIT $3",
                         {Text(tenant.value()), Int8(before), Int8(most)}));
    std::vector<ValueSettings> revisions;
    for (int row = 0; row < rows.rows(); ++row) {
      CLIENTELE_ASSIGN_OR_RETURN(ValueSettings settings, Parse(rows, row, 0));
      revisions.push_back(std::move(settings));
    }
    return revisions;
  }

  absl::Status ForEachNewest(absl::FunctionRef<void(const TenantId&, const ValueSettings&)> visit) const override {
    CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                               database_->QueryAll("SELECT DISTINCT ON (tenant) tenant, message FROM value_settings "
                                                   "ORDER BY tenant, revision DESC"));
    for (int row = 0; row < rows.rows(); ++row) {
      CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(rows.Bytes(row, 0)));
      CLIENTELE_ASSIGN_OR_RETURN(const ValueSettings settings, Parse(rows, row, 1));
      visit(tenant, settings);
    }
    return absl::OkStatus();
  }

 private:
  const std::shared_ptr<const Database> database_;
};

}  // namespace

std::unique_ptr<ValueSettingsStore> MakeValueSettingsStore(std::shared_ptr<const Database> database) {
  return std::make_unique<PostgresValueSettingsStore>(std::move(database));
}

}  // namespace clientele::storage::postgresql
