#include "services/training/forget_ids.h"

#include <utility>

#include "common/base/free_memory.h"
#include "common/base/status_macros.h"
#include "common/dataset/digest.h"
#include "services/training/split.h"

namespace clientele::training {

absl::Status ForgetIds(const model::v1::Split& split, int threads, dataset::Dataset& dataset) {
  CLIENTELE_ASSIGN_OR_RETURN(dataset::RowSelection training, TrainingRows(dataset, split));
  dataset::IdTraces traces{.digests = {}, .split = split.SerializeAsString(), .training = std::move(training.shards)};
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (int s = 0; s < kShardCount; ++s) traces.digests[s] = dataset::DigestOfShard(dataset, dataset.shards[s]);
  for (dataset::Shard& shard : dataset.shards) const dataset::TextList gone = std::move(shard.customer_ids);
  dataset.id_traces = std::move(traces);
  ReleaseFreeMemory();
  return absl::OkStatus();
}

}  // namespace clientele::training
