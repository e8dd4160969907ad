#include "common/storage/rocksdb/version_records.h"

#include "absl/strings/str_cat.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

enum ChangeFlag : uint8_t { kTrafficChanged = 1, kSettingsChanged = 2, kVersionDeleted = 4 };

}  // namespace

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

std::string ModelKey(const TenantId& tenant, absl::string_view model) {
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
  PastChange past;
  past.model = change.model;
  past.version = change.version.has_value() ? change.version->number : 0;
  past.deleted = change.version.has_value() && IsDeleted(*change.version);
  past.traffic = change.traffic.has_value();
  past.settings = change.settings.has_value();
  for (const AliasRevision& revision : change.revisions) past.moves.push_back({revision.alias, revision.revision});
  return EncodeChange(past);
}

std::string EncodeChange(const PastChange& change) {
  std::string value;
  AppendText(change.model, value);
  AppendUnsigned64(change.version, value);
  uint8_t flags = 0;
  if (change.traffic) flags |= kTrafficChanged;
  if (change.settings) flags |= kSettingsChanged;
  if (change.deleted) flags |= kVersionDeleted;
  AppendByte(flags, value);
  for (const PastChange::Move& move : change.moves) {
    AppendText(move.alias, value);
    AppendUnsigned64(move.revision, value);
  }
  return value;
}

bool DecodeChange(absl::string_view value, PastChange& change) {
  uint8_t flags = 0;
  if (!ReadString(value, change.model) || !ReadNumber(value, change.version) || !ReadByte(value, flags)) return false;
  change.traffic = (flags & kTrafficChanged) != 0;
  change.settings = (flags & kSettingsChanged) != 0;
  change.deleted = (flags & kVersionDeleted) != 0;
  while (!value.empty()) {
    PastChange::Move& move = change.moves.emplace_back();
    if (!ReadString(value, move.alias) || !ReadNumber(value, move.revision)) return false;
  }
  return true;
}

std::string EncodeDocument(const StoredDocument& document) {
  std::string value;
  AppendUnsigned64(document.revision, value);
  return value + document.bytes;
}

bool DecodeDocument(absl::string_view value, StoredDocument& document) {
  if (!ReadNumber(value, document.revision)) return false;
  document.bytes = std::string(value);
  return true;
}

bool DecodeRequest(absl::string_view value, PublishRequest& request) {
  return ReadString(value, request.model) && ReadNumber(value, request.version) &&
         ReadString(value, request.fingerprint);
}

}  // namespace clientele::storage
