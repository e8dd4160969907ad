#include "services/inference/privacy/suppressions.h"

#include "common/base/error.h"

namespace clientele::inference {

using ingestion::v1::Erasure;

absl::Status Suppressions::Check(const TenantId& tenant, absl::string_view customer_id) const {
  if (!Contains(tenant, customer_id)) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kCustomerSuppressed,
               "the customer is on the tenant's suppression list and is not scored");
}

bool Suppressions::Find(const TenantId& tenant, absl::string_view customer_id) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto list = lists_.find(tenant);
  return list != lists_.end() && !list->second.customers.empty() &&
         list->second.customers.contains(list->second.key.Of(customer_id));
}

void Suppressions::Apply(const TenantId& tenant, const privacy::DigestKey& key, const privacy::Digest& customer,
                         const Erasure& erasure, bool records_gone) {
  absl::MutexLock lock(&mutex_);
  auto& customers = lists_.try_emplace(tenant, key).first->second.customers;
  switch (erasure.verb()) {
    case ingestion::v1::ERASURE_VERB_SUPPRESS_WITH_DELETE:
    case ingestion::v1::ERASURE_VERB_SUPPRESS_ONLY: customers[customer] = erasure.epoch(); break;
    case ingestion::v1::ERASURE_VERB_DELETE_ONLY: {
      if (!records_gone) customers.try_emplace(customer, erasure.epoch());
      const auto found = customers.find(customer);
      if (records_gone && found != customers.end() && found->second == erasure.epoch()) customers.erase(found);
      break;
    }
    default: customers.erase(customer);
  }
  any_.store(true, std::memory_order_release);
}

}  // namespace clientele::inference
