// Fetches of single customers that come at the same time, joined into one call: for ingestion a call costs more than a
// customer in it does.
//
// Of each tenant and list of features, some fetches are under way, and those that come meanwhile wait for the first of
// them to end; they then go together, each customer once. So nobody waits for a clock, and the busier it is the more go
// at once.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "services/inference/scoring/feature_source.h"

namespace clientele::inference {

// Thread-safe. Must outlive the fetches that are under way.
class JoinedFetches final : public FeatureSource {
 public:
  // Of each tenant and list of features at most `at_once` calls of single customers are under way. At most `most` such
  // fetches are open, under way or waiting, in all; RESOURCE_EXHAUSTED with a RetryInfo for one more. `source` outlives
  // it.
  JoinedFetches(FeatureSource& source, int at_once, int most) : source_(source), at_once_(at_once), most_(most) {}

  // A call of several customers goes by itself. One that joined others may end later than its own deadline: with the
  // latest of theirs. An error that can be of one of them makes each go by itself.
  void Fetch(const TenantId& tenant, absl::Span<const std::string> customer_ids, const FeatureNames& features,
             const rpc::Call& call, Done done) override;

 private:
  struct Waiting {
    std::string customer_id;
    const rpc::Call& call;
    Done done;
  };
  struct Key {
    TenantId tenant;
    FeatureNames features;

    friend bool operator==(const Key&, const Key&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.tenant, key.features);
    }
  };
  struct Line {
    int under_way = 0;
    std::deque<Waiting> waiting;
  };
  struct Batch;

  void Send(const Key& key, std::vector<Waiting> members);
  void SendNext(const Key& key);
  void HandOut(const Batch& batch, const absl::StatusOr<FeatureRows>& rows);

  FeatureSource& source_;
  const int at_once_;
  const int most_;
  absl::Mutex mutex_;
  absl::flat_hash_map<Key, Line> lines_ ABSL_GUARDED_BY(mutex_);  // Those with a call under way.
  int open_ ABSL_GUARDED_BY(mutex_) = 0;                          // In all lines.
};

}  // namespace clientele::inference
