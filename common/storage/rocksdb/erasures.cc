// RocksRecordStore's erasures: what is written down of them, and the list of suppressed customers. In the family
// `privacy`:
//
//   text(tenant) 'a'                  -> 16 bytes: the key of the tenant's digests; the first of the tenant's keys
//   text(tenant) 's' digest           -> u64(number): the customer is suppressed, by this erasure
//   text(tenant) 'e' u64(number)      -> text(customer id) text(request id) s64(shard) u8(records gone) u64(n)
//   text(source){n}
//                                        Erasure
//   text(tenant) 'q' request id       -> u64(number)
//   0x00 'c' u64(sequence)            -> text(tenant) u64(number): the erasure changed
#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/erasure_rules.h"
#include "common/storage/rocksdb/record_store.h"

namespace clientele::storage {
namespace {

using privacy::Digest;
using privacy::DigestKey;

constexpr char kKeyTag = 'a', kSuppressedTag = 's', kErasureTag = 'e', kRequestTag = 'q';
constexpr absl::string_view kChanges("\0c", 2);

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "what is stored of an erasure is damaged");
}

std::string Key(const TenantId& tenant, char tag, absl::string_view rest = "") {
  return absl::StrCat(TenantPrefix(tenant), absl::string_view(&tag, 1), rest);
}
std::string Number(int64_t number) {
  std::string bytes;
  AppendUnsigned64(static_cast<uint64_t>(number), bytes);
  return bytes;
}
bool ReadNumber(absl::string_view& bytes, int64_t& number) {
  uint64_t bits = 0;
  if (!ReadUnsigned64(bytes, bits)) return false;
  number = static_cast<int64_t>(bits);
  return true;
}
bool ReadString(absl::string_view& bytes, std::string& value) {
  std::string scratch;
  absl::string_view text;
  if (!ReadText(bytes, scratch, text)) return false;
  value.assign(text.data(), text.size());
  return true;
}

std::string Encode(const StoredErasure& stored) {
  std::string bytes;
  AppendText(stored.customer_id, bytes);
  AppendText(stored.request_id, bytes);
  AppendSigned64(stored.shard, bytes);
  AppendByte(stored.records_gone ? 1 : 0, bytes);
  AppendUnsigned64(stored.sources.size(), bytes);
  for (const std::string& source : stored.sources) AppendText(source, bytes);
  return bytes + stored.erasure.SerializeAsString();
}

absl::StatusOr<StoredErasure> Decode(absl::string_view bytes) {
  StoredErasure stored;
  int64_t shard = 0, sources = 0;
  uint8_t gone = 0;
  bool ok = ReadString(bytes, stored.customer_id) && ReadString(bytes, stored.request_id) &&
            ReadSigned64(bytes, shard) && ReadByte(bytes, gone) && ReadNumber(bytes, sources);
  for (int64_t i = 0; ok && i < sources; ++i) ok = ReadString(bytes, stored.sources.emplace_back());
  if (!ok || !stored.erasure.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Damaged();
  stored.shard = static_cast<int>(shard);
  stored.records_gone = gone != 0;
  return stored;
}

// What is kept in memory of one key and value of the family.
absl::Status Load(absl::string_view key, absl::string_view value,
                  absl::flat_hash_map<TenantId, TenantErasures>& tenants) {
  std::string name;
  uint8_t tag = 0;
  if (!ReadString(key, name) || !ReadByte(key, tag)) return Damaged();
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(name));
  if (tag == kKeyTag) {
    const auto digest_key = DigestKey::FromBytes(value);
    if (!digest_key) return Damaged();
    tenants.try_emplace(tenant, *digest_key);
    return absl::OkStatus();
  }
  const auto known = tenants.find(tenant);
  if (known == tenants.end()) return Damaged();
  if (tag == kErasureTag) {
    CLIENTELE_ASSIGN_OR_RETURN(const StoredErasure stored, Decode(value));
    known->second.last = std::max(known->second.last, stored.number());
    if (!stored.records_gone) known->second.unfinished.emplace(stored.number(), DigestOf(stored.erasure));
  } else if (tag == kSuppressedTag) {
    int64_t number = 0;
    const auto customer = Digest::FromBytes(key);
    if (!customer || !ReadNumber(value, number)) return Damaged();
    known->second.suppressed[*customer] = number;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RocksRecordStore::LoadErasures() {
  absl::MutexLock erasing(&erasing_);
  absl::MutexLock gate(&gate_);
  absl::Status status;
  CLIENTELE_RETURN_IF_ERROR(database_->ForEach(
      kPrivacy, "", [&](absl::string_view key, absl::string_view value) ABSL_EXCLUSIVE_LOCKS_REQUIRED(gate_) {
        if (!absl::StartsWith(key, kChanges)) status = Load(key, value, erasures_);
        return status.ok();
      }));
  CLIENTELE_RETURN_IF_ERROR(status);
  for (auto& [tenant, known] : erasures_) {
    bool has_erased_ids = false;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kErasedIds, TenantPrefix(tenant), [&](auto, auto) {
      has_erased_ids = true;
      return false;
    }));
    known.has_erased_ids = known.has_erased_ids || has_erased_ids;
  }
  return database_->ForEach(kPrivacy, kChanges,
                            [&](absl::string_view key, absl::string_view)
                                ABSL_EXCLUSIVE_LOCKS_REQUIRED(erasing_) { return ReadNumber(key, last_change_); });
}

absl::StatusOr<StoredErasure> RocksRecordStore::FindRequested(const TenantId& tenant, const StoredErasure& draft,
                                                              const Digest& customer) const {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string value,
                             database_->Get(kPrivacy, Key(tenant, kRequestTag, draft.request_id)));
  absl::string_view rest = value;
  int64_t number = 0;
  if (!ReadNumber(rest, number)) return Damaged();
  CLIENTELE_ASSIGN_OR_RETURN(StoredErasure known, ReadErasure(tenant, number));
  return CheckRequested(std::move(known), draft, customer);
}

absl::StatusOr<TenantErasures*> RocksRecordStore::ErasuresOf(const TenantId& tenant) {
  if (const auto known = erasures_.find(tenant); known != erasures_.end()) return &known->second;
  const auto key = DigestKey::Draw();
  if (!key) return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "the machine gives no random bytes");
  rocksdb::WriteBatch batch;
  batch.Put(family(kPrivacy), Key(tenant, kKeyTag), key->ToBytes());
  CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
  return &erasures_.try_emplace(tenant, *key).first->second;
}

void RocksRecordStore::PutErasure(const TenantId& tenant, const StoredErasure& stored, bool tell,
                                  rocksdb::WriteBatch& batch) {
  const std::string number = Number(stored.number());
  batch.Put(family(kPrivacy), Key(tenant, kErasureTag, number), Encode(stored));
  if (!tell) return;
  std::string target;
  AppendText(tenant.value(), target);
  batch.Put(family(kPrivacy), absl::StrCat(kChanges, Number(++last_change_)), target + number);
}

absl::StatusOr<StoredErasure> RocksRecordStore::BeginErasure(const TenantId& tenant, const StoredErasure& draft) {
  absl::MutexLock erasing(&erasing_);
  absl::MutexLock gate(&gate_);  // From here on no append is under way.
  CLIENTELE_ASSIGN_OR_RETURN(TenantErasures * known, ErasuresOf(tenant));
  const Digest customer = known->key.Of(draft.customer_id);
  if (!draft.request_id.empty()) {
    auto requested = FindRequested(tenant, draft, customer);
    if (!absl::IsNotFound(requested.status())) return requested;
  }
  const Suppression suppression = SuppressionBy(draft.erasure.verb(), known->suppressed.contains(customer));
  if (suppression == Suppression::kLift && known->IsUnderWay(customer)) return NotFinished();
  const StoredErasure stored = Numbered(tenant, draft, known->last + 1, customer);
  rocksdb::WriteBatch batch;
  PutErasure(tenant, stored, /*tell=*/true, batch);
  const std::string number = Number(stored.number()), suppressed = Key(tenant, kSuppressedTag, customer.ToBytes());
  if (!stored.request_id.empty()) batch.Put(family(kPrivacy), Key(tenant, kRequestTag, stored.request_id), number);
  if (suppression == Suppression::kBegin) batch.Put(family(kPrivacy), suppressed, number);
  if (suppression == Suppression::kLift) batch.Delete(family(kPrivacy), suppressed);
  CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
  known->last = stored.number();
  known->unfinished.emplace(stored.number(), customer);
  if (suppression == Suppression::kBegin) known->suppressed[customer] = stored.number();
  if (suppression == Suppression::kLift) known->suppressed.erase(customer);
  return stored;
}

absl::StatusOr<StoredErasure> RocksRecordStore::ReadErasure(const TenantId& tenant, int64_t number) const {
  const auto bytes = database_->Get(kPrivacy, Key(tenant, kErasureTag, Number(number)));
  if (absl::IsNotFound(bytes.status())) return NoSuchErasure(tenant, number);
  CLIENTELE_RETURN_IF_ERROR(bytes.status());
  return Decode(*bytes);
}

absl::Status RocksRecordStore::ListErasures(const TenantId& tenant, int64_t before,
                                            absl::FunctionRef<bool(const StoredErasure&)> visit) const {
  const std::string first = Key(tenant, kErasureTag);
  const std::string end = before == 0 ? PrefixEnd(first) : first + Number(before);
  const rocksdb::Slice lower = ToSlice(first), upper = ToSlice(end);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &lower;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(database_->db().NewIterator(options, family(kPrivacy)));
  for (it->SeekToLast(); it->Valid(); it->Prev()) {
    CLIENTELE_ASSIGN_OR_RETURN(const StoredErasure stored, Decode(ToView(it->value())));
    if (!visit(stored)) return absl::OkStatus();
  }
  return FromRocks(it->status());
}

std::vector<ErasureNumber> RocksRecordStore::UnfinishedErasures() const {
  absl::ReaderMutexLock gate(&gate_);
  std::vector<ErasureNumber> all;
  for (const auto& [tenant, known] : erasures_) {
    for (const auto& [number, digest] : known.unfinished) all.push_back({tenant, number});
  }
  std::sort(all.begin(), all.end(), [](const ErasureNumber& a, const ErasureNumber& b) {
    return std::tie(a.number, a.tenant) < std::tie(b.number, b.tenant);
  });
  return all;
}

absl::StatusOr<std::vector<ErasureChange>> RocksRecordStore::ReadErasureChanges(int64_t sequence, int most) const {
  std::vector<ErasureChange> changes;
  absl::Status status;
  const std::string first = absl::StrCat(kChanges, Number(sequence + 1)), end = PrefixEnd(kChanges);
  const rocksdb::Slice upper = ToSlice(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(database_->db().NewIterator(options, family(kPrivacy)));
  for (it->Seek(ToSlice(first)); it->Valid() && static_cast<int>(changes.size()) < most; it->Next()) {
    absl::string_view key = ToView(it->key()).substr(kChanges.size()), value = ToView(it->value());
    std::string name;
    int64_t at = 0, number = 0;
    if (!ReadNumber(key, at) || !ReadString(value, name) || !ReadNumber(value, number)) return Damaged();
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(name));
    CLIENTELE_ASSIGN_OR_RETURN(StoredErasure stored, ReadErasure(tenant, number));
    changes.push_back({at, tenant, std::move(stored)});
  }
  CLIENTELE_RETURN_IF_ERROR(FromRocks(it->status()));
  return changes;
}

absl::StatusOr<StoredErasure> RocksRecordStore::UpdateErasure(const TenantId& tenant, int64_t number,
                                                              absl::FunctionRef<void(StoredErasure&)> change) {
  absl::MutexLock erasing(&erasing_);
  CLIENTELE_ASSIGN_OR_RETURN(StoredErasure stored, ReadErasure(tenant, number));
  const bool was_gone = stored.records_gone;
  change(stored);
  const bool ends = stored.records_gone && !was_gone;
  rocksdb::WriteBatch batch;
  PutErasure(tenant, stored, /*tell=*/ends, batch);
  if (!ends) {
    CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
    return stored;
  }
  absl::MutexLock gate(&gate_);
  CLIENTELE_ASSIGN_OR_RETURN(TenantErasures * known, ErasuresOf(tenant));
  const Digest customer = DigestOf(stored.erasure);
  const auto suppressed = known->suppressed.find(customer);
  const bool lifts = stored.erasure.verb() == ingestion::v1::ERASURE_VERB_DELETE_ONLY &&
                     suppressed != known->suppressed.end() && suppressed->second == number;
  if (lifts) batch.Delete(family(kPrivacy), Key(tenant, kSuppressedTag, customer.ToBytes()));
  CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
  if (lifts) known->suppressed.erase(suppressed);
  known->unfinished.erase(number);
  return stored;
}

bool RocksRecordStore::IsSuppressed(const TenantId& tenant, absl::string_view customer_id) const {
  absl::ReaderMutexLock gate(&gate_);
  const auto known = erasures_.find(tenant);
  return known != erasures_.end() && known->second.Suppresses(customer_id);
}

int64_t RocksRecordStore::ErasureEpoch(const TenantId& tenant) const {
  absl::ReaderMutexLock gate(&gate_);
  const auto known = erasures_.find(tenant);
  return known == erasures_.end() ? 0 : known->second.epoch();
}

absl::StatusOr<DigestKey> RocksRecordStore::DigestKeyOf(const TenantId& tenant) const {
  absl::ReaderMutexLock gate(&gate_);
  const auto known = erasures_.find(tenant);
  if (known != erasures_.end()) return known->second.key;
  return absl::NotFoundError("the tenant has had no erasure");
}

}  // namespace clientele::storage
