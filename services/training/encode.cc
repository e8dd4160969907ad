#include "services/training/encode.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/block_encoder.h"
#include "services/training/effective_preprocessing.h"
#include "services/training/survival_columns.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using dataset::RowSelection;
using model::DatasetEncoder;
using model::v1::TrainingSpec;

// A number column that is of the row: its index among the dataset's number columns, or -1 where the spec names none.
absl::StatusOr<int> RowColumn(const Dataset& dataset, const std::string& feature) {
  if (feature.empty()) return -1;
  const int column = dataset.FindColumn(feature);
  if (column >= 0 && !dataset.places[column].is_category) return dataset.places[column].index;
  return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kUnknownFeature,
               absl::StrCat("the dataset has no number column \"", feature, "\""));
}

// What the spec says of rows. Columns are those of the dataset's numbers; -1: none.
struct RowColumns {
  int weight = -1;
  int offset = -1;
  int exposure = -1;
  std::vector<int> required;  // Without one of these there is nothing to learn from.

  static absl::StatusOr<RowColumns> Of(const Dataset& dataset, const TrainingSpec& spec) {
    RowColumns columns;
    CLIENTELE_ASSIGN_OR_RETURN(columns.weight, RowColumn(dataset, spec.weight_feature()));
    CLIENTELE_ASSIGN_OR_RETURN(columns.offset, RowColumn(dataset, spec.offset_feature()));
    CLIENTELE_ASSIGN_OR_RETURN(columns.exposure, RowColumn(dataset, spec.exposure_feature()));
    for (const std::string& feature : RequiredFeatures(spec, model::SchemaOf(dataset))) {
      CLIENTELE_ASSIGN_OR_RETURN(const int column, RowColumn(dataset, feature));
      columns.required.push_back(column);
    }
    return columns;
  }
  bool Usable(const float* numbers) const {
    const auto missing = [numbers](int column) { return std::isnan(numbers[column]); };
    return std::none_of(required.begin(), required.end(), missing) &&
           (weight < 0 || (std::isfinite(numbers[weight]) && numbers[weight] >= 0)) &&
           (offset < 0 || std::isfinite(numbers[offset])) &&
           (exposure < 0 || (std::isfinite(numbers[exposure]) && numbers[exposure] > 0));
  }
  bool has_offset() const { return offset >= 0 || exposure >= 0; }
  double OffsetOf(const float* numbers) const {
    return (offset < 0 ? 0.0 : numbers[offset]) + (exposure < 0 ? 0.0 : std::log(static_cast<double>(numbers[exposure])));
  }
};

// Which rows of a shard are selected, by their number among those.
class SelectedRows {
 public:
  explicit SelectedRows(const std::vector<uint8_t>& selected) : selected_(selected) {
    for (size_t row = 0; row < selected.size(); ++row) {
      if (selected[row] == 0) continue;
      if (count_++ % kStep == 0) places_.push_back(static_cast<int64_t>(row));
    }
  }

  int64_t count() const { return count_; }
  // The rows of numbers [first, first + rows.size()).
  void Find(int64_t first, absl::Span<int64_t> rows) const {
    int64_t row = places_[first / kStep];
    for (int64_t skipped = 0; skipped < first % kStep; ++row) skipped += selected_[row];
    // Without a branch, for there is no telling which row is selected.
    for (size_t found = 0; found < rows.size(); ++row) {
      rows[found] = row;
      found += selected_[row];
    }
  }

 private:
  static constexpr int64_t kStep = 64;

  const std::vector<uint8_t>& selected_;
  int64_t count_ = 0;
  std::vector<int64_t> places_;  // Of every kStep-th.
};

// Features whose columns are dense, and those that are fields.
struct Layout {
  std::vector<int> dense, fields;
};

Layout LayOut(const model::RowEncoder& encoder, CategoryLayout layout, TrainingMatrix& matrix) {
  Layout result;
  matrix.columns = encoder.num_columns();
  for (int f = 0; f < encoder.num_features(); ++f) {
    const int first = encoder.first_column(f);
    const int width = encoder.first_column(f + 1) - first;
    if (layout == CategoryLayout::kFields && encoder.IsCategory(f)) {
      if (width == 0) continue;
      matrix.fields.push_back({first, width});
      result.fields.push_back(f);
      continue;
    }
    result.dense.push_back(f);
    for (int j = 0; j < width; ++j) matrix.dense_columns.push_back(first + j);
  }
  if (matrix.fields.empty()) matrix.dense_columns.clear();
  return result;
}

// Encodes the selected rows of a dataset whenever they are read.
class EncodedRows final : public RowSource {
 public:
  EncodedRows(const DatasetEncoder& encoder, const RowSelection& selection, Layout layout)
      : encoder_(encoder), dense_(encoder, layout.dense), fields_(std::move(layout.fields)) {
    for (const auto& selected : selection.shards) selected_.emplace_back(selected);
  }

  int64_t count(int shard) const { return selected_[shard].count(); }

  void Read(int shard, int64_t first, int64_t count, float* values, uint16_t* categories) const override {
    int64_t rows[kAtOnce];
    for (int64_t read = 0; read < count; read += kAtOnce) {
      const auto block = absl::MakeSpan(rows, std::min(kAtOnce, count - read));
      selected_[shard].Find(first + read, block);
      dense_.Encode(shard, block, values + read * dense_.width());
      for (const int64_t row : block) {
        for (const int feature : fields_) {
          const int offset = encoder_.CategoryOffset(feature, shard, row);
          *categories++ = offset < 0 ? kNoCategory : static_cast<uint16_t>(offset);
        }
      }
    }
  }

 private:
  static constexpr int64_t kAtOnce = 256;

  const DatasetEncoder& encoder_;
  const model::BlockEncoder dense_;
  const std::vector<int> fields_;
  std::vector<SelectedRows> selected_;  // By shard.
};

// What is known of the rows beside their columns.
void DescribeRows(const Dataset& dataset, const RowSelection& selection, const RowColumns& columns, int s,
                  TrainingShard& to) {
  const dataset::Shard& from = dataset.shards[s];
  if (dataset.header.has_label()) to.labels.reserve(to.rows);
  if (columns.weight >= 0) to.weights.reserve(to.rows);
  if (columns.has_offset()) to.offsets.reserve(to.rows);
  for (int64_t row = 0; row < from.rows; ++row) {
    if (!selection.Has(s, row)) continue;
    const float* numbers = from.numbers.data() + row * dataset.number_columns;
    if (dataset.header.has_label()) to.labels.push_back(from.labels[row]);
    if (columns.weight >= 0) to.weights.push_back(numbers[columns.weight]);
    if (columns.has_offset()) to.offsets.push_back(columns.OffsetOf(numbers));
  }
}

}  // namespace

absl::Status DropUnusableRows(const Dataset& dataset, const TrainingSpec& spec, RowSelection& training) {
  if (spec.has_survival()) {
    CLIENTELE_ASSIGN_OR_RETURN(const SurvivalColumns survival, SurvivalColumns::Of(dataset, spec.survival()));
    for (int s = 0; s < kShardCount; ++s) {
      for (int64_t row = 0; row < dataset.shards[s].rows; ++row) {
        if (!survival.Usable(s, row)) training.shards[s][row] = 0;
      }
    }
  }
  CLIENTELE_ASSIGN_OR_RETURN(const RowColumns columns, RowColumns::Of(dataset, spec));
  if (columns.weight < 0 && !columns.has_offset() && columns.required.empty()) return absl::OkStatus();
  for (int s = 0; s < kShardCount; ++s) {
    const dataset::Shard& shard = dataset.shards[s];
    for (int64_t row = 0; row < shard.rows; ++row) {
      if (!columns.Usable(shard.numbers.data() + row * dataset.number_columns)) training.shards[s][row] = 0;
    }
  }
  return absl::OkStatus();
}

TrainingMatrix EncodeRows(const DatasetEncoder& encoder, const RowSelection& selection, const TrainingSpec& spec,
                          CategoryLayout layout, int threads) {
  TrainingMatrix matrix;
  const Dataset& dataset = encoder.dataset();
  const auto rows = std::make_shared<EncodedRows>(encoder, selection, LayOut(encoder.encoder(), layout, matrix));
  // DropUnusableRows has found the columns.
  const RowColumns columns = RowColumns::Of(dataset, spec).value_or(RowColumns());
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (int s = 0; s < kShardCount; ++s) {
    matrix.shards[s].rows = rows->count(s);
    DescribeRows(dataset, selection, columns, s, matrix.shards[s]);
  }
  matrix.source = rows;
  return matrix;
}

}  // namespace clientele::training
