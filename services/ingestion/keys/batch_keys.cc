#include "services/ingestion/keys/batch_keys.h"

#include "common/base/status_macros.h"
#include "common/privacy/sealed.h"

namespace clientele::ingestion {

using privacy::Digest;

BatchKeys::BatchKeys(CustomerKeys& keys, const TenantKeys& tenant) : keys_(keys), tenant_(tenant) {
  use_.epoch = keys.epoch();
}

absl::StatusOr<const OpenKey*> BatchKeys::Current(const Digest& customer) {
  if (const auto known = current_.find(customer); known != current_.end()) return &known->second;
  CLIENTELE_ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keys, keys_.FindCustomer(tenant_.tenant, customer));
  const bool has_one = !keys->empty() && keys->back().generation == tenant_.generation;
  absl::StatusOr<OpenKey> key = has_one ? keys->back() : DrawCustomerKey(tenant_);
  CLIENTELE_RETURN_IF_ERROR(key.status());
  if (!has_one) drawn_.emplace_back(customer, *key);
  use_.keys.emplace_back(customer, key->id);
  return &current_.emplace(customer, *std::move(key)).first->second;
}

absl::Status BatchKeys::Seal(const Digest& customer, absl::string_view place, absl::string_view bytes,
                             std::string& sealed) {
  CLIENTELE_ASSIGN_OR_RETURN(const OpenKey* const key, Current(customer));
  const size_t begin = sealed.size();
  CLIENTELE_RETURN_IF_ERROR(privacy::Seal(key->key, key->id, place, bytes, sealed));
  privacy::SealedView view;
  privacy::ReadSealed(absl::string_view(sealed).substr(begin), view);
  if (!privacy::RetiresKey(view, keys_.options().seals_per_key)) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(OpenKey next, DrawCustomerKey(tenant_));
  drawn_.emplace_back(customer, next);
  use_.keys.emplace_back(customer, next.id);
  current_.insert_or_assign(customer, std::move(next));
  return absl::OkStatus();
}

absl::Status BatchKeys::Finish() {
  if (drawn_.empty()) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(keys_.Add(tenant_.tenant, drawn_));
  drawn_.clear();
  return absl::OkStatus();
}

}  // namespace clientele::ingestion
