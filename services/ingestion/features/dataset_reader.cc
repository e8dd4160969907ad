#include "services/ingestion/features/dataset_reader.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "common/base/status_macros.h"
#include "services/ingestion/features/evaluator.h"
#include "services/ingestion/features/ordered_tasks.h"
#include "services/ingestion/features/shard_rows.h"

namespace clientele::features {
namespace {

using common::v1::DatasetChunk;
using ingestion::v1::ReadDatasetResponse;

// Cuts the rows of shards, in order, into chunks, and gives categories the codes of the stream.
class ChunkWriter {
 public:
  ChunkWriter(const CompiledSpec& spec, int max_rows, DatasetSink sink) : sink_(sink) {
    for (int i = 0; i < spec.columns; ++i) {
      ++(spec.plan->type(i) == common::v1::FEATURE_TYPE_CATEGORY ? category_columns_ : number_columns_);
    }
    codes_.resize(category_columns_);
    // A chunk stays well below what receivers accept, however many columns there are.
    constexpr int kMaxChunkBytes = 1 << 20;
    auxiliary_labels_ = static_cast<int>(spec.auxiliary_labels.size());
    const int row_bytes = 4 * (number_columns_ + category_columns_) + 8 * auxiliary_labels_ + 64;
    max_rows_ = std::clamp(kMaxChunkBytes / row_bytes, 1, max_rows);
  }

  absl::Status Write(const ShardRows& rows) {
    // From codes of the shard to codes of the stream, as they are first needed; 0 is none yet.
    std::vector<std::vector<uint32_t>> translation(category_columns_);
    for (int c = 0; c < category_columns_; ++c) translation[c].resize(rows.dictionaries[c].size(), 0);
    const int n = static_cast<int>(rows.customer_ids.size());
    for (int begin = 0; begin < n; begin += max_rows_) {
      const int end = std::min(n, begin + max_rows_);
      DatasetChunk& chunk = *response_.mutable_chunk();
      chunk.Clear();
      chunk.set_shard(rows.shard);
      for (int row = begin; row < end; ++row) chunk.add_customer_ids(rows.customer_ids[row]);
      chunk.mutable_numbers()->Add(rows.numbers.begin() + int64_t{begin} * number_columns_,
                                   rows.numbers.begin() + int64_t{end} * number_columns_);
      AddCategories(rows, begin, end, translation, chunk);
      if (!rows.labels.empty()) chunk.mutable_labels()->Add(rows.labels.begin() + begin, rows.labels.begin() + end);
      chunk.mutable_auxiliary_labels()->Add(rows.auxiliary_labels.begin() + int64_t{begin} * auxiliary_labels_,
                                            rows.auxiliary_labels.begin() + int64_t{end} * auxiliary_labels_);
      CLIENTELE_RETURN_IF_ERROR(sink_(response_));
    }
    return absl::OkStatus();
  }

 private:
  void AddCategories(const ShardRows& rows, int begin, int end, std::vector<std::vector<uint32_t>>& translation,
                     DatasetChunk& chunk) {
    chunk.mutable_categories()->Reserve((end - begin) * category_columns_);
    for (int row = begin; row < end; ++row) {
      for (int c = 0; c < category_columns_; ++c) {
        const uint32_t local = rows.categories[int64_t{row} * category_columns_ + c];
        if (local == 0) {
          chunk.add_categories(0);
          continue;
        }
        uint32_t& code = translation[c][local - 1];
        if (code == 0) code = CodeOf(c, rows.dictionaries[c].text(local - 1), chunk);
        chunk.add_categories(code);
      }
    }
  }

  uint32_t CodeOf(int column, absl::string_view text, DatasetChunk& chunk) {
    auto& codes = codes_[column];
    const auto [known, is_new] = codes.emplace(std::string(text), static_cast<uint32_t>(codes.size() + 1));
    if (is_new) {
      common::v1::DictionaryEntry& entry = *chunk.add_new_categories();
      entry.set_column(column);
      entry.set_value(known->first);
    }
    return known->second;
  }

  const DatasetSink sink_;
  int number_columns_ = 0;
  int category_columns_ = 0;
  int auxiliary_labels_ = 0;
  int max_rows_ = 1;
  std::vector<absl::flat_hash_map<std::string, uint32_t>> codes_;  // [category columns]
  ReadDatasetResponse response_;
};

// Evaluators that no thread uses at the moment: what one has found out and allocated serves the next shard too.
// Thread-safe; there are never more than threads.
class IdleEvaluators {
 public:
  explicit IdleEvaluators(const CompiledSpec& spec) : spec_(spec) {}

  std::unique_ptr<Evaluator> Take() {
    {
      absl::MutexLock lock(&mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<Evaluator> evaluator = std::move(idle_.back());
        idle_.pop_back();
        return evaluator;
      }
    }
    return std::make_unique<Evaluator>(spec_.plan, spec_.instant);
  }

  void Return(std::unique_ptr<Evaluator> evaluator) {
    absl::MutexLock lock(&mutex_);
    idle_.push_back(std::move(evaluator));
  }

 private:
  const CompiledSpec& spec_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Evaluator>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::Status ReadDataset(const storage::RecordStore& store, const TenantId& tenant, const CompiledSpec& spec,
                         const ReadOptions& options, const StopToken& stop, DatasetSink sink) {
  ReadDatasetResponse header;
  *header.mutable_header() = spec.header;
  CLIENTELE_RETURN_IF_ERROR(sink(header));
  ChunkWriter writer(spec, options.max_rows_per_chunk, sink);
  IdleEvaluators idle(spec);
  PurchaseDays purchases;
  int64_t opted_out_rows = 0;
  CLIENTELE_RETURN_IF_ERROR(OrderedTasks<ShardRows>::Run(
      options.shard_count, options.threads,
      [&](int task) {
        std::unique_ptr<Evaluator> evaluator = idle.Take();
        auto rows = ReadShardRows(store, tenant, options.first_shard + task, spec, *evaluator, stop);
        idle.Return(std::move(evaluator));
        return rows;
      },
      [&](const ShardRows& rows) {
        purchases.Add(rows.purchases);
        opted_out_rows += rows.opted_out_rows;
        return writer.Write(rows);
      }));
  if (opted_out_rows > 0) {
    ReadDatasetResponse omissions;
    omissions.mutable_omissions()->set_opted_out_rows(opted_out_rows);
    CLIENTELE_RETURN_IF_ERROR(sink(omissions));
  }
  if (spec.purchase_series_days == 0) return absl::OkStatus();
  ReadDatasetResponse last;
  *last.mutable_purchase_series() =
      purchases.Series(spec.purchase_series_days, spec.instant.as_of, spec.labels_end, spec.instant.zone);
  return sink(last);
}

}  // namespace clientele::features
