// The rows of one shard as they are read, before they are cut into chunks. Categories have codes of this shard, which
// the chunk writer turns into those of the stream.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"
#include "common/base/stop_token.h"
#include "common/storage/record_store.h"
#include "services/ingestion/features/dataset_spec.h"
#include "services/ingestion/features/evaluator.h"
#include "services/ingestion/features/interner.h"
#include "services/ingestion/features/purchase_series.h"

namespace clientele::features {

// n rows, p number columns, c category columns, m auxiliary labels.
struct ShardRows {
  int shard = 0;
  std::vector<std::string> customer_ids;  // n
  std::vector<float> numbers;             // [n x p]
  std::vector<uint32_t> categories;       // [n x c]; 0 where missing, else 1 + id in `dictionaries`.
  std::vector<Interner> dictionaries;     // c
  std::vector<double> labels;             // n, or none.
  std::vector<double> auxiliary_labels;   // [n x m]; NaN where there is none.
  PurchaseDays purchases;                 // Of the rows, where a purchase series is asked for.
  int64_t opted_out_rows = 0;             // Customers who would be rows and have opted out.
};

// `evaluator` is of the spec's plan and instant; its own state is of no matter. Errors as ReadDataset.
absl::StatusOr<ShardRows> ReadShardRows(const storage::RecordStore& store, const TenantId& tenant, int shard,
                                        const CompiledSpec& spec, Evaluator& evaluator, const StopToken& stop);

}  // namespace clientele::features
