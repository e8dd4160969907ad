#include "services/ingestion/keys/customer_keys.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::ingestion {
namespace {

using privacy::Digest;
using privacy::MasterKeys;

constexpr size_t kMaxCachedTenants = 10'000;
constexpr size_t kCustomersPerStep = 1'000;
constexpr size_t kDestroyedAtOnce = 16;                  // Ingestion waits while they are.
constexpr absl::Duration kFreshness = absl::Seconds(1);  // Of a tenant's keys, where other programs may change them.
constexpr int kAttempts = 3;

}  // namespace

CustomerKeys::CustomerKeys(storage::CustomerKeyStore& store, MasterKeys master, const Clock& clock,
                           HadRecords had_records, const CustomerKeysOptions& options)
    : store_(store),
      clock_(clock),
      had_records_(std::move(had_records)),
      options_(options),
      cache_(options.cached_customers),
      master_(std::move(master)) {}

absl::StatusOr<std::unique_ptr<CustomerKeys>> CustomerKeys::Open(storage::CustomerKeyStore& store, MasterKeys master,
                                                                 const Clock& clock, HadRecords had_records,
                                                                 const CustomerKeysOptions& options) {
  std::unique_ptr<CustomerKeys> keys(new CustomerKeys(store, master, clock, std::move(had_records), options));
  CLIENTELE_RETURN_IF_ERROR(keys->RotateMaster(std::move(master)));
  return keys;
}

absl::StatusOr<std::shared_ptr<const TenantKeys>> CustomerKeys::Find(const TenantId& tenant) {
  absl::MutexLock lock(&tenants_mutex_);
  if (const auto known = tenants_.find(tenant); known != tenants_.end()) {
    if (!store_.IsShared() || clock_.Now() - known->second.read < kFreshness) return known->second.keys;
  }
  const auto stored = store_.GetTenant(tenant);
  if (absl::IsNotFound(stored.status())) return nullptr;
  CLIENTELE_RETURN_IF_ERROR(stored.status());
  CLIENTELE_ASSIGN_OR_RETURN(TenantKeys keys, OpenTenantKeys(tenant, *stored, master_));
  if (tenants_.size() >= kMaxCachedTenants) tenants_.clear();
  auto opened = std::make_shared<const TenantKeys>(std::move(keys));
  tenants_[tenant] = {opened, clock_.Now()};
  return opened;
}

absl::StatusOr<std::shared_ptr<const TenantKeys>> CustomerKeys::Make(const TenantId& tenant) {
  CLIENTELE_ASSIGN_OR_RETURN(std::shared_ptr<const TenantKeys> keys, Find(tenant));
  if (keys != nullptr) return keys;
  CLIENTELE_ASSIGN_OR_RETURN(const bool had_records, had_records_(tenant));
  {
    absl::WriterMutexLock lock(&wrapping_);
    CLIENTELE_RETURN_IF_ERROR(ChangeTenant(tenant, [&](v1::StoredTenantKeys& stored, const MasterKeys& master) {
      if (stored.keys_size() > 0) return absl::OkStatus();  // Another batch was first.
      stored.set_plain_record_digests(had_records);
      return AddTenantKey(tenant, master, clock_.Now(), stored);
    }));
  }
  return Find(tenant);
}

absl::Status CustomerKeys::ChangeTenant(const TenantId& tenant, Change change) {
  const MasterKeys master_keys = master();
  const auto changed =
      store_.ChangeTenant(tenant, [&](v1::StoredTenantKeys& stored) { return change(stored, master_keys); });
  Forget(tenant);
  return changed.status();
}

void CustomerKeys::Forget(const TenantId& tenant) {
  absl::MutexLock lock(&tenants_mutex_);
  tenants_.erase(tenant);
}

MasterKeys CustomerKeys::master() const {
  absl::MutexLock lock(&tenants_mutex_);
  return master_;
}

absl::StatusOr<Keyring> CustomerKeys::Load(const TenantId& tenant, const Digest& customer) {
  // What is read first may be wrapped anew, and the key it was wrapped with gone, before that is looked for: again.
  for (int attempt = 0;; ++attempt) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto stored, store_.Find(tenant, {&customer, 1}));
    if (stored[0].empty()) return Keyring();
    CLIENTELE_ASSIGN_OR_RETURN(const std::shared_ptr<const TenantKeys> keys, Find(tenant));
    Keyring opened;
    absl::Status status = keys == nullptr ? absl::NotFoundError("the tenant has no keys") : absl::OkStatus();
    for (size_t i = 0; status.ok() && i < stored[0].size(); ++i) {
      absl::StatusOr<OpenKey> key = UnwrapCustomerKey(*keys, customer, stored[0][i]);
      status = key.status();
      if (status.ok()) opened.push_back(*std::move(key));
    }
    if (status.ok()) return opened;
    if (!absl::IsNotFound(status)) return status;
    Forget(tenant);
    if (attempt == 2) return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, status.message());
  }
}

absl::StatusOr<std::shared_ptr<const Keyring>> CustomerKeys::FindCustomer(const TenantId& tenant,
                                                                          const Digest& customer) {
  if (auto known = cache_.Find(tenant, customer)) return known;
  const uint64_t epoch = cache_.epoch();
  CLIENTELE_ASSIGN_OR_RETURN(Keyring loaded, Load(tenant, customer));
  auto keys = std::make_shared<const Keyring>(std::move(loaded));
  cache_.Put(tenant, customer, keys, epoch);
  return keys;
}

absl::StatusOr<std::optional<privacy::SecretKey>> CustomerKeys::FindKey(const TenantId& tenant, const Digest& customer,
                                                                        uint64_t id) {
  for (const bool cached : {true, false}) {
    if (!cached) cache_.Forget(tenant, customer);  // It may be older than the key.
    CLIENTELE_ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keys, FindCustomer(tenant, customer));
    for (const OpenKey& key : *keys) {
      if (key.id == id) return key.key;
    }
  }
  return std::nullopt;
}

absl::Status CustomerKeys::Add(const TenantId& tenant, absl::Span<const Drawn> drawn) {
  absl::ReaderMutexLock lock(&wrapping_);
  absl::Status added;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    added = AddOnce(tenant, drawn);
    if (!absl::IsAborted(added)) break;
    Forget(tenant);  // Another program has drawn the tenant a key.
  }
  CLIENTELE_RETURN_IF_ERROR(added);
  const uint64_t epoch = cache_.epoch();
  for (const auto& [customer, key] : drawn) {
    const std::shared_ptr<const Keyring> known = cache_.Find(tenant, customer);
    if (known == nullptr) continue;
    Keyring extended = *known;
    extended.push_back(key);
    cache_.Put(tenant, customer, std::make_shared<const Keyring>(std::move(extended)), epoch);
  }
  return absl::OkStatus();
}

absl::Status CustomerKeys::AddOnce(const TenantId& tenant, absl::Span<const Drawn> drawn) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::shared_ptr<const TenantKeys> keys, Find(tenant));
  std::vector<storage::KeyOfCustomer> wrapped;
  wrapped.reserve(drawn.size());
  for (const auto& [customer, key] : drawn) {
    CLIENTELE_ASSIGN_OR_RETURN(storage::CustomerKey stored, WrapCustomerKey(*keys, customer, key));
    wrapped.emplace_back(customer, std::move(stored));
  }
  return store_.AddWrapped(tenant, keys->newest().id, wrapped);
}

absl::Status CustomerKeys::NoteDestructions() {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t destructions, store_.Destructions());
  absl::MutexLock lock(&tenants_mutex_);
  if (destructions != std::exchange(destructions_, destructions)) cache_.Clear();
  return absl::OkStatus();
}

absl::Status CustomerKeys::CheckThere(const TenantId& tenant, const Use& use, const Hold&) {
  if (UseWatch* const watch = watch_.load(); watch != nullptr && watch->tenant_ == tenant) {
    absl::MutexLock lock(&watch->mutex_);
    for (const auto& [customer, id] : use.keys) watch->customers_.insert(customer);
  }
  if (store_.IsShared()) CLIENTELE_RETURN_IF_ERROR(NoteDestructions());
  if (use.epoch == epoch()) return absl::OkStatus();
  for (const auto& [customer, id] : use.keys) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto key, FindKey(tenant, customer, id));
    if (!key) {
      return Error(
          absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed,
          "a customer's key was destroyed while the batch was under way: nothing of it is stored, send it again");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> CustomerKeys::Count(const TenantId& tenant, absl::string_view customer_id) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::shared_ptr<const TenantKeys> keys, Find(tenant));
  if (keys == nullptr) return 0;
  const Digest customer = keys->customer_digests.Of(customer_id);
  CLIENTELE_ASSIGN_OR_RETURN(const auto stored, store_.Find(tenant, {&customer, 1}));
  return static_cast<int64_t>(stored[0].size());
}

absl::Status CustomerKeys::Destroy(const TenantId& tenant, absl::string_view customer_id) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::shared_ptr<const TenantKeys> keys, Find(tenant));
  if (keys == nullptr) return absl::OkStatus();
  const Digest customer = keys->customer_digests.Of(customer_id);
  {
    absl::WriterMutexLock lock(&destroying_);
    CLIENTELE_RETURN_IF_ERROR(store_.Destroy(tenant, customer).status());
    cache_.Destroy(tenant, customer);
  }
  CLIENTELE_RETURN_IF_ERROR(store_.Purge(tenant));
  return options_.renew_copies();
}

CustomerKeys::UseWatch::UseWatch(CustomerKeys& keys, const TenantId& tenant) : keys_(keys), tenant_(tenant) {
  absl::WriterMutexLock lock(&keys.destroying_);
  keys.watch_ = this;
}

CustomerKeys::UseWatch::~UseWatch() {
  absl::WriterMutexLock lock(&keys_.destroying_);
  keys_.watch_ = nullptr;
}

absl::StatusOr<int64_t> CustomerKeys::DestroyUnused(UseWatch& watch, absl::Span<const Digest> customers) {
  int64_t destroyed = 0;
  for (size_t i = 0; i < customers.size(); i += kDestroyedAtOnce) {
    absl::WriterMutexLock lock(&destroying_);  // Nobody writes meanwhile: a moment.
    absl::MutexLock watching(&watch.mutex_);
    for (const Digest& customer : customers.subspan(i, kDestroyedAtOnce)) {
      if (watch.customers_.contains(customer)) continue;
      CLIENTELE_RETURN_IF_ERROR(store_.Destroy(watch.tenant_, customer).status());
      cache_.Destroy(watch.tenant_, customer);
      ++destroyed;
    }
  }
  CLIENTELE_RETURN_IF_ERROR(store_.Purge(watch.tenant_));
  CLIENTELE_RETURN_IF_ERROR(options_.renew_copies());
  return destroyed;
}

absl::Status CustomerKeys::RotateMaster(MasterKeys master) {
  absl::WriterMutexLock lock(&wrapping_);
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<TenantId> tenants, store_.ListTenants());
  for (const TenantId& tenant : tenants) {
    CLIENTELE_ASSIGN_OR_RETURN(const v1::StoredTenantKeys stored, store_.GetTenant(tenant));
    CLIENTELE_RETURN_IF_ERROR(OpenTenantKeys(tenant, stored, master).status());
  }
  {
    absl::MutexLock all(&tenants_mutex_);
    master_ = master;
  }
  bool changed = false;
  for (const TenantId& tenant : tenants) {
    CLIENTELE_ASSIGN_OR_RETURN(const v1::StoredTenantKeys stored, store_.GetTenant(tenant));
    if (PendingTenantKeys(stored, master) == 0) continue;
    CLIENTELE_RETURN_IF_ERROR(
        store_.ChangeTenant(tenant, [&](v1::StoredTenantKeys& keys) { return RewrapTenantKeys(tenant, master, keys); })
            .status());
    CLIENTELE_RETURN_IF_ERROR(store_.Purge(tenant));
    changed = true;
  }
  return changed ? options_.renew_copies() : absl::OkStatus();
}

absl::Status CustomerKeys::RotateTenant(const TenantId& tenant) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::shared_ptr<const TenantKeys> keys, Find(tenant));
  if (keys == nullptr) return absl::OkStatus();
  absl::WriterMutexLock lock(&wrapping_);
  return ChangeTenant(tenant, [&](v1::StoredTenantKeys& stored, const MasterKeys& master) {
    return AddTenantKey(tenant, master, clock_.Now(), stored);
  });
}

absl::Status CustomerKeys::RotateCustomers(const TenantId& tenant) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::shared_ptr<const TenantKeys> keys, Find(tenant));
  if (keys == nullptr) return absl::OkStatus();
  absl::WriterMutexLock lock(&wrapping_);
  return ChangeTenant(tenant, [](v1::StoredTenantKeys& stored, const MasterKeys&) {
    stored.set_generation(stored.generation() + 1);
    return absl::OkStatus();
  });
}

absl::Status CustomerKeys::RewrapCustomers(const TenantId& tenant, absl::FunctionRef<bool()> stop) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::shared_ptr<const TenantKeys> keys, Find(tenant));
  if (keys == nullptr || keys->keys.size() < 2) return absl::OkStatus();
  std::vector<storage::KeyOfCustomer> wrapped;
  size_t customers = 0;
  absl::Status status;
  const auto flush = [&] {
    if (stop()) return absl::CancelledError("the server is shutting down; keys are wrapped anew when it is back");
    const absl::Status replaced = store_.ReplaceWrapped(tenant, keys->newest().id, wrapped);
    wrapped.clear();
    return replaced;
  };
  // No key is wrapped with an older one of the tenant's any more since the newest was drawn: one pass finds them all.
  CLIENTELE_RETURN_IF_ERROR(
      store_.ForEach(tenant, [&](const Digest& customer, const std::vector<storage::CustomerKey>& stored) {
        for (size_t i = 0; status.ok() && i < stored.size(); ++i) {
          if (!IsPending(*keys, stored[i])) continue;
          const auto open = UnwrapCustomerKey(*keys, customer, stored[i]);
          auto anew = open.ok() ? WrapCustomerKey(*keys, customer, *open) : open.status();
          status = anew.status();
          if (anew.ok()) wrapped.emplace_back(customer, *std::move(anew));
        }
        if (status.ok() && ++customers % kCustomersPerStep == 0) status = flush();
        return status.ok();
      }));
  if (status.ok()) status = flush();
  CLIENTELE_RETURN_IF_ERROR(status);
  {
    absl::WriterMutexLock lock(&wrapping_);
    CLIENTELE_RETURN_IF_ERROR(ChangeTenant(tenant, [&](v1::StoredTenantKeys& now, const MasterKeys&) {
      // Another one may have been drawn meanwhile: then there is another pass.
      if (now.keys(now.keys_size() - 1).id() == keys->newest().id) DropOldTenantKeys(now);
      return absl::OkStatus();
    }));
  }
  CLIENTELE_RETURN_IF_ERROR(store_.Purge(tenant));
  return options_.renew_copies();
}

}  // namespace clientele::ingestion
