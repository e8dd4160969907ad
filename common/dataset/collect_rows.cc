#include "common/dataset/collect_rows.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clientele/common/v1/dataset.pb.h"
#include "common/base/status_macros.h"

namespace clientele::dataset {
namespace {

using common::v1::DatasetChunk;

DatasetChunk ChunkOf(const Shard& shard) {
  DatasetChunk chunk;
  for (const absl::string_view id : shard.customer_ids) chunk.add_customer_ids(id.data(), id.size());
  *chunk.mutable_numbers() = {shard.numbers.begin(), shard.numbers.end()};
  *chunk.mutable_categories() = {shard.categories.begin(), shard.categories.end()};
  *chunk.mutable_labels() = {shard.labels.begin(), shard.labels.end()};
  *chunk.mutable_auxiliary_labels() = {shard.auxiliary_labels.begin(), shard.auxiliary_labels.end()};
  return chunk;
}

absl::Status TakeShard(const std::string& bytes, const Dataset& whole, Shard& shard) {
  DatasetChunk chunk;
  const bool parsed = chunk.ParseFromString(bytes);
  const int64_t rows = chunk.customer_ids_size();
  const bool fits = parsed && chunk.numbers_size() == rows * whole.number_columns &&
                    chunk.categories_size() == rows * whole.category_columns &&
                    chunk.labels_size() == (whole.header.has_label() ? rows : 0) &&
                    chunk.auxiliary_labels_size() == rows * whole.header.auxiliary_labels();
  if (!fits) return absl::InternalError("a part of a dataset does not fit the others");
  shard.rows = rows;
  for (const std::string& id : chunk.customer_ids()) shard.customer_ids.push_back(id);
  shard.customer_ids.ShrinkToFit();
  shard.numbers.assign(chunk.numbers().begin(), chunk.numbers().end());
  shard.categories.assign(chunk.categories().begin(), chunk.categories().end());
  shard.labels.assign(chunk.labels().begin(), chunk.labels().end());
  shard.auxiliary_labels.assign(chunk.auxiliary_labels().begin(), chunk.auxiliary_labels().end());
  return absl::OkStatus();
}

}  // namespace

// One shard at a time is there twice.
absl::StatusOr<Dataset> CollectRows(const Dataset& part, Parts& parts) {
  if (part.id_traces.has_value()) return absl::InternalError("rows without ids cannot be collected");
  Dataset whole;
  if (parts.rank() == 0) whole = part;
  for (int rank = 1; rank < parts.size(); ++rank) {
    const int last = FirstShard(rank + 1, parts.size());
    for (int s = FirstShard(rank, parts.size()); s < last; ++s) {
      const std::string mine = rank == parts.rank() ? ChunkOf(part.shards[s]).SerializeAsString() : "";
      CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> all, parts.Gather(0, mine));
      if (parts.rank() == 0) CLIENTELE_RETURN_IF_ERROR(TakeShard(all[rank], whole, whole.shards[s]));
    }
  }
  return whole;
}

}  // namespace clientele::dataset
