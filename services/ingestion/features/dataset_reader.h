// A dataset, read from the store in one pass: features of every customer as of an instant, and the label from what came
// after. Shards are read in parallel and come out in order, so the bytes are the same for any number of threads.
#pragma once

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "clientele/ingestion/v1/feature_service.pb.h"
#include "common/base/ids.h"
#include "common/base/stop_token.h"
#include "common/storage/record_store.h"
#include "services/ingestion/features/dataset_spec.h"

namespace clientele::features {

struct ReadOptions {
  int first_shard = 0;
  int shard_count = kShardCount;
  int max_rows_per_chunk = 1'000;
  int threads = 1;
};

// Takes the header, then the chunks, then who was left out, where anybody was, then the purchase series if it is asked
// for; may move the message away. An error ends the read.
using DatasetSink = absl::FunctionRef<absl::Status(ingestion::v1::ReadDatasetResponse&)>;

// Memory: two shards a thread, at most. Errors: those of the store and the sink; CANCELLED, DEADLINE_EXCEEDED;
// INTERNAL, STORAGE_FAILED where a record's bytes are damaged.
absl::Status ReadDataset(const storage::RecordStore& store, const TenantId& tenant, const CompiledSpec& spec,
                         const ReadOptions& options, const StopToken& stop, DatasetSink sink);

}  // namespace clientele::features
