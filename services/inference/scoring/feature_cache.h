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
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/observability/metrics.h"
#include "services/inference/scoring/feature_source.h"

namespace clientele::inference {

// Thread-safe. Cost of a hit: a hash, a comparison of the features' names, a parse of the row.
class FeatureCache final : public FeatureSource {
 public:
  // Keeps at most `max_customers` rows; one serves for `freshness` since it was asked for. `source`, `clock` and
  // `metrics` must outlive it.
  FeatureCache(FeatureSource& source, absl::Duration freshness, int64_t max_customers, const Clock& clock,
               observability::Metrics& metrics);

  // As the source's, with those customers asked for that are not here. The answer's as_of is that of the oldest row.
  // Customers without records are not kept.
  absl::StatusOr<ingestion::v1::BatchGetFeaturesResponse> Fetch(const TenantId& tenant,
                                                                absl::Span<const std::string> customer_ids,
                                                                absl::Span<const std::string> features,
                                                                const rpc::Call& call) override;

 private:
  using Names = std::vector<std::string>;
  using Response = ingestion::v1::BatchGetFeaturesResponse;
  struct Key {
    TenantId tenant;
    std::string customer_id;
    uint64_t features;  // The hash of the names that were asked for.

    friend bool operator==(const Key&, const Key&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.tenant, key.customer_id, key.features);
    }
  };
  struct Entry {
    Key key;
    std::shared_ptr<const Names> asked;     // In this order.
    std::shared_ptr<const Response> frame;  // The response without rows: what the values are, and as of when.
    std::string row;                        // A FeatureVector.
    absl::Time read_time;
  };
  struct Shard {
    absl::Mutex mutex;
    std::list<Entry> entries ABSL_GUARDED_BY(mutex);  // The most recently used first.
    absl::flat_hash_map<Key, std::list<Entry>::iterator> index ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 16;

  // Adds the customer's row to `response`, and makes its as_of no newer than the row's; false where there is none, an
  // old one, or one whose values are not those of the rows so far.
  bool Find(const Key& key, absl::Span<const std::string> features, Response& response);
  void Keep(Entry entry);
  absl::Status FetchMissing(const TenantId& tenant, absl::Span<const std::string> customer_ids,
                            absl::Span<const std::string> features, uint64_t hash, absl::Span<const int> missing,
                            const rpc::Call& call, Response& response);
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
