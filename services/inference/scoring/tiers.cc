#include "services/inference/scoring/tiers.h"

#include <utility>

namespace clientele::inference {

absl::string_view TierOf(const Tiers& tiers, double percentile) {
  for (const Tier& tier : tiers) {
    if (percentile >= tier.at_least_percentile) return tier.name;
  }
  return "";
}

TierRules::TierRules(const google::protobuf::RepeatedPtrField<v1::TierRule>& rules) {
  for (const v1::TierRule& rule : rules) {
    Tiers& tiers = rule.model().empty() ? general_ : own_[rule.model()];
    tiers.push_back({rule.at_least_percentile(), rule.tier()});
  }
}

const Tiers& TierRules::ForVersion(absl::string_view version) const {
  if (own_.empty()) return general_;
  const auto found = own_.find(version.substr(0, version.find("/versions/")));
  return found == own_.end() ? general_ : found->second;
}

std::shared_ptr<const TierRules> TierBook::Get(const TenantId& tenant) const {
  const auto rules = rules_.Get();
  const auto found = rules->find(tenant);
  return found == rules->end() ? none_ : found->second;
}

void TierBook::Set(const TenantId& tenant, std::shared_ptr<const TierRules> rules) {
  auto changed = std::make_shared<RulesByTenant>(*rules_.Get());
  (*changed)[tenant] = std::move(rules);
  rules_.Set(std::move(changed));
}

}  // namespace clientele::inference
