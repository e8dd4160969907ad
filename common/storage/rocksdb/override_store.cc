// Families; keys as common/storage/rocksdb/database.h writes texts and numbers, so that the newest change comes first:
//   overrides:  text(tenant) text(model) text(customer id)                -> inference.v1.ScoreOverride
//   journal:    text(tenant) text(model) text(customer id) u64(~revision) -> inference.v1.ScoreOverrideChange
//   purges:     ""                                                        -> "": there is something to rewrite last
#include "common/storage/rocksdb/override_store.h"

#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

using inference::v1::ScoreOverride;
using inference::v1::ScoreOverrideChange;

constexpr size_t kOverrides = 0, kJournal = 1, kPurges = 2;

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored override is damaged");
}

std::string TenantPart(const TenantId& tenant) {
  std::string key;
  AppendText(tenant.value(), key);
  return key;
}
std::string ModelPart(const TenantId& tenant, absl::string_view model) {
  std::string key = TenantPart(tenant);
  if (!model.empty()) AppendText(model, key);
  return key;
}
std::string Key(const OverrideName& name) {
  std::string key = ModelPart(name.tenant, name.model);
  AppendText(name.customer_id, key);
  return key;
}

absl::StatusOr<std::string> ReadPart(absl::string_view& key) {
  std::string scratch;
  absl::string_view text;
  if (!ReadText(key, scratch, text)) return Damaged();
  return std::string(text);
}
// Takes a key off the front.
absl::StatusOr<OverrideName> ReadName(absl::string_view& key) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string id, ReadPart(key));
  CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, TenantId::Parse(id));
  CLIENTELE_ASSIGN_OR_RETURN(std::string model, ReadPart(key));
  CLIENTELE_ASSIGN_OR_RETURN(std::string customer_id, ReadPart(key));
  return OverrideName{std::move(tenant), std::move(model), std::move(customer_id)};
}

template <typename Message>
absl::Status Parse(absl::string_view bytes, Message& message) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ? absl::OkStatus() : Damaged();
}

class RocksOverrideStore final : public OverrideStore {
 public:
  explicit RocksOverrideStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  absl::Status Append(const OverrideName& name, const ScoreOverrideChange& change) override {
    absl::MutexLock lock(&writing_);
    CLIENTELE_ASSIGN_OR_RETURN(const auto last, ReadJournal(name, /*before=*/0, /*most=*/1));
    const int64_t next = last.empty() ? 1 : last.front().revision() + 1;
    if (change.revision() != next) {
      return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
                   "the override has changed meanwhile; read it again");
    }
    const std::string key = Key(name);
    std::string entry = key;
    AppendUnsigned64(~static_cast<uint64_t>(change.revision()), entry);
    rocksdb::WriteBatch batch;
    batch.Put(database_->family(kJournal), entry, change.SerializeAsString());
    if (change.deleted()) {
      batch.Delete(database_->family(kOverrides), key);
    } else {
      batch.Put(database_->family(kOverrides), key, change.score_override().SerializeAsString());
    }
    return database_->Write(batch);
  }

  absl::StatusOr<std::vector<ScoreOverrideChange>> ReadJournal(const OverrideName& name, int64_t before,
                                                               int most) const override {
    std::vector<ScoreOverrideChange> changes;
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kJournal, Key(name), [&](absl::string_view, absl::string_view value) {
      if (static_cast<int>(changes.size()) >= most) return false;
      ScoreOverrideChange change;
      status = Parse(value, change);
      if (status.ok() && (before == 0 || change.revision() < before)) changes.push_back(std::move(change));
      return status.ok();
    }));
    CLIENTELE_RETURN_IF_ERROR(status);
    return changes;
  }

  absl::Status List(const TenantId& tenant, absl::string_view model, const OverrideName& after,
                    absl::FunctionRef<bool(const OverrideName&, const ScoreOverride&)> visit) const override {
    const std::string prefix = ModelPart(tenant, model), end = PrefixEnd(prefix);
    const bool from_first = after.customer_id.empty();
    const std::string first = from_first ? prefix : Key(after);
    const rocksdb::Slice upper = ToSlice(end);
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> it(database_->db().NewIterator(options, database_->family(kOverrides)));
    for (it->Seek(ToSlice(first)); it->Valid(); it->Next()) {
      absl::string_view key = ToView(it->key());
      if (!from_first && key == first) continue;
      CLIENTELE_ASSIGN_OR_RETURN(const OverrideName name, ReadName(key));
      ScoreOverride stands;
      CLIENTELE_RETURN_IF_ERROR(Parse(ToView(it->value()), stands));
      if (!visit(name, stands)) return absl::OkStatus();
    }
    return FromRocks(it->status());
  }

  absl::Status ForEach(absl::FunctionRef<void(const OverrideName&, const ScoreOverride&)> visit) const override {
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kOverrides, "", [&](absl::string_view key, absl::string_view value) {
      status = VisitOne(key, value, visit);
      return status.ok();
    }));
    return status;
  }

  absl::Status Forget(const TenantId& tenant, absl::FunctionRef<bool(absl::string_view)> theirs,
                      absl::FunctionRef<absl::Status(const OverrideCounts&)> before) override {
    absl::MutexLock lock(&writing_);
    rocksdb::WriteBatch batch;
    OverrideCounts counts;
    CLIENTELE_ASSIGN_OR_RETURN(counts.overrides, DeleteTheirs(kOverrides, tenant, theirs, batch));
    CLIENTELE_ASSIGN_OR_RETURN(counts.changes, DeleteTheirs(kJournal, tenant, theirs, batch));
    if (counts.changes == 0) return absl::OkStatus();
    CLIENTELE_RETURN_IF_ERROR(before(counts));
    return database_->Write(batch);
  }

  absl::Status Purge(const TenantId& tenant) override {
    rocksdb::WriteBatch batch;
    batch.Put(database_->family(kPurges), "", "");
    CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
    CLIENTELE_RETURN_IF_ERROR(database_->Flush());
    CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kOverrides, TenantPart(tenant)));
    CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kJournal, TenantPart(tenant)));
    return database_->Rewrite(kPurges, "");
  }

 private:
  static absl::Status VisitOne(absl::string_view key, absl::string_view value,
                               absl::FunctionRef<void(const OverrideName&, const ScoreOverride&)> visit) {
    CLIENTELE_ASSIGN_OR_RETURN(const OverrideName name, ReadName(key));
    ScoreOverride stands;
    CLIENTELE_RETURN_IF_ERROR(Parse(value, stands));
    visit(name, stands);
    return absl::OkStatus();
  }

  // How many it deletes.
  absl::StatusOr<int64_t> DeleteTheirs(size_t family, const TenantId& tenant,
                                       absl::FunctionRef<bool(absl::string_view)> theirs,
                                       rocksdb::WriteBatch& batch) const {
    const std::string prefix = TenantPart(tenant);
    int64_t count = 0;
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(family, prefix, [&](absl::string_view suffix, absl::string_view) {
      const std::string key = absl::StrCat(prefix, suffix);
      absl::string_view rest = key;
      const auto name = ReadName(rest);
      status = name.status();
      if (!status.ok() || !theirs(name->customer_id)) return status.ok();
      batch.Delete(database_->family(family), key);
      return ++count > 0;
    }));
    CLIENTELE_RETURN_IF_ERROR(status);
    return count;
  }

  const std::unique_ptr<Database> database_;
  absl::Mutex writing_;  // Held from the look at the journal to the write.
};

}  // namespace

absl::StatusOr<std::unique_ptr<OverrideStore>> OpenRocksOverrideStore(const std::string& directory,
                                                                      const OpenOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                             Database::Open(directory, {{"overrides", {}}, {"journal", {}}, {"purges", {}}}, options));
  return std::make_unique<RocksOverrideStore>(std::move(database));
}

}  // namespace clientele::storage
