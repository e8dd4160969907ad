#include "services/inference/scoring/feature_cache.h"

#include <algorithm>

#include "absl/hash/hash.h"

namespace clientele::inference {

FeatureCache::FeatureCache(FeatureSource& source, absl::Duration freshness, int64_t max_customers, const Clock& clock,
                           observability::Metrics& metrics)
    : source_(source),
      freshness_(freshness),
      max_in_a_shard_(static_cast<size_t>(std::max<int64_t>(max_customers / static_cast<int64_t>(kShards), 1))),
      clock_(clock),
      hits_(metrics.Counter("clientele_inference_feature_cache_total", "Customers' features by whether they were kept.",
                            {{"outcome", "hit"}})),
      misses_(metrics.Counter("clientele_inference_feature_cache_total",
                              "Customers' features by whether they were kept.", {{"outcome", "miss"}})) {}

std::shared_ptr<const FeatureRow> FeatureCache::Find(const TenantId& tenant, absl::string_view customer_id,
                                                     const FeatureNames& features) {
  const Key key{tenant, std::string(customer_id), features};
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  const auto found = shard.index.find(key);
  if (found == shard.index.end()) return nullptr;
  const Entry& entry = *found->second;
  const absl::Duration age = clock_.Now() - entry.read_time;
  if (age < absl::ZeroDuration() || age >= freshness_) return nullptr;  // A clock that went back tells no age.
  shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
  hits_.Increment();
  return entry.row;
}

void FeatureCache::Fetch(const TenantId& tenant, absl::Span<const std::string> customer_ids,
                         const FeatureNames& features, const rpc::Call& call, Done done) {
  FeatureRows rows;
  std::vector<int> missing;
  std::vector<std::string> ids;
  for (const std::string& id : customer_ids) {
    rows.push_back(Find(tenant, id, features));
    if (rows.back() != nullptr) continue;
    missing.push_back(static_cast<int>(rows.size()) - 1);
    ids.push_back(id);
  }
  misses_.Increment(static_cast<double>(missing.size()));
  if (missing.empty()) return done(std::move(rows));
  const absl::Time now = clock_.Now();  // Before it is asked: the answer is at least as new.
  source_.Fetch(tenant, ids, features, call,
                [this, tenant, now, rows = std::move(rows), missing = std::move(missing), ids, features,
                 done = std::move(done)](absl::StatusOr<FeatureRows> fetched) mutable {
                  if (!fetched.ok()) return done(fetched.status());
                  for (size_t k = 0; k < missing.size(); ++k) {
                    const auto& row = (*fetched)[k];
                    if (row != nullptr) Keep({{tenant, ids[k], features}, row, now});
                    rows[missing[k]] = row;
                  }
                  done(std::move(rows));
                });
}

int64_t FeatureCache::Forget(const TenantId& tenant, absl::FunctionRef<bool(absl::string_view)> is_theirs) {
  int64_t forgotten = 0;
  for (Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mutex);
    for (auto it = shard.entries.begin(); it != shard.entries.end();) {
      const auto entry = it++;
      if (entry->key.tenant != tenant || !is_theirs(entry->key.customer_id)) continue;
      shard.index.erase(entry->key);
      shard.entries.erase(entry);
      ++forgotten;
    }
  }
  return forgotten;
}

void FeatureCache::Keep(Entry entry) {
  Shard& shard = ShardOf(entry.key);
  absl::MutexLock lock(&shard.mutex);
  if (const auto found = shard.index.find(entry.key); found != shard.index.end()) {
    shard.entries.erase(found->second);
    shard.index.erase(found);
  }
  shard.entries.push_front(std::move(entry));
  shard.index.emplace(shard.entries.front().key, shard.entries.begin());
  if (shard.entries.size() <= max_in_a_shard_) return;
  shard.index.erase(shard.entries.back().key);
  shard.entries.pop_back();
}

}  // namespace clientele::inference
