// One family; keys as common/storage/rocksdb/database.h writes text and numbers, so that the newest revision comes
// first:
//   text(tenant) u64(~revision) -> inference.v1.ValueSettings
#include "common/storage/rocksdb/value_settings_store.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

using inference::v1::ValueSettings;

constexpr size_t kSettings = 0;

std::string TenantKey(const TenantId& tenant) {
  std::string key;
  AppendText(tenant.value(), key);
  return key;
}

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "stored value settings are damaged");
}

class RocksValueSettingsStore final : public ValueSettingsStore {
 public:
  explicit RocksValueSettingsStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  absl::Status Append(const TenantId& tenant, const ValueSettings& settings) override {
    absl::MutexLock lock(&writing_);
    CLIENTELE_ASSIGN_OR_RETURN(const auto newest, List(tenant, 0, 1));
    const int64_t next = newest.empty() ? 1 : newest[0].revision() + 1;
    if (settings.revision() != next) {
      return Error(
          absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
          absl::StrCat("revision ", settings.revision(), " of the value settings is not the next one, ", next));
    }
    std::string key = TenantKey(tenant);
    AppendUnsigned64(~static_cast<uint64_t>(settings.revision()), key);
    rocksdb::WriteBatch batch;
    batch.Put(database_->family(kSettings), key, settings.SerializeAsString());
    return database_->Write(batch);
  }

  absl::StatusOr<std::vector<ValueSettings>> List(const TenantId& tenant, int64_t before, int most) const override {
    std::vector<ValueSettings> revisions;
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(
        database_->ForEach(kSettings, TenantKey(tenant), [&](absl::string_view suffix, absl::string_view value) {
          uint64_t inverted = 0;
          if (!ReadUnsigned64(suffix, inverted)) status = Damaged();
          if (!status.ok() || static_cast<int>(revisions.size()) >= most) return false;
          if (before > 0 && static_cast<int64_t>(~inverted) >= before) return true;
          status = Parse(value, revisions.emplace_back());
          return status.ok();
        }));
    CLIENTELE_RETURN_IF_ERROR(status);
    return revisions;
  }

  absl::Status ForEachNewest(absl::FunctionRef<void(const TenantId&, const ValueSettings&)> visit) const override {
    std::optional<TenantId> last;
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kSettings, "", [&](absl::string_view key, absl::string_view value) {
      status = VisitNewest(key, value, last, visit);
      return status.ok();
    }));
    return status;
  }

 private:
  static absl::Status Parse(absl::string_view bytes, ValueSettings& settings) {
    return settings.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ? absl::OkStatus() : Damaged();
  }

  // Passes over the revisions that come after a tenant's first.
  static absl::Status VisitNewest(absl::string_view key, absl::string_view value, std::optional<TenantId>& last,
                                  absl::FunctionRef<void(const TenantId&, const ValueSettings&)> visit) {
    std::string scratch;
    absl::string_view id;
    if (!ReadText(key, scratch, id)) return Damaged();
    if (last.has_value() && last->value() == id) return absl::OkStatus();
    CLIENTELE_ASSIGN_OR_RETURN(last, TenantId::Parse(id));
    ValueSettings settings;
    CLIENTELE_RETURN_IF_ERROR(Parse(value, settings));
    visit(*last, settings);
    return absl::OkStatus();
  }

  const std::unique_ptr<Database> database_;
  absl::Mutex writing_;  // Held from the look at what is there to the write.
};

}  // namespace

absl::StatusOr<std::unique_ptr<ValueSettingsStore>> OpenRocksValueSettingsStore(const std::string& directory,
                                                                                const OpenOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                             Database::Open(directory, {{"settings", {}}}, options));
  return std::make_unique<RocksValueSettingsStore>(std::move(database));
}

}  // namespace clientele::storage
