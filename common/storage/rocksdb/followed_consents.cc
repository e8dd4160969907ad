// Families; keys as common/storage/rocksdb/database.h writes texts and numbers:
//   opt_outs:  text(tenant's name) text(digest) text(purpose) -> what was told
//   sequence:  ""                                             -> s64(sequence)
#include "common/storage/rocksdb/followed_consents.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

using ingestion::v1::WatchScoringConsentsResponse;

constexpr size_t kOptOuts = 0, kSequence = 1;

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "what is kept of a consent is damaged");
}

std::string Key(const WatchScoringConsentsResponse::Standing& standing) {
  std::string key;
  AppendText(standing.tenant(), key);
  AppendText(standing.digest(), key);
  AppendText(standing.purpose(), key);
  return key;
}

class RocksFollowedConsents final : public FollowedConsents {
 public:
  explicit RocksFollowedConsents(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  absl::StatusOr<int64_t> Sequence() const override {
    const auto bytes = database_->Get(kSequence, "");
    if (absl::IsNotFound(bytes.status())) return 0;
    CLIENTELE_RETURN_IF_ERROR(bytes.status());
    absl::string_view rest = *bytes;
    int64_t sequence = 0;
    if (!ReadSigned64(rest, sequence)) return Damaged();
    return sequence;
  }

  absl::Status Put(const WatchScoringConsentsResponse& changes) override {
    rocksdb::WriteBatch batch;
    for (const auto& standing : changes.standings()) {
      if (standing.state() == ingestion::v1::CONSENT_STATE_WITHDRAWN) {
        batch.Put(database_->family(kOptOuts), Key(standing), standing.SerializeAsString());
      } else {
        batch.Delete(database_->family(kOptOuts), Key(standing));
      }
    }
    std::string sequence;
    AppendSigned64(changes.sequence(), sequence);
    batch.Put(database_->family(kSequence), "", sequence);
    return database_->Write(batch);
  }

  absl::Status ForEach(absl::FunctionRef<bool(const WatchScoringConsentsResponse::Standing&)> visit) const override {
    WatchScoringConsentsResponse::Standing standing;
    bool intact = true;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kOptOuts, "", [&](absl::string_view, absl::string_view value) {
      intact = standing.ParseFromArray(value.data(), static_cast<int>(value.size()));
      return intact && visit(standing);
    }));
    return intact ? absl::OkStatus() : Damaged();
  }

 private:
  const std::unique_ptr<Database> database_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<FollowedConsents>> OpenRocksFollowedConsents(const std::string& directory,
                                                                            const OpenOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                             Database::Open(directory, {{"opt_outs", {}}, {"sequence", {}}}, options));
  return std::make_unique<RocksFollowedConsents>(std::move(database));
}

}  // namespace clientele::storage
