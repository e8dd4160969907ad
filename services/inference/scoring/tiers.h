// The tiers that scores fall into, by each tenant's rules (ValueSettings.tiers), made ready for scoring.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "clientele/inference/v1/value_service.pb.h"
#include "common/base/ids.h"
#include "common/base/snapshot.h"

namespace clientele::inference {

struct Tier {
  double at_least_percentile = 0;
  std::string name;
};
using Tiers = std::vector<Tier>;  // The first that holds is the score's.

// "" where none holds.
absl::string_view TierOf(const Tiers& tiers, double percentile);

// A tenant's rules. Immutable.
class TierRules {
 public:
  TierRules() = default;
  explicit TierRules(const google::protobuf::RepeatedPtrField<v1::TierRule>& rules);

  // The model's own; those of all models where it has none. `version` is the name of one of its versions.
  const Tiers& ForVersion(absl::string_view version) const;

 private:
  Tiers general_;
  std::map<std::string, Tiers, std::less<>> own_;  // By the model's name.
};

// The rules of all tenants. Thread-safe; who holds a tenant's rules ends on them what it began.
class TierBook {
 public:
  TierBook() : rules_(std::make_shared<const RulesByTenant>()) {}

  // Never null: without rules, nobody has a tier. Cost: a pointer copy under a reader lock and a look-up.
  std::shared_ptr<const TierRules> Get(const TenantId& tenant) const;
  // One writer at a time.
  void Set(const TenantId& tenant, std::shared_ptr<const TierRules> rules);

 private:
  using RulesByTenant = std::map<TenantId, std::shared_ptr<const TierRules>>;
  const std::shared_ptr<const TierRules> none_ = std::make_shared<const TierRules>();
  Snapshot<RulesByTenant> rules_;
};

}  // namespace clientele::inference
