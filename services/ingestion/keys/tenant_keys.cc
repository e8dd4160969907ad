#include "services/ingestion/keys/tenant_keys.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/privacy/sealed.h"

namespace clientele::ingestion {
namespace {

using privacy::DigestKey;
using privacy::PlaceOf;
using privacy::SealedView;
using privacy::SecretKey;

constexpr size_t kDigestKeyBytes = 16;

absl::Status Damaged(absl::string_view what) {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, absl::StrCat(what, " is damaged"));
}
absl::Status NothingDrawn() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "the machine gives no random bytes");
}

std::string PlaceOfTenantKey(const TenantId& tenant, uint64_t id) {
  return PlaceOf({"tenant key", tenant.value(), privacy::FormatKeyId(id)});
}
std::string PlaceOfDigestKeys(const TenantId& tenant) { return PlaceOf({"digest keys", tenant.value()}); }
std::string PlaceOfCustomerKey(const TenantId& tenant, const privacy::Digest& customer, uint64_t id) {
  return PlaceOf({"customer key", tenant.value(), customer.ToBytes(), privacy::FormatKeyId(id)});
}

absl::StatusOr<SecretKey> OpenTenantKey(const TenantId& tenant, const v1::StoredTenantKeys::Key& stored,
                                        const privacy::MasterKeys& master) {
  SealedView view;
  if (!privacy::ReadSealed(stored.wrapped(), view)) return Damaged("a tenant's key");
  const SecretKey* const wrapping = master.Find(view.key_id);
  if (wrapping == nullptr) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kInternal,
                 absl::StrCat("the keys of tenant ", tenant.value(), " are wrapped with the master key ",
                              privacy::FormatKeyId(view.key_id),
                              ", which is not among those that are given: put it back in, below the newest"));
  }
  const auto bytes = privacy::Open(*wrapping, PlaceOfTenantKey(tenant, stored.id()), view);
  const auto key = bytes ? SecretKey::FromBytes(*bytes) : std::nullopt;
  if (!key) return Damaged("a tenant's key");
  return *key;
}

absl::Status WrapTenantKey(const TenantId& tenant, const privacy::MasterKeys& master, const SecretKey& key,
                           v1::StoredTenantKeys::Key& stored) {
  stored.clear_wrapped();
  return privacy::Seal(master.newest().key, master.newest().id, PlaceOfTenantKey(tenant, stored.id()), key.bytes(),
                       *stored.mutable_wrapped());
}

}  // namespace

const SecretKey* TenantKeys::Find(uint64_t id) const {
  for (const TenantKey& key : keys) {
    if (key.id == id) return &key.key;
  }
  return nullptr;
}

absl::StatusOr<TenantKeys> OpenTenantKeys(const TenantId& tenant, const v1::StoredTenantKeys& stored,
                                          const privacy::MasterKeys& master) {
  std::vector<TenantKey> keys;
  for (const v1::StoredTenantKeys::Key& key : stored.keys()) {
    CLIENTELE_ASSIGN_OR_RETURN(SecretKey opened, OpenTenantKey(tenant, key, master));
    keys.push_back({key.id(), opened});
  }
  SealedView view;
  if (keys.empty() || !privacy::ReadSealed(stored.digest_keys(), view))
    return Damaged("what is kept of a tenant's keys");
  const auto bytes = privacy::Open(keys.back().key, PlaceOfDigestKeys(tenant), view);
  if (!bytes || bytes->size() != 2 * kDigestKeyBytes) return Damaged("what is kept of a tenant's keys");
  const absl::string_view both = *bytes;
  return TenantKeys{tenant,
                    std::move(keys),
                    *DigestKey::FromBytes(both.substr(0, kDigestKeyBytes)),
                    *DigestKey::FromBytes(both.substr(kDigestKeyBytes)),
                    stored.plain_record_digests(),
                    stored.generation()};
}

absl::Status AddTenantKey(const TenantId& tenant, const privacy::MasterKeys& master, absl::Time now,
                          v1::StoredTenantKeys& stored) {
  std::string digest_keys;
  if (stored.keys().empty()) {
    const auto customers = DigestKey::Draw(), records = DigestKey::Draw();
    if (!customers || !records) return NothingDrawn();
    digest_keys = customers->ToBytes() + records->ToBytes();
  } else {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantKeys keys, OpenTenantKeys(tenant, stored, master));
    digest_keys = keys.customer_digests.ToBytes() + keys.record_digests.ToBytes();
  }
  const auto key = SecretKey::Draw();
  const auto id = privacy::DrawKeyId();
  if (!key || !id) return NothingDrawn();
  v1::StoredTenantKeys::Key& added = *stored.add_keys();
  added.set_id(*id);
  *added.mutable_create_time() = ToProto(now);
  CLIENTELE_RETURN_IF_ERROR(WrapTenantKey(tenant, master, *key, added));
  stored.clear_digest_keys();
  return privacy::Seal(*key, *id, PlaceOfDigestKeys(tenant), digest_keys, *stored.mutable_digest_keys());
}

void DropOldTenantKeys(v1::StoredTenantKeys& stored) {
  stored.mutable_keys()->DeleteSubrange(0, stored.keys_size() - 1);
}

int64_t PendingTenantKeys(const v1::StoredTenantKeys& stored, const privacy::MasterKeys& master) {
  int64_t pending = 0;
  for (const v1::StoredTenantKeys::Key& key : stored.keys()) {
    SealedView view;
    pending += privacy::ReadSealed(key.wrapped(), view) && view.key_id == master.newest().id ? 0 : 1;
  }
  return pending;
}

absl::Status RewrapTenantKeys(const TenantId& tenant, const privacy::MasterKeys& master, v1::StoredTenantKeys& stored) {
  for (v1::StoredTenantKeys::Key& key : *stored.mutable_keys()) {
    CLIENTELE_ASSIGN_OR_RETURN(const SecretKey opened, OpenTenantKey(tenant, key, master));
    CLIENTELE_RETURN_IF_ERROR(WrapTenantKey(tenant, master, opened, key));
  }
  return absl::OkStatus();
}

absl::StatusOr<OpenKey> DrawCustomerKey(const TenantKeys& tenant) {
  const auto key = SecretKey::Draw();
  const auto id = privacy::DrawKeyId();
  if (!key || !id) return NothingDrawn();
  return OpenKey{*id, tenant.generation, *key};
}

absl::StatusOr<storage::CustomerKey> WrapCustomerKey(const TenantKeys& tenant, const privacy::Digest& customer,
                                                     const OpenKey& key) {
  storage::CustomerKey wrapped{key.id, key.generation, {}};
  CLIENTELE_RETURN_IF_ERROR(privacy::Seal(tenant.newest().key, tenant.newest().id,
                                          PlaceOfCustomerKey(tenant.tenant, customer, key.id), key.key.bytes(),
                                          wrapped.wrapped));
  return wrapped;
}

absl::StatusOr<OpenKey> UnwrapCustomerKey(const TenantKeys& tenant, const privacy::Digest& customer,
                                          const storage::CustomerKey& key) {
  SealedView view;
  if (!privacy::ReadSealed(key.wrapped, view)) return Damaged("a customer's key");
  const SecretKey* const wrapping = tenant.Find(view.key_id);
  if (wrapping == nullptr) return absl::NotFoundError("the tenant has not the key that a customer's is wrapped with");
  const auto bytes = privacy::Open(*wrapping, PlaceOfCustomerKey(tenant.tenant, customer, key.id), view);
  const auto opened = bytes ? SecretKey::FromBytes(*bytes) : std::nullopt;
  if (!opened) return Damaged("a customer's key");
  return OpenKey{key.id, key.generation, *opened};
}

bool IsPending(const TenantKeys& tenant, const storage::CustomerKey& key) {
  SealedView view;
  return !privacy::ReadSealed(key.wrapped, view) || view.key_id != tenant.newest().id;
}

}  // namespace clientele::ingestion
