// What lies in the database, keys in byte order (text and numbers as common/storage/rocksdb/database.h writes them):
//
//   versions:  text(tenant) text(model) u64(number)
//              -> inference.v1.ModelVersion
//   aliases:   text(tenant) text(model) text(alias) u64(revision)
//              -> u8(change) u64(from) u64(to) s64(micros) text(actor) [text(reason) u64(restored revision)]
//   requests:  text(tenant) text(request id)
//              -> text(model) u64(version) text(fingerprint)
//   changes:   text(tenant) u64(sequence)
//              -> text(model) u64(version, 0: none) u8(see ChangeFlag) then for each alias that moved
//                 text(alias) u64(revision)
//   traffic:   text(tenant) text(model)
//              -> u64(revision) then an inference.v1.ModelTraffic
//   settings:  text(tenant) text(model)
//              -> u64(revision) then an inference.v1.Model
//   sequences: text(tenant)
//              -> u64(last sequence)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "common/base/ids.h"
#include "common/storage/version_store.h"

namespace clientele::storage {

// In the order in which the families are opened.
enum VersionFamily : size_t { kVersions, kAliases, kRequests, kChanges, kSequences, kTraffic, kSettings };
inline constexpr const char* kVersionFamilies[] = {"versions",  "aliases", "requests", "changes",
                                                   "sequences", "traffic", "settings"};

std::string VersionKey(const TenantId& tenant, absl::string_view model, int64_t number);
std::string AliasKey(const TenantId& tenant, absl::string_view model, absl::string_view alias, int64_t revision);
std::string RequestKey(const TenantId& tenant, absl::string_view request_id);
std::string TenantKey(const TenantId& tenant);
std::string ModelKey(const TenantId& tenant, absl::string_view model);  // Of its traffic and its settings.
std::string ChangeKey(const TenantId& tenant, int64_t sequence);

// Take a part off the front; false where it is damaged.
bool ReadString(absl::string_view& bytes, std::string& text);
bool ReadNumber(absl::string_view& bytes, int64_t& number);

// Values. Decode: false where it is damaged; what the key tells is left as it is.
std::string EncodeRevision(const AliasRevision& revision);
bool DecodeRevision(absl::string_view value, AliasRevision& revision);
std::string EncodeRequest(const PublishRequest& request);
bool DecodeRequest(absl::string_view value, PublishRequest& request);
std::string EncodeChange(const ModelChange& change);
std::string EncodeChange(const PastChange& change);
bool DecodeChange(absl::string_view value, PastChange& change);
std::string EncodeDocument(const StoredDocument& document);
bool DecodeDocument(absl::string_view value, StoredDocument& document);

inline bool IsDeleted(const StoredVersion& version) {
  return version.metadata.state() == inference::v1::ModelVersion::STATE_DELETED;
}

}  // namespace clientele::storage
