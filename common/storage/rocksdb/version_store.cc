#include "common/storage/rocksdb/version_store.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/version_records.h"
#include "rocksdb/cache.h"
#include "rocksdb/table.h"

namespace clientele::storage {
namespace {

// Changes are few and small, and hardly read again: large buffers would only let memory grow with all that was ever
// written.
constexpr size_t kWriteBufferBytes = 64 << 10;
constexpr size_t kCacheBytes = 256 << 10;

std::vector<Family> Families() {
  rocksdb::BlockBasedTableOptions tables;
  tables.block_cache = rocksdb::NewLRUCache(kCacheBytes);
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = kWriteBufferBytes;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(tables));
  std::vector<Family> families;
  for (const char* name : kVersionFamilies) families.push_back({name, options});
  return families;
}

absl::Status Damaged(absl::string_view what) {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed,
               absl::StrCat("a stored ", what, " is damaged"));
}

absl::Status LostRace(absl::string_view what) {
  return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
               absl::StrCat(what, " was written by somebody else meanwhile; try again"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksVersionStore>> RocksVersionStore::Open(const std::string& directory,
                                                                            const OpenOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(auto database, Database::Open(directory + "/metadata", Families(), options));
  CLIENTELE_ASSIGN_OR_RETURN(auto files, ArtifactFiles::Open(directory + "/artifacts"));
  std::unique_ptr<RocksVersionStore> store(new RocksVersionStore(std::move(database), std::move(files)));
  CLIENTELE_RETURN_IF_ERROR(store->FindOwners());
  return store;
}

absl::Status RocksVersionStore::FindOwners() {
  absl::MutexLock lock(&commit_mutex_);
  CLIENTELE_RETURN_IF_ERROR(
      ForEachVersion([&](const TenantId& tenant, const std::string& model, StoredVersion version) {
        commit_mutex_.AssertHeld();
        if (IsDeleted(version)) return;
        owners_[{tenant.value(), version.metadata.sha256()}].insert(VersionKey(tenant, model, version.number));
      }));
  std::set<ArtifactFiles::Name> wanted;
  for (const auto& [name, owners] : owners_) wanted.insert(name);
  files_->RemoveAllBut(wanted);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<StagedArtifact>> RocksVersionStore::StageArtifact(const TenantId&) {
  return files_->Stage();
}

absl::StatusOr<StoredVersion> RocksVersionStore::ReadVersion(const TenantId& tenant, const std::string& model,
                                                             int64_t number) const {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string stored, database_->Get(kVersions, VersionKey(tenant, model, number)));
  StoredVersion version;
  version.number = number;
  if (!version.metadata.ParseFromString(stored)) return Damaged("version");
  return version;
}

absl::Status RocksVersionStore::CheckVersion(const TenantId& tenant, const std::string& model,
                                             const StoredVersion& version) const {
  const auto stored = ReadVersion(tenant, model, version.number);
  if (absl::IsNotFound(stored.status())) return absl::OkStatus();
  if (!stored.ok()) return stored.status();
  const bool revived = IsDeleted(*stored) && !IsDeleted(version);
  const bool is_same = stored->metadata.sha256() == version.metadata.sha256();
  return is_same && !revived ? absl::OkStatus() : LostRace(absl::StrCat("version ", version.number));
}

absl::Status RocksVersionStore::PutDocument(size_t family, const TenantId& tenant, const std::string& model,
                                            const StoredDocument& document, rocksdb::WriteBatch& batch) const {
  const std::string key = ModelKey(tenant, model);
  const auto stored = database_->Get(family, key);
  if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
  StoredDocument last;
  if (stored.ok() && !DecodeDocument(*stored, last)) return Damaged(kVersionFamilies[family]);
  if (document.revision != last.revision + 1) return LostRace(absl::StrCat("the model's ", kVersionFamilies[family]));
  batch.Put(database_->family(family), key, EncodeDocument(document));
  return absl::OkStatus();
}

absl::Status RocksVersionStore::CheckSequence(const TenantId& tenant, int64_t sequence) const {
  const auto stored = database_->Get(kSequences, TenantKey(tenant));
  if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
  int64_t last = 0;
  absl::string_view value = stored.ok() ? absl::string_view(*stored) : absl::string_view();
  if (stored.ok() && !ReadNumber(value, last)) return Damaged("sequence number");
  return sequence == last + 1 ? absl::OkStatus() : LostRace("a change of the tenant's models");
}

absl::Status RocksVersionStore::CheckRevision(const TenantId& tenant, const std::string& model,
                                              const AliasRevision& revision) const {
  const auto exists = [&](int64_t number) {
    return database_->Get(kAliases, AliasKey(tenant, model, revision.alias, number)).status();
  };
  const absl::Status at = exists(revision.revision);
  if (at.ok()) return LostRace(absl::StrCat("alias \"", revision.alias, "\""));
  if (!absl::IsNotFound(at)) return at;
  if (revision.revision == 1) return absl::OkStatus();
  const absl::Status before = exists(revision.revision - 1);
  return absl::IsNotFound(before) ? LostRace(absl::StrCat("alias \"", revision.alias, "\"")) : before;
}

absl::Status RocksVersionStore::Collect(const TenantId& tenant, const ModelChange& change,
                                        rocksdb::WriteBatch& batch) const {
  CLIENTELE_RETURN_IF_ERROR(CheckSequence(tenant, change.sequence));
  batch.Put(database_->family(kChanges), ChangeKey(tenant, change.sequence), EncodeChange(change));
  std::string last;
  AppendUnsigned64(change.sequence, last);
  batch.Put(database_->family(kSequences), TenantKey(tenant), last);
  if (change.version.has_value()) {
    CLIENTELE_RETURN_IF_ERROR(CheckVersion(tenant, change.model, *change.version));
    batch.Put(database_->family(kVersions), VersionKey(tenant, change.model, change.version->number),
              change.version->metadata.SerializeAsString());
  }
  for (const AliasRevision& revision : change.revisions) {
    CLIENTELE_RETURN_IF_ERROR(CheckRevision(tenant, change.model, revision));
    batch.Put(database_->family(kAliases), AliasKey(tenant, change.model, revision.alias, revision.revision),
              EncodeRevision(revision));
  }
  if (change.traffic.has_value()) {
    CLIENTELE_RETURN_IF_ERROR(PutDocument(kTraffic, tenant, change.model, *change.traffic, batch));
  }
  if (change.settings.has_value()) {
    CLIENTELE_RETURN_IF_ERROR(PutDocument(kSettings, tenant, change.model, *change.settings, batch));
  }
  if (change.request.has_value()) {
    batch.Put(database_->family(kRequests), RequestKey(tenant, change.request->request_id),
              EncodeRequest(*change.request));
  }
  return absl::OkStatus();
}

absl::Status RocksVersionStore::Commit(const TenantId& tenant, const ModelChange& change,
                                       std::unique_ptr<StagedArtifact> artifact) {
  absl::MutexLock lock(&commit_mutex_);
  rocksdb::WriteBatch batch;
  CLIENTELE_RETURN_IF_ERROR(Collect(tenant, change, batch));
  if (!change.version.has_value()) return database_->Write(batch);
  const ArtifactFiles::Name name{tenant.value(), change.version->metadata.sha256()};
  // The file first: the database's write alone decides, and a file that it does not name is nobody's. After a failed
  // write the file stays: only the next Open can tell whether the write got through.
  if (artifact != nullptr) CLIENTELE_RETURN_IF_ERROR(files_->Keep(*artifact, tenant, name.second));
  CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
  const std::string key = VersionKey(tenant, change.model, change.version->number);
  if (!IsDeleted(*change.version)) {
    owners_[name].insert(key);
    return absl::OkStatus();
  }
  const auto owners = owners_.find(name);
  if (owners == owners_.end()) return absl::OkStatus();
  owners->second.erase(key);
  if (!owners->second.empty()) return absl::OkStatus();
  owners_.erase(owners);
  files_->Remove(name);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ArtifactBytes>> RocksVersionStore::ReadArtifact(const TenantId& tenant,
                                                                               absl::string_view sha256) const {
  return files_->Read(tenant, sha256);
}

absl::StatusOr<PublishRequest> RocksVersionStore::FindRequest(const TenantId& tenant,
                                                              absl::string_view request_id) const {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string stored, database_->Get(kRequests, RequestKey(tenant, request_id)));
  PublishRequest request;
  request.request_id = std::string(request_id);
  if (!DecodeRequest(stored, request)) return Damaged("request id");
  return request;
}

absl::StatusOr<std::vector<AliasRevision>> RocksVersionStore::ReadAliasJournal(const TenantId& tenant,
                                                                               const std::string& model,
                                                                               const std::string& alias) const {
  std::string prefix;
  AppendText(tenant.value(), prefix);
  AppendText(model, prefix);
  AppendText(alias, prefix);
  std::vector<AliasRevision> journal;
  absl::Status result = absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kAliases, prefix, [&](absl::string_view key, absl::string_view value) {
    AliasRevision& revision = journal.emplace_back();
    revision.alias = alias;
    if (ReadNumber(key, revision.revision) && DecodeRevision(value, revision)) return true;
    result = Damaged("alias revision");
    return false;
  }));
  if (!result.ok()) return result;
  return journal;
}

absl::StatusOr<std::vector<PastChange>> RocksVersionStore::ReadChanges(const TenantId& tenant, int64_t after,
                                                                       int most) const {
  std::vector<PastChange> changes;
  for (int64_t sequence = after + 1; static_cast<int>(changes.size()) < most; ++sequence) {
    const auto stored = database_->Get(kChanges, ChangeKey(tenant, sequence));
    if (absl::IsNotFound(stored.status())) break;
    if (!stored.ok()) return stored.status();
    PastChange& change = changes.emplace_back();
    change.sequence = sequence;
    if (!DecodeChange(*stored, change)) return Damaged("change");
  }
  return changes;
}

absl::Status RocksVersionStore::ForEachRecord(
    size_t family,
    absl::FunctionRef<bool(const TenantId&, absl::string_view key, absl::string_view value)> read) const {
  absl::Status result = absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(database_->ForEach(family, "", [&](absl::string_view key, absl::string_view value) {
    std::string id;
    if (ReadString(key, id)) {
      const auto tenant = TenantId::Parse(id);
      if (tenant.ok() && read(*tenant, key, value)) return true;
    }
    result = Damaged(absl::StrCat("record of ", kVersionFamilies[family]));
    return false;
  }));
  return result;
}

absl::Status RocksVersionStore::ForEachDocument(size_t family, VisitDocument visit) const {
  return ForEachRecord(family, [&](const TenantId& tenant, absl::string_view key, absl::string_view value) {
    std::string model;
    StoredDocument document;
    if (!ReadString(key, model) || !DecodeDocument(value, document)) return false;
    visit(tenant, model, std::move(document));
    return true;
  });
}

absl::Status RocksVersionStore::ForEachSequence(absl::FunctionRef<void(const TenantId&, int64_t)> visit) const {
  return ForEachRecord(kSequences, [&](const TenantId& tenant, absl::string_view, absl::string_view value) {
    int64_t last = 0;
    if (!ReadNumber(value, last)) return false;
    visit(tenant, last);
    return true;
  });
}

absl::Status RocksVersionStore::ForEachVersion(
    absl::FunctionRef<void(const TenantId&, const std::string&, StoredVersion)> visit) const {
  return ForEachRecord(kVersions, [&](const TenantId& tenant, absl::string_view key, absl::string_view value) {
    std::string model;
    StoredVersion version;
    if (!ReadString(key, model) || !ReadNumber(key, version.number) ||
        !version.metadata.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      return false;
    }
    visit(tenant, model, std::move(version));
    return true;
  });
}

absl::Status RocksVersionStore::ForEachAliasRevision(
    absl::FunctionRef<void(const TenantId&, const std::string&, AliasRevision)> visit) const {
  return ForEachRecord(kAliases, [&](const TenantId& tenant, absl::string_view key, absl::string_view value) {
    std::string model;
    AliasRevision revision;
    if (!ReadString(key, model) || !ReadString(key, revision.alias) || !ReadNumber(key, revision.revision) ||
        !DecodeRevision(value, revision)) {
      return false;
    }
    visit(tenant, model, std::move(revision));
    return true;
  });
}

}  // namespace clientele::storage
