// What lies in the database, keys in byte order (text and numbers as common/storage/rocksdb/database.h writes them):
//
//   versions:  text(tenant) text(model) u64(number)
//              -> inference.v1.ModelVersion
//   aliases:   text(tenant) text(model) text(alias) u64(revision)
//              -> u8(change) u64(from) u64(to) s64(micros) text(actor) [text(reason) u64(restored revision)]
//   requests:  text(tenant) text(request id)
//              -> text(model) u64(version) text(fingerprint)
//   changes:   text(tenant) u64(sequence)
//              -> text(model) u64(version, 0: none) u8(traffic) then for each alias that moved text(alias) u64(revision)
//   traffic:   text(tenant) text(model)
//              -> u64(revision) then an inference.v1.ModelTraffic
//   sequences: text(tenant)
//              -> u64(last sequence)
#include "common/storage/rocksdb/version_store.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::storage {
namespace {

enum FamilyIndex : size_t { kVersions, kAliases, kRequests, kChanges, kSequences, kTraffic };

std::string VersionKey(const TenantId& tenant, absl::string_view model, int64_t number) {
  std::string key;
  AppendText(tenant.value(), key);
  AppendText(model, key);
  AppendUnsigned64(number, key);
  return key;
}

std::string AliasKey(const TenantId& tenant, absl::string_view model, absl::string_view alias, int64_t revision) {
  std::string key;
  AppendText(tenant.value(), key);
  AppendText(model, key);
  AppendText(alias, key);
  AppendUnsigned64(revision, key);
  return key;
}

std::string RequestKey(const TenantId& tenant, absl::string_view request_id) {
  std::string key;
  AppendText(tenant.value(), key);
  AppendText(request_id, key);
  return key;
}

std::string TenantKey(const TenantId& tenant) {
  std::string key;
  AppendText(tenant.value(), key);
  return key;
}

std::string TrafficKey(const TenantId& tenant, absl::string_view model) {
  std::string key = TenantKey(tenant);
  AppendText(model, key);
  return key;
}

std::string ChangeKey(const TenantId& tenant, int64_t sequence) {
  std::string key = TenantKey(tenant);
  AppendUnsigned64(sequence, key);
  return key;
}

bool ReadString(absl::string_view& bytes, std::string& text) {
  std::string scratch;
  absl::string_view view;
  if (!ReadText(bytes, scratch, view)) return false;
  text = std::string(view);
  return true;
}

bool ReadNumber(absl::string_view& bytes, int64_t& number) {
  uint64_t value = 0;
  if (!ReadUnsigned64(bytes, value)) return false;
  number = static_cast<int64_t>(value);
  return true;
}

std::string EncodeRevision(const AliasRevision& revision) {
  std::string value;
  AppendByte(static_cast<uint8_t>(revision.change), value);
  AppendUnsigned64(revision.from_version, value);
  AppendUnsigned64(revision.to_version, value);
  AppendSigned64(absl::ToUnixMicros(revision.time), value);
  AppendText(revision.actor, value);
  AppendText(revision.reason, value);
  AppendUnsigned64(revision.restored_revision, value);
  return value;
}

bool DecodeRevision(absl::string_view value, AliasRevision& revision) {
  uint8_t change = 0;
  int64_t micros = 0;
  if (!ReadByte(value, change) || change < 1 || change > 3 || !ReadNumber(value, revision.from_version) ||
      !ReadNumber(value, revision.to_version) || !ReadSigned64(value, micros) || !ReadString(value, revision.actor)) {
    return false;
  }
  revision.change = static_cast<AliasChange>(change);
  revision.time = absl::FromUnixMicros(micros);
  if (value.empty()) return true;  // Written before reasons were kept.
  return ReadString(value, revision.reason) && ReadNumber(value, revision.restored_revision) && value.empty();
}

std::string EncodeRequest(const PublishRequest& request) {
  std::string value;
  AppendText(request.model, value);
  AppendUnsigned64(request.version, value);
  AppendText(request.fingerprint, value);
  return value;
}

std::string EncodeChange(const ModelChange& change) {
  std::string value;
  AppendText(change.model, value);
  AppendUnsigned64(change.version.has_value() ? change.version->number : 0, value);
  AppendByte(change.traffic.has_value() ? 1 : 0, value);
  for (const AliasRevision& revision : change.revisions) {
    AppendText(revision.alias, value);
    AppendUnsigned64(revision.revision, value);
  }
  return value;
}

bool DecodeChange(absl::string_view value, PastChange& change) {
  uint8_t traffic = 0;
  if (!ReadString(value, change.model) || !ReadNumber(value, change.version) || !ReadByte(value, traffic)) return false;
  change.traffic = traffic == 1;
  while (!value.empty()) {
    PastChange::Move& move = change.moves.emplace_back();
    if (!ReadString(value, move.alias) || !ReadNumber(value, move.revision)) return false;
  }
  return true;
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

absl::StatusOr<std::unique_ptr<RocksVersionStore>> RocksVersionStore::Open(const std::string& directory) {
  std::vector<Family> families;
  for (const char* name : {"versions", "aliases", "requests", "changes", "sequences", "traffic"}) families.push_back({name, {}});
  CLIENTELE_ASSIGN_OR_RETURN(auto database, Database::Open(directory + "/metadata", std::move(families)));
  CLIENTELE_ASSIGN_OR_RETURN(auto files, ArtifactFiles::Open(directory + "/artifacts"));
  std::unique_ptr<RocksVersionStore> store(new RocksVersionStore(std::move(database), std::move(files)));
  std::set<ArtifactFiles::Name> wanted;
  CLIENTELE_RETURN_IF_ERROR(
      store->ForEachVersion([&](const TenantId& tenant, const std::string&, StoredVersion version) {
        wanted.emplace(tenant.value(), version.metadata.sha256());
      }));
  store->files_->RemoveAllBut(wanted);
  return store;
}

absl::StatusOr<std::unique_ptr<StagedArtifact>> RocksVersionStore::StageArtifact(const TenantId&) {
  return files_->Stage();
}

absl::Status RocksVersionStore::CheckVersion(const TenantId& tenant, const std::string& model,
                                             const StoredVersion& version) const {
  const auto stored = database_->Get(kVersions, VersionKey(tenant, model, version.number));
  if (absl::IsNotFound(stored.status())) return absl::OkStatus();
  if (!stored.ok()) return stored.status();
  inference::v1::ModelVersion metadata;
  if (!metadata.ParseFromString(*stored)) return Damaged("version");
  if (metadata.sha256() != version.metadata.sha256()) return LostRace(absl::StrCat("version ", version.number));
  return absl::OkStatus();
}

absl::Status RocksVersionStore::CheckTraffic(const TenantId& tenant, const std::string& model,
                                             const StoredTraffic& traffic) const {
  const auto stored = database_->Get(kTraffic, TrafficKey(tenant, model));
  if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
  int64_t last = 0;
  absl::string_view value = stored.ok() ? absl::string_view(*stored) : absl::string_view();
  if (stored.ok() && !ReadNumber(value, last)) return Damaged("traffic");
  return traffic.revision == last + 1 ? absl::OkStatus() : LostRace("the model's traffic");
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

absl::Status RocksVersionStore::Commit(const TenantId& tenant, const ModelChange& change,
                                       std::unique_ptr<StagedArtifact> artifact) {
  absl::MutexLock lock(&commit_mutex_);
  CLIENTELE_RETURN_IF_ERROR(CheckSequence(tenant, change.sequence));
  rocksdb::WriteBatch batch;
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
    CLIENTELE_RETURN_IF_ERROR(CheckTraffic(tenant, change.model, *change.traffic));
    std::string value;
    AppendUnsigned64(change.traffic->revision, value);
    value += change.traffic->bytes;
    batch.Put(database_->family(kTraffic), TrafficKey(tenant, change.model), value);
  }
  if (change.request.has_value()) {
    batch.Put(database_->family(kRequests), RequestKey(tenant, change.request->request_id),
              EncodeRequest(*change.request));
  }
  // The file first: were the write to fail after it, it would be nobody's, and the next Open removes it.
  if (artifact != nullptr && change.version.has_value()) {
    CLIENTELE_RETURN_IF_ERROR(files_->Keep(*artifact, tenant, change.version->metadata.sha256()));
  }
  return database_->Write(batch);
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
  absl::string_view value = stored;
  if (!ReadString(value, request.model) || !ReadNumber(value, request.version) ||
      !ReadString(value, request.fingerprint)) {
    return Damaged("request id");
  }
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

absl::Status RocksVersionStore::ForEachTraffic(
    absl::FunctionRef<void(const TenantId&, const std::string&, StoredTraffic)> visit) const {
  absl::Status result = absl::OkStatus();
  const auto read = [&](absl::string_view key, absl::string_view value) {
    std::string tenant_id, model;
    StoredTraffic traffic;
    const bool readable = ReadString(key, tenant_id) && ReadString(key, model) && ReadNumber(value, traffic.revision);
    const auto tenant = TenantId::Parse(tenant_id);
    if (!readable || !tenant.ok()) {
      result = Damaged("traffic");
      return false;
    }
    traffic.bytes = std::string(value);
    visit(*tenant, model, std::move(traffic));
    return true;
  };
  CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kTraffic, "", read));
  return result;
}

absl::Status RocksVersionStore::ForEachSequence(absl::FunctionRef<void(const TenantId&, int64_t)> visit) const {
  absl::Status result = absl::OkStatus();
  const auto read = [&](absl::string_view key, absl::string_view value) {
    std::string tenant_id;
    int64_t last = 0;
    const bool readable = ReadString(key, tenant_id) && ReadNumber(value, last);
    const auto tenant = TenantId::Parse(tenant_id);
    if (!readable || !tenant.ok()) {
      result = Damaged("sequence number");
      return false;
    }
    visit(*tenant, last);
    return true;
  };
  CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kSequences, "", read));
  return result;
}

absl::Status RocksVersionStore::ForEachVersion(
    absl::FunctionRef<void(const TenantId&, const std::string&, StoredVersion)> visit) const {
  absl::Status result = absl::OkStatus();
  const auto read = [&](absl::string_view key, absl::string_view value) {
    std::string tenant_id, model;
    StoredVersion version;
    if (!ReadString(key, tenant_id) || !ReadString(key, model) || !ReadNumber(key, version.number) ||
        !version.metadata.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      result = Damaged("version");
      return false;
    }
    const auto tenant = TenantId::Parse(tenant_id);
    if (!tenant.ok()) {
      result = Damaged("tenant id");
      return false;
    }
    visit(*tenant, model, std::move(version));
    return true;
  };
  CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kVersions, "", read));
  return result;
}

absl::Status RocksVersionStore::ForEachAliasRevision(
    absl::FunctionRef<void(const TenantId&, const std::string&, AliasRevision)> visit) const {
  absl::Status result = absl::OkStatus();
  const auto read = [&](absl::string_view key, absl::string_view value) {
    std::string tenant_id, model;
    AliasRevision revision;
    if (!ReadString(key, tenant_id) || !ReadString(key, model) || !ReadString(key, revision.alias) ||
        !ReadNumber(key, revision.revision) || !DecodeRevision(value, revision)) {
      result = Damaged("alias revision");
      return false;
    }
    const auto tenant = TenantId::Parse(tenant_id);
    if (!tenant.ok()) {
      result = Damaged("tenant id");
      return false;
    }
    visit(*tenant, model, std::move(revision));
    return true;
  };
  CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kAliases, "", read));
  return result;
}

}  // namespace clientele::storage
