// Keys as common/storage/rocksdb/database.h writes text and numbers. Three families:
//   entries  text(chain) u64(number) -> admin.v1.AuditEntry
//   unended  text(chain) u64(number) -> nothing: the call that began with this entry has not ended
//   keys     text(chain) -> the 16 bytes of its digest key
#include "common/storage/rocksdb/audit_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

using admin::v1::AuditEntry;
using privacy::DigestKey;

enum FamilyIndex : size_t { kEntries, kUnended, kKeys };

std::string ChainKey(absl::string_view chain) {
  std::string key;
  AppendText(chain, key);
  return key;
}

std::string EntryKey(absl::string_view chain, int64_t number) {
  std::string key = ChainKey(chain);
  AppendUnsigned64(static_cast<uint64_t>(number), key);
  return key;
}

absl::Status Damaged(absl::string_view what) {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed,
               absl::StrCat("the audit log's ", what, " are damaged"));
}

class RocksAuditStore final : public AuditStore {
 public:
  explicit RocksAuditStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  absl::Status Append(absl::string_view chain, int64_t number, const AuditEntry& entry) override {
    absl::MutexLock lock(&writing_);
    int64_t newest = 0;
    CLIENTELE_RETURN_IF_ERROR(Descend(chain, 0, [&](int64_t last, const AuditEntry&) {
      newest = last;
      return false;
    }));
    if (number != newest + 1) {
      return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
                   absl::StrCat("audit entry ", number, " is not the next one, ", newest + 1));
    }
    rocksdb::WriteBatch batch;
    batch.Put(database_->family(kEntries), EntryKey(chain, number), entry.SerializeAsString());
    if (entry.event() == AuditEntry::EVENT_BEGUN) batch.Put(database_->family(kUnended), EntryKey(chain, number), "");
    if (entry.begun_number() != 0) {
      batch.Delete(database_->family(kUnended), EntryKey(chain, entry.begun_number()));
    }
    return database_->Write(batch);
  }

  absl::Status Ascend(absl::string_view chain, int64_t first, Visit visit) const override {
    const std::string prefix = ChainKey(chain);
    const auto it = NewIterator();
    for (it->Seek(EntryKey(chain, first)); InChain(*it, prefix); it->Next()) {
      if (!VisitOne(*it, prefix, visit)) return absl::OkStatus();
    }
    return FromRocks(it->status());
  }

  absl::Status Descend(absl::string_view chain, int64_t before, Visit visit) const override {
    const std::string prefix = ChainKey(chain);
    const auto it = NewIterator();
    for (it->SeekForPrev(EntryKey(chain, before - 1)); InChain(*it, prefix); it->Prev()) {  // -1: beyond all numbers.
      if (!VisitOne(*it, prefix, visit)) return absl::OkStatus();
    }
    return FromRocks(it->status());
  }

  absl::Status ForEachUnended(absl::FunctionRef<void(absl::string_view, int64_t)> visit) const override {
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kUnended, "", [&](absl::string_view key, absl::string_view) {
      std::string scratch;
      absl::string_view chain;
      uint64_t number = 0;
      if (!ReadText(key, scratch, chain) || !ReadUnsigned64(key, number)) {
        status = Damaged("marks of calls that have begun");
        return false;
      }
      visit(chain, static_cast<int64_t>(number));
      return true;
    }));
    return status;
  }

  absl::StatusOr<std::vector<std::string>> ListChains() const override {
    std::vector<std::string> chains;
    const auto it = NewIterator();
    for (it->SeekToFirst(); it->Valid(); it->Seek(ToSlice(PrefixEnd(ChainKey(chains.back()))))) {
      absl::string_view key = ToView(it->key()), chain;
      std::string scratch;
      if (!ReadText(key, scratch, chain)) return Damaged("entries");
      chains.emplace_back(chain);
    }
    CLIENTELE_RETURN_IF_ERROR(FromRocks(it->status()));
    return chains;
  }

  absl::Status RemoveThrough(absl::string_view chain, int64_t number) override {
    {
      absl::MutexLock lock(&writing_);
      int64_t newest = 0;
      CLIENTELE_RETURN_IF_ERROR(Descend(chain, 0, [&](int64_t last, const AuditEntry&) {
        newest = last;
        return false;
      }));
      rocksdb::WriteBatch batch;
      const std::string end = EntryKey(chain, std::min(number + 1, newest));
      batch.DeleteRange(database_->family(kEntries), EntryKey(chain, 0), end);
      CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
    }
    CLIENTELE_RETURN_IF_ERROR(database_->Flush());
    return database_->Rewrite(kEntries, ChainKey(chain));
  }

  absl::StatusOr<DigestKey> KeyOf(absl::string_view chain) override {
    absl::MutexLock lock(&writing_);
    const absl::StatusOr<std::string> stored = database_->Get(kKeys, ChainKey(chain));
    if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
    const std::optional<DigestKey> key = stored.ok() ? DigestKey::FromBytes(*stored) : DigestKey::Draw();
    if (!key.has_value()) return Damaged(stored.ok() ? "keys" : "sources of random numbers");
    if (stored.ok()) return *key;
    rocksdb::WriteBatch batch;
    batch.Put(database_->family(kKeys), ChainKey(chain), key->ToBytes());
    CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
    return *key;
  }

 private:
  std::unique_ptr<rocksdb::Iterator> NewIterator() const {
    return std::unique_ptr<rocksdb::Iterator>(
        database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(kEntries)));
  }
  static bool InChain(const rocksdb::Iterator& it, absl::string_view prefix) {
    return it.Valid() && it.key().starts_with(ToSlice(prefix));
  }

  static bool VisitOne(const rocksdb::Iterator& it, absl::string_view prefix, Visit visit) {
    absl::string_view suffix = ToView(it.key()).substr(prefix.size());
    uint64_t number = 0;
    AuditEntry entry;
    const bool readable = ReadUnsigned64(suffix, number) && suffix.empty() &&
                          entry.ParseFromArray(it.value().data(), static_cast<int>(it.value().size()));
    if (!readable) entry.Clear();
    return visit(static_cast<int64_t>(number), entry);
  }

  const std::unique_ptr<Database> database_;
  absl::Mutex writing_;  // Held from the look at what is there to the write.
};

}  // namespace

absl::StatusOr<std::unique_ptr<AuditStore>> OpenRocksAuditStore(const std::string& directory,
                                                                const OpenOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                             Database::Open(directory, {{"entries", {}}, {"unended", {}}, {"keys", {}}}, options));
  return std::make_unique<RocksAuditStore>(std::move(database));
}

}  // namespace clientele::storage
