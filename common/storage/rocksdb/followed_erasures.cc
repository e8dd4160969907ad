// Families; keys as common/storage/rocksdb/database.h writes texts and numbers:
//   erasures:  text(tenant) u64(number) -> u8(reported) u64(size of the change) change report
//   sequence:  ""                       -> s64(sequence)
#include "common/storage/rocksdb/followed_erasures.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

constexpr size_t kErasures = 0, kSequence = 1;

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "what is kept of an erasure is damaged");
}

std::string Key(const TenantId& tenant, int64_t number) {
  std::string key;
  AppendText(tenant.value(), key);
  AppendUnsigned64(static_cast<uint64_t>(number), key);
  return key;
}

std::string Encode(const FollowedErasure& erasure) {
  std::string bytes;
  const std::string change = erasure.change.SerializeAsString();
  AppendByte(erasure.reported ? 1 : 0, bytes);
  AppendUnsigned64(change.size(), bytes);
  return bytes + change + erasure.report.SerializeAsString();
}

absl::StatusOr<FollowedErasure> Decode(TenantId tenant, absl::string_view bytes) {
  FollowedErasure erasure{std::move(tenant), {}, {}, false};
  uint8_t reported = 0;
  uint64_t size = 0;
  if (!ReadByte(bytes, reported) || !ReadUnsigned64(bytes, size) || size > bytes.size() ||
      !erasure.change.ParseFromArray(bytes.data(), static_cast<int>(size)) ||
      !erasure.report.ParseFromArray(bytes.data() + size, static_cast<int>(bytes.size() - size))) {
    return Damaged();
  }
  erasure.reported = reported != 0;
  return erasure;
}

class RocksFollowedErasures final : public FollowedErasures {
 public:
  explicit RocksFollowedErasures(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  absl::StatusOr<int64_t> Sequence() const override {
    const auto bytes = database_->Get(kSequence, "");
    if (absl::IsNotFound(bytes.status())) return 0;
    CLIENTELE_RETURN_IF_ERROR(bytes.status());
    absl::string_view rest = *bytes;
    int64_t sequence = 0;
    if (!ReadSigned64(rest, sequence)) return Damaged();
    return sequence;
  }

  absl::Status Put(const FollowedErasure& erasure, int64_t sequence) override {
    rocksdb::WriteBatch batch;
    batch.Put(database_->family(kErasures), Key(erasure.tenant, erasure.number()), Encode(erasure));
    if (sequence != 0) {
      std::string bytes;
      AppendSigned64(sequence, bytes);
      batch.Put(database_->family(kSequence), "", bytes);
    }
    return database_->Write(batch);
  }

  absl::StatusOr<FollowedErasure> Get(const TenantId& tenant, int64_t number) const override {
    CLIENTELE_ASSIGN_OR_RETURN(const std::string bytes, database_->Get(kErasures, Key(tenant, number)));
    return Decode(tenant, bytes);
  }

  absl::Status ForEach(absl::FunctionRef<bool(const FollowedErasure&)> visit) const override {
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kErasures, "", [&](absl::string_view key, absl::string_view value) {
      const auto erasure = Read(key, value);
      status = erasure.status();
      return status.ok() && visit(*erasure);
    }));
    return status;
  }

 private:
  static absl::StatusOr<FollowedErasure> Read(absl::string_view key, absl::string_view value) {
    std::string scratch;
    absl::string_view name;
    if (!ReadText(key, scratch, name)) return Damaged();
    CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, TenantId::Parse(name));
    return Decode(std::move(tenant), value);
  }

  const std::unique_ptr<Database> database_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<FollowedErasures>> OpenRocksFollowedErasures(const std::string& directory,
                                                                            const OpenOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                             Database::Open(directory, {{"erasures", {}}, {"sequence", {}}}, options));
  return std::make_unique<RocksFollowedErasures>(std::move(database));
}

}  // namespace clientele::storage
