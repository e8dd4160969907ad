// Customers' features for as long as they are fresh enough, so that a page that asks again does not make ingestion
// compute again.
//
// How old they may be is the owner's choice: until then a record that has just come in does not show in a score. Least
// recently used customers make room. Rows are kept serialised, which takes a fifth of the memory.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/observability/metrics.h"
#include "services/inference/scoring/feature_source.h"

namespace clientele::inference {

// Thread-safe. Cost of a hit: a hash, and a comparison of the features.
class FeatureCache final : public FeatureSource {
 public:
  // Keeps at most `max_customers` rows; one serves for `freshness` since it was asked for. `source`, `clock` and
  // `metrics` must outlive it.
  FeatureCache(FeatureSource& source, absl::Duration freshness, int64_t max_customers, const Clock& clock,
               observability::Metrics& metrics);

  std::shared_ptr<const FeatureRow> Find(const TenantId& tenant, absl::string_view customer_id,
                                         const FeatureNames& features) override;
  // As the source's, with those customers asked for that are not here. Customers without records are not kept.
  void Fetch(const TenantId& tenant, absl::Span<const std::string> customer_ids, const FeatureNames& features,
             const rpc::Call& call, Done done) override;

  // Drops the rows of those customers of the tenant for whom `is_theirs` holds; how many there were.
  int64_t Forget(const TenantId& tenant, absl::FunctionRef<bool(absl::string_view customer_id)> is_theirs);

 private:
  struct Key {
    TenantId tenant;
    std::string customer_id;
    FeatureNames features;  // That were asked for.

    friend bool operator==(const Key&, const Key&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.tenant, key.customer_id, key.features);
    }
  };
  struct Entry {
    Key key;
    std::shared_ptr<const FeatureRow> row;
    absl::Time read_time;
  };
  struct Shard {
    absl::Mutex mutex;
    std::list<Entry> entries ABSL_GUARDED_BY(mutex);  // The most recently used first.
    absl::flat_hash_map<Key, std::list<Entry>::iterator> index ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 16;

  void Keep(Entry entry);
  Shard& ShardOf(const Key& key) { return shards_[absl::Hash<Key>()(key) % kShards]; }

  FeatureSource& source_;
  const absl::Duration freshness_;
  const size_t max_in_a_shard_;
  const Clock& clock_;
  prometheus::Counter& hits_;
  prometheus::Counter& misses_;
  std::array<Shard, kShards> shards_;
};

}  // namespace clientele::inference
