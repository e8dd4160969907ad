#include "common/storage/rocksdb/consent_store.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/privacy/opt_outs.h"
#include "common/storage/consent_rules.h"
#include "common/storage/rocksdb/consent_records.h"
#include "common/storage/rocksdb/consent_writer.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

using ingestion::v1::ScoringConsent;
using ingestion::v1::ScoringConsentChange;
using privacy::Digest;
using privacy::DigestKey;

class RocksConsentStore final : public ConsentStore {
 public:
  explicit RocksConsentStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  absl::Status Load() ABSL_LOCKS_EXCLUDED(writing_, keys_mutex_);

  absl::StatusOr<std::vector<SetConsent>> SetConsents(const TenantId& tenant,
                                                      absl::Span<const NewConsent> consents) override;
  absl::StatusOr<std::vector<ScoringConsent>> ReadConsents(const TenantId& tenant,
                                                           absl::string_view customer_id) const override;
  absl::StatusOr<std::vector<ScoringConsentChange>> ReadConsentJournal(const TenantId& tenant,
                                                                       absl::string_view customer_id, int64_t before,
                                                                       int most) const override;
  absl::StatusOr<std::vector<ConsentStanding>> ReadConsentChanges(int64_t sequence, int most) const override;
  absl::StatusOr<ErasedConsents> CountErasableConsents(const TenantId& tenant,
                                                       absl::string_view customer_id) const override;
  absl::StatusOr<ErasedConsents> EraseConsents(const TenantId& tenant, int64_t erasure,
                                               absl::string_view customer_id) override;
  bool HasOptedOut(const TenantId& tenant, absl::string_view customer_id, absl::string_view purpose) const override {
    return opt_outs_.Contains(tenant, customer_id, [&] { return std::string(purpose); });
  }
  absl::StatusOr<DigestKey> ConsentKeyOf(const TenantId& tenant) const override ABSL_LOCKS_EXCLUDED(keys_mutex_) {
    absl::ReaderMutexLock lock(&keys_mutex_);
    const auto known = keys_.find(tenant);
    if (known != keys_.end()) return known->second;
    return absl::NotFoundError("no customer of the tenant has said anything");
  }

 private:
  absl::Status LoadOne(absl::string_view key, absl::string_view value) ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_);
  // Draws the tenant's key where there is none, as part of `batch`.
  absl::StatusOr<DigestKey> KeyFor(const TenantId& tenant, rocksdb::WriteBatch& batch) const;
  void KeepKey(const TenantId& tenant, const DigestKey& key) ABSL_LOCKS_EXCLUDED(keys_mutex_) {
    absl::MutexLock lock(&keys_mutex_);
    keys_.try_emplace(tenant, key);
  }
  absl::StatusOr<std::vector<Standing>> ReadStanding(const TenantId& tenant, const Digest& customer) const;
  // Newest first; false stops.
  absl::Status ForEachEntry(const TenantId& tenant, const Digest& customer,
                            absl::FunctionRef<bool(const std::string& key, ConsentEntry entry)> visit) const;
  absl::StatusOr<ErasedConsents> TakeAway(const TenantId& tenant, const Digest& customer, const std::string& erased_key)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_);

  const std::unique_ptr<Database> database_;
  absl::Mutex writing_;  // Held from the look at what stands to the write.
  int64_t last_sequence_ ABSL_GUARDED_BY(writing_) = 0;
  mutable absl::Mutex keys_mutex_;
  absl::flat_hash_map<TenantId, DigestKey> keys_ ABSL_GUARDED_BY(keys_mutex_);
  privacy::OptOuts opt_outs_;
};

absl::Status RocksConsentStore::Load() {
  absl::MutexLock lock(&writing_);
  absl::Status status;
  CLIENTELE_RETURN_IF_ERROR(database_->ForEach(
      kConsentFamily, "", [&](absl::string_view key, absl::string_view value) ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_) {
        status = LoadOne(key, value);
        return status.ok();
      }));
  return status;
}

// A tenant's key comes before all else of the tenant.
absl::Status RocksConsentStore::LoadOne(absl::string_view key, absl::string_view value) {
  if (key == kLastConsentSequence)
    return ReadConsentNumber(value, last_sequence_) ? absl::OkStatus() : DamagedConsent();
  if (absl::StartsWith(key, kConsentChanges)) return absl::OkStatus();
  std::string scratch;
  absl::string_view name;
  uint8_t tag = 0;
  if (!ReadText(key, scratch, name) || !ReadByte(key, tag)) return DamagedConsent();
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(name));
  if (tag == kConsentKeyTag) {
    const auto digest_key = DigestKey::FromBytes(value);
    if (!digest_key) return DamagedConsent();
    KeepKey(tenant, *digest_key);
    return absl::OkStatus();
  }
  Digest customer;
  if (!ReadDigest(key, customer)) return DamagedConsent();
  CLIENTELE_ASSIGN_OR_RETURN(const DigestKey digest_key, ConsentKeyOf(tenant));
  CLIENTELE_ASSIGN_OR_RETURN(const Standing standing, DecodeStanding(value));
  opt_outs_.Set(tenant, digest_key, customer, standing.consent.purpose(), standing.opted_out());
  return absl::OkStatus();
}

absl::StatusOr<DigestKey> RocksConsentStore::KeyFor(const TenantId& tenant, rocksdb::WriteBatch& batch) const {
  const auto known = ConsentKeyOf(tenant);
  if (known.ok()) return *known;
  const auto key = DigestKey::Draw();
  if (!key) return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "the machine gives no random bytes");
  batch.Put(database_->family(kConsentFamily), ConsentKey(tenant, kConsentKeyTag), key->ToBytes());
  return *key;
}

absl::StatusOr<std::vector<SetConsent>> RocksConsentStore::SetConsents(const TenantId& tenant,
                                                                       absl::Span<const NewConsent> consents) {
  absl::MutexLock lock(&writing_);
  rocksdb::WriteBatch batch;
  CLIENTELE_ASSIGN_OR_RETURN(const DigestKey key, KeyFor(tenant, batch));
  ConsentWriter writer(*database_, tenant, key, last_sequence_, batch);
  std::vector<SetConsent> results;
  results.reserve(consents.size());
  for (const NewConsent& said : consents) {
    CLIENTELE_ASSIGN_OR_RETURN(SetConsent result, writer.Set(said));
    results.push_back(std::move(result));
  }
  if (writer.changed().empty()) return results;
  CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
  last_sequence_ = writer.sequence();
  KeepKey(tenant, key);
  for (const auto& [rest, standing] : writer.changed()) {
    absl::string_view bytes = rest;
    Digest customer;
    if (ReadDigest(bytes, customer)) {
      opt_outs_.Set(tenant, key, customer, standing.consent.purpose(), standing.opted_out());
    }
  }
  return results;
}

absl::StatusOr<std::vector<Standing>> RocksConsentStore::ReadStanding(const TenantId& tenant,
                                                                      const Digest& customer) const {
  std::vector<Standing> all;
  absl::Status status;
  CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kConsentFamily, ConsentKey(tenant, kStandingTag, customer.ToBytes()),
                                               [&](absl::string_view, absl::string_view value) {
                                                 auto standing = DecodeStanding(value);
                                                 status = standing.status();
                                                 if (status.ok()) all.push_back(*std::move(standing));
                                                 return status.ok();
                                               }));
  CLIENTELE_RETURN_IF_ERROR(status);
  return all;
}

absl::StatusOr<std::vector<ScoringConsent>> RocksConsentStore::ReadConsents(const TenantId& tenant,
                                                                            absl::string_view customer_id) const {
  std::vector<ScoringConsent> consents;
  const auto key = ConsentKeyOf(tenant);
  if (!key.ok()) return consents;
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<Standing> all, ReadStanding(tenant, key->Of(customer_id)));
  for (Standing& standing : all) consents.push_back(std::move(standing.consent));
  return consents;
}

absl::Status RocksConsentStore::ForEachEntry(const TenantId& tenant, const Digest& customer,
                                             absl::FunctionRef<bool(const std::string&, ConsentEntry)> visit) const {
  const std::string prefix = ConsentKey(tenant, kEntryTag, customer.ToBytes());
  absl::Status status;
  CLIENTELE_RETURN_IF_ERROR(
      database_->ForEach(kConsentJournalFamily, prefix, [&](absl::string_view suffix, absl::string_view value) {
        auto entry = DecodeConsentEntry(value);
        status = entry.status();
        return status.ok() && visit(absl::StrCat(prefix, suffix), *std::move(entry));
      }));
  return status;
}

absl::StatusOr<std::vector<ScoringConsentChange>> RocksConsentStore::ReadConsentJournal(const TenantId& tenant,
                                                                                        absl::string_view customer_id,
                                                                                        int64_t before,
                                                                                        int most) const {
  std::vector<ScoringConsentChange> changes;
  const auto key = ConsentKeyOf(tenant);
  if (!key.ok()) return changes;
  CLIENTELE_RETURN_IF_ERROR(ForEachEntry(tenant, key->Of(customer_id), [&](const std::string&, ConsentEntry entry) {
    if (static_cast<int>(changes.size()) >= most) return false;
    if (before == 0 || entry.change.sequence() < before) changes.push_back(std::move(entry.change));
    return true;
  }));
  return changes;
}

absl::StatusOr<std::vector<ConsentStanding>> RocksConsentStore::ReadConsentChanges(int64_t sequence, int most) const {
  const std::string first = absl::StrCat(kConsentChanges, NumberKey(sequence + 1)), end = PrefixEnd(kConsentChanges);
  const rocksdb::Slice upper = ToSlice(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(database_->db().NewIterator(options, database_->family(kConsentFamily)));
  std::vector<ConsentStanding> changes;
  for (it->Seek(ToSlice(first)); it->Valid() && static_cast<int>(changes.size()) < most; it->Next()) {
    absl::string_view key = ToView(it->key()).substr(kConsentChanges.size()), value = ToView(it->value()), name;
    std::string scratch;
    int64_t at = 0;
    Digest customer;
    if (!ReadConsentNumber(key, at) || !ReadText(value, scratch, name) || !ReadDigest(value, customer)) {
      return DamagedConsent();
    }
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(name));
    const auto stored =
        database_->Get(kConsentFamily, ConsentKey(tenant, kStandingTag, customer.ToBytes() + TextKey(value)));
    if (absl::IsNotFound(stored.status())) continue;  // It went since the iterator was made.
    CLIENTELE_RETURN_IF_ERROR(stored.status());
    CLIENTELE_ASSIGN_OR_RETURN(const Standing standing, DecodeStanding(*stored));
    changes.push_back({at, tenant, customer, std::string(value), standing.consent.state()});
  }
  CLIENTELE_RETURN_IF_ERROR(FromRocks(it->status()));
  return changes;
}

absl::StatusOr<ErasedConsents> RocksConsentStore::CountErasableConsents(const TenantId& tenant,
                                                                        absl::string_view customer_id) const {
  ErasedConsents counts;
  const auto key = ConsentKeyOf(tenant);
  if (!key.ok()) return counts;
  const Digest customer = key->Of(customer_id);
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<Standing> all, ReadStanding(tenant, customer));
  for (const Standing& standing : all) counts.consents += standing.opted_out() ? 0 : 1;
  CLIENTELE_RETURN_IF_ERROR(
      ForEachEntry(tenant, customer, [&](const std::string&, const ConsentEntry&) { return ++counts.changes > 0; }));
  return counts;
}

absl::StatusOr<ErasedConsents> RocksConsentStore::TakeAway(const TenantId& tenant, const Digest& customer,
                                                           const std::string& erased_key) {
  rocksdb::ColumnFamilyHandle* const consents = database_->family(kConsentFamily);
  rocksdb::ColumnFamilyHandle* const journal = database_->family(kConsentJournalFamily);
  ErasedConsents counts;
  rocksdb::WriteBatch batch;
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<Standing> all, ReadStanding(tenant, customer));
  for (Standing& standing : all) {
    const std::string key = ConsentKey(tenant, kStandingTag, customer.ToBytes() + TextKey(standing.consent.purpose()));
    if (standing.opted_out()) {
      StripObjection(standing.consent);
      batch.Put(consents, key, Encode(standing));
    } else {
      batch.Delete(consents, key);
      batch.Delete(consents, absl::StrCat(kConsentChanges, NumberKey(standing.sequence)));
      ++counts.consents;
    }
  }
  CLIENTELE_RETURN_IF_ERROR(ForEachEntry(tenant, customer, [&](const std::string& key, const ConsentEntry& entry) {
    batch.Delete(journal, key);
    const std::string request = ConsentKey(tenant, kConsentRequestTag, TextKey(entry.request_id));
    if (!entry.request_id.empty()) batch.Delete(journal, request);
    return ++counts.changes > 0;
  }));
  batch.Put(journal, erased_key, Encode(counts));
  CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
  return counts;
}

absl::StatusOr<ErasedConsents> RocksConsentStore::EraseConsents(const TenantId& tenant, int64_t erasure,
                                                                absl::string_view customer_id) {
  absl::MutexLock lock(&writing_);
  const auto key = ConsentKeyOf(tenant);
  if (!key.ok()) return ErasedConsents();
  const std::string erased_key = ConsentKey(tenant, kErasedConsentsTag, NumberKey(erasure));
  const auto erased = database_->Get(kConsentJournalFamily, erased_key);
  if (!erased.ok() && !absl::IsNotFound(erased.status())) return erased.status();
  CLIENTELE_ASSIGN_OR_RETURN(const ErasedConsents counts, erased.ok()
                                                              ? DecodeErasedConsents(*erased)
                                                              : TakeAway(tenant, key->Of(customer_id), erased_key));
  if (counts.changes == 0) return counts;
  CLIENTELE_RETURN_IF_ERROR(database_->Flush());
  CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kConsentFamily, TextKey(tenant.value())));
  CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kConsentJournalFamily, TextKey(tenant.value())));
  return counts;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ConsentStore>> OpenRocksConsentStore(const std::string& directory,
                                                                    const OpenOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                             Database::Open(directory, {{"consents", {}}, {"journal", {}}}, options));
  auto store = std::make_unique<RocksConsentStore>(std::move(database));
  CLIENTELE_RETURN_IF_ERROR(store->Load());
  return store;
}

}  // namespace clientele::storage
