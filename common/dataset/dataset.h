// The sharded table that learners read: 256 shards, numbers row-major in float32, categories as dictionary codes.
//
// Notation: n rows of a shard, p number columns, c category columns, m auxiliary labels. Row order is fixed (shard,
// then customer id), and every sum over rows is taken inside a shard first, then over the shards in order: that makes a
// model the same, bit for bit, for any number of threads and ranks.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/common/v1/dataset.pb.h"
#include "common/base/ids.h"
#include "common/dataset/text_list.h"

namespace clientele::dataset {

inline constexpr float kMissingNumber = std::numeric_limits<float>::quiet_NaN();
inline constexpr uint32_t kMissingCategory = 0;

struct Shard {
  int64_t rows = 0;                       // n
  TextList customer_ids;                  // n, or empty where the dataset has but traces of them.
  std::vector<float> numbers;             // [n x p]; NaN where missing.
  std::vector<uint32_t> categories;       // [n x c]; 0 where missing, else 1 + index into the column's dictionary.
  std::vector<double> labels;             // n, or empty where the dataset has none.
  std::vector<double> auxiliary_labels;   // [n x m]; NaN where there is none for the row.
};

// Where a column of the header lies: the index among the number or among the category columns.
struct ColumnPlace {
  bool is_category = false;
  int index = 0;
};

// What is left of the customers' ids where a job has let go of them.
struct IdTraces {
  std::array<std::string, kShardCount> digests;               // Of each shard's rows, ids included: see digest.h.
  std::string split;                                          // The rule that chose rows by their ids,
  std::array<std::vector<uint8_t>, kShardCount> training;     // and which it chose to train on: see RowSelection.
};

// Thread-compatible: build it with DatasetBuilder, then read it from any number of threads.
struct Dataset {
  common::v1::DatasetHeader header;
  std::vector<ColumnPlace> places;                    // One a header column.
  int number_columns = 0;                             // p
  int category_columns = 0;                           // c
  std::vector<std::vector<std::string>> dictionaries;  // c of them.
  std::array<Shard, kShardCount> shards;
  std::optional<common::v1::PurchaseSeries> purchase_series;  // Of all rows, where it was asked for.
  int64_t opted_out_rows = 0;                                 // Customers who would be rows and have opted out.
  std::optional<IdTraces> id_traces;                          // Where there are no ids.

  int64_t rows() const;
  // The index of the header column of that name, or -1.
  int FindColumn(absl::string_view feature) const;
  // What the dataset is known by, where all its rows are here: SHA-256 in hex over all that a row says, see digest.h for
  // how.
  std::string Digest() const;
};

// Assembles a dataset from a ReadDataset stream: the header, then chunks as they come, then who was left out and a
// purchase series, if any.
class DatasetBuilder {
 public:
  // INVALID_ARGUMENT: a header without columns, one that repeats a name, a column of no type, a negative number
  // of auxiliary labels.
  static absl::StatusOr<DatasetBuilder> Create(common::v1::DatasetHeader header);
  // INVALID_ARGUMENT: sizes that do not fit, a shard or a customer id out of order, a category code without an entry, a
  // number that is infinite, a label that is not finite, a chunk after the purchase series. After an error the dataset
  // is of no use.
  absl::Status Add(const common::v1::DatasetChunk& chunk);
  // INVALID_ARGUMENT: lists of different lengths, bins of no day, a negative count, a spend that is not finite, a second
  // series.
  absl::Status Add(common::v1::PurchaseSeries series);
  // INVALID_ARGUMENT: a negative count.
  absl::Status Add(const common::v1::DatasetOmissions& omissions);
  Dataset Build() &&;

 private:
  DatasetBuilder() = default;
  void FinishShard();
  Dataset dataset_;
  int shard_ = 0;  // The one that grows.
};

}  // namespace clientele::dataset
