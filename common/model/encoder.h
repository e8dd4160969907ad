// Rows into columns: one code path for training, which reads a dataset, and for serving, which reads cells. Both give
// the same bits: a number is rounded to float32 first (as datasets keep it), a category is looked up in the training
// vocabulary, and from there on the same function fills the feature's columns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/model/v1/preprocessing.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/selection.h"
#include "common/model/cell.h"
#include "common/model/number_kernel.h"
#include "common/model/preprocessing.h"
#include "common/model/workspace.h"

namespace clientele::model {

// A column the learner sees.
struct EncodedColumn {
  std::string name;          // "tenure", "tenure (missing)", "plan=gold", "plan=(other)", "plan (missing)".
  int feature = 0;           // Index in the schema.
  double training_mean = 0;  // Over the training rows, imputed ones included.
};

// Thread-safe: immutable. Cheap to move, not to copy.
class RowEncoder {
 public:
  // INVALID_ARGUMENT with ARTIFACT_INVALID: schema and preprocessing do not agree, or a number in it makes no sense.
  static absl::StatusOr<RowEncoder> Create(const Schema& schema,
                                           const clientele::model::v1::Preprocessing& preprocessing);

  int num_features() const { return static_cast<int>(features_.size()); }
  int num_columns() const { return static_cast<int>(columns_.size()); }  // d
  const std::vector<EncodedColumn>& columns() const { return columns_; }
  // The columns of feature f are [first_column(f), first_column(f + 1)).
  int first_column(int feature) const {
    return feature < num_features() ? features_[feature].first_column : num_columns();
  }

  // Fills `columns` [d] from one cell a feature. Numbers beyond float32's range are cut to it. Cost: O(d).
  void Encode(absl::Span<const Cell> row, absl::Span<double> columns) const;

  // The columns [n x d] of rows of cells [n x f], to the same bits, at a fraction of the cost; n up to kRowsAtOnce.
  // Sets the workspace's columns, which the result lies in, and incomplete.
  absl::Span<const double> EncodeRows(absl::Span<const Cell> rows, Workspace& workspace) const;
  // The same of rows of numbers alone, NaN where missing, for features that all are numbers.
  absl::Span<const double> EncodeRows(absl::Span<const double> rows, Workspace& workspace) const;

  bool IsMissing(int feature, const Cell& cell) const;
  // The features that are missing in the row, in order.
  std::vector<int> MissingFeatures(absl::Span<const Cell> row) const {
    std::vector<int> missing;
    FindMissing(row, missing);
    return missing;
  }
  // The same, at the end of `missing`.
  void FindMissing(absl::Span<const Cell> row, std::vector<int>& missing) const;
  // The number that stands for a missing one.
  double ImputedValue(int feature) const { return features_[feature].imputed; }
  bool IsCategory(int feature) const { return features_[feature].is_category; }
  // The one column that says the row's own value of the feature: of a number itself, or its indicator where it is
  // missing; of a category the category's column. -1: none (the reference category, an unknown one).
  int OwnColumn(int feature, const Cell& cell) const;

 private:
  friend class BlockEncoder;
  friend class DatasetEncoder;
  static constexpr int kNoColumn = -1;

  struct Feature {
    std::string name;
    bool is_category = false;
    int first_column = 0;
    int width = 0;
    // Numbers.
    double imputed = 0;
    double lower = 0, upper = 0;  // Infinite where there is no cut.
    bool log1p = false;
    double mean = 0, scale = 1;
    int indicator = kNoColumn;  // Offset of the indicator's column.
    // Categories: offsets of columns, or kNoColumn.
    absl::flat_hash_map<std::string, int> offsets;
    int unknown_offset = kNoColumn;
    int missing_offset = kNoColumn;
  };

  void AddNumber(const clientele::model::v1::FittedFeature& fitted, int index);
  void AddCategory(const clientele::model::v1::FittedFeature& fitted, int index);

  static double EncodeNumber(const Feature& feature, float value);
  template <typename T>
  static void FillNumber(const Feature& feature, float value, T* columns);
  template <typename T>
  static void FillCategory(const Feature& feature, int offset, T* columns);
  static int OffsetOf(const Feature& feature, const Cell& cell);
  // Value is Cell or double.
  template <typename Value>
  absl::Span<const double> EncodeRowsOf(absl::Span<const Value> rows, Workspace& workspace) const;
  template <typename Value>
  void PlaceNumbers(const Value* row, const double* numbers, double* columns) const;
  bool PlaceCategories(absl::Span<const Cell> row, double* columns) const;

  std::vector<Feature> features_;
  // What EncodeRows needs of the features, side by side in the cache.
  struct NumberPlace {
    int feature;
    int column;
    int indicator;  // Its column, or kNoColumn.
  };
  std::vector<NumberPlace> numbers_;  // [m], in the features' order.
  NumberParameters number_parameters_;
  std::vector<int> categories_;       // The category features' indices, rising.
  std::vector<uint8_t> is_category_;  // [f]
  std::vector<EncodedColumn> columns_;
};

// A RowEncoder bound to a dataset's columns and dictionaries; both must outlive it. Thread-safe: immutable.
class DatasetEncoder {
 public:
  // INVALID_ARGUMENT with UNKNOWN_FEATURE: the dataset lacks a feature of the schema, or has it of the other type.
  static absl::StatusOr<DatasetEncoder> Create(const RowEncoder& encoder, const dataset::Dataset& dataset);

  const RowEncoder& encoder() const { return *encoder_; }
  const dataset::Dataset& dataset() const { return *dataset_; }

  // Fills `columns` [d] for one row. T is float or double.
  template <typename T>
  void EncodeRow(int shard, int64_t row, T* columns) const;

  // Fills the feature's columns of one row and returns how many they are.
  template <typename T>
  int EncodeFeature(int feature, int shard, int64_t row, T* columns) const;
  // A category feature: which of its columns is 1 in the row; -1: none.
  int CategoryOffset(int feature, int shard, int64_t row) const {
    const Source& source = sources_[feature];
    return source.offsets[dataset_->shards[shard].categories[row * dataset_->category_columns + source.index]];
  }

  // The row's cells as serving would be given them, one a feature. Their texts live in the dataset.
  void ReadCells(int shard, int64_t row, absl::Span<Cell> cells) const;

 private:
  friend class BlockEncoder;
  struct Source {
    int index = 0;             // Among the dataset's number or category columns.
    std::vector<int> offsets;  // Category code -> offset of its column.
  };
  DatasetEncoder(const RowEncoder& encoder, const dataset::Dataset& dataset)
      : encoder_(&encoder), dataset_(&dataset) {}

  const RowEncoder* encoder_;
  const dataset::Dataset* dataset_;
  std::vector<Source> sources_;
};

}  // namespace clientele::model
