#include "common/privacy/opt_outs.h"

#include <algorithm>

namespace clientele::privacy {
namespace {

bool Has(const std::vector<std::string>& purposes, absl::string_view purpose) {
  return std::find(purposes.begin(), purposes.end(), purpose) != purposes.end();
}

}  // namespace

bool OptOuts::Find(const TenantId& tenant, absl::string_view customer_id,
                   absl::FunctionRef<std::string()> purpose) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto list = lists_.find(tenant);
  if (list == lists_.end() || list->second.customers.empty()) return false;
  const auto customer = list->second.customers.find(list->second.key.Of(customer_id));
  if (customer == list->second.customers.end()) return false;
  return Has(customer->second, kAllPurposes) || Has(customer->second, purpose());
}

void OptOuts::Set(const TenantId& tenant, const DigestKey& key, const Digest& customer, absl::string_view purpose,
                  bool opted_out) {
  absl::MutexLock lock(&mutex_);
  auto& customers = lists_.try_emplace(tenant, key).first->second.customers;
  if (opted_out) {
    std::vector<std::string>& purposes = customers[customer];
    if (!Has(purposes, purpose)) purposes.emplace_back(purpose);
    any_.store(true, std::memory_order_release);
    return;
  }
  const auto found = customers.find(customer);
  if (found == customers.end()) return;
  std::vector<std::string>& purposes = found->second;
  purposes.erase(std::remove(purposes.begin(), purposes.end(), purpose), purposes.end());
  if (purposes.empty()) customers.erase(found);
}

}  // namespace clientele::privacy
