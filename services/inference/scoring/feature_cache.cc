#include "services/inference/scoring/feature_cache.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::inference {
namespace {

using google::protobuf::Timestamp;
using ingestion::v1::BatchGetFeaturesResponse;

bool Earlier(const Timestamp& a, const Timestamp& b) {
  return std::pair(a.seconds(), a.nanos()) < std::pair(b.seconds(), b.nanos());
}

bool SameColumns(const BatchGetFeaturesResponse& a, const BatchGetFeaturesResponse& b) {
  return std::equal(a.features().begin(), a.features().end(), b.features().begin(), b.features().end());
}

}  // namespace

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

absl::StatusOr<BatchGetFeaturesResponse> FeatureCache::Fetch(const TenantId& tenant,
                                                             absl::Span<const std::string> customer_ids,
                                                             absl::Span<const std::string> features,
                                                             const rpc::Call& call) {
  const uint64_t hash = absl::Hash<absl::Span<const std::string>>()(features);
  Response response;
  std::vector<int> missing;
  for (int i = 0; i < static_cast<int>(customer_ids.size()); ++i) {
    if (Find({tenant, customer_ids[i], hash}, features, response)) continue;
    response.add_rows();
    missing.push_back(i);
  }
  hits_.Increment(static_cast<double>(customer_ids.size() - missing.size()));
  misses_.Increment(static_cast<double>(missing.size()));
  if (!missing.empty()) {
    CLIENTELE_RETURN_IF_ERROR(FetchMissing(tenant, customer_ids, features, hash, missing, call, response));
  }
  return response;
}

bool FeatureCache::Find(const Key& key, absl::Span<const std::string> features, Response& response) {
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  const auto found = shard.index.find(key);
  if (found == shard.index.end()) return false;
  const Entry& entry = *found->second;
  const absl::Duration age = clock_.Now() - entry.read_time;
  if (age < absl::ZeroDuration() || age >= freshness_) return false;  // A clock that went back tells no age.
  if (!std::equal(features.begin(), features.end(), entry.asked->begin(), entry.asked->end())) return false;
  if (response.features().empty()) {
    *response.mutable_features() = entry.frame->features();
    *response.mutable_as_of() = entry.frame->as_of();
  }
  if (!SameColumns(response, *entry.frame)) return false;
  if (Earlier(entry.frame->as_of(), response.as_of())) *response.mutable_as_of() = entry.frame->as_of();
  response.add_rows()->ParseFromString(entry.row);
  shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
  return true;
}

absl::Status FeatureCache::FetchMissing(const TenantId& tenant, absl::Span<const std::string> customer_ids,
                                        absl::Span<const std::string> features, uint64_t hash,
                                        absl::Span<const int> missing, const rpc::Call& call, Response& response) {
  std::vector<std::string> ids;
  for (const int i : missing) ids.push_back(customer_ids[i]);
  const absl::Time now = clock_.Now();  // Before it is asked: the answer is at least as new.
  CLIENTELE_ASSIGN_OR_RETURN(Response fetched, source_.Fetch(tenant, ids, features, call));
  if (fetched.rows_size() != static_cast<int>(missing.size())) {
    return Error(absl::StatusCode::kInternal, ErrorReason::kInternal,
                 "ingestion answers with other rows than were asked for");
  }
  if (!response.features().empty() && !SameColumns(response, fetched)) {
    // Ingestion has changed how it answers since the kept rows: then all are asked for.
    CLIENTELE_ASSIGN_OR_RETURN(response, source_.Fetch(tenant, customer_ids, features, call));
    return absl::OkStatus();
  }
  auto frame = std::make_shared<Response>();
  *frame->mutable_features() = fetched.features();
  *frame->mutable_as_of() = fetched.as_of();
  const auto asked = std::make_shared<const Names>(features.begin(), features.end());
  if (response.features().empty() || Earlier(fetched.as_of(), response.as_of()))
    *response.mutable_as_of() = fetched.as_of();
  *response.mutable_features() = fetched.features();
  for (size_t k = 0; k < missing.size(); ++k) {
    auto& row = *fetched.mutable_rows(static_cast<int>(k));
    if (row.found()) Keep({{tenant, ids[k], hash}, asked, frame, row.SerializeAsString(), now});
    *response.mutable_rows(missing[k]) = std::move(row);
  }
  return absl::OkStatus();
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
