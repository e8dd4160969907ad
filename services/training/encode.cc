#include "services/training/encode.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
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

// Which features are dense columns and which are fields.
struct Layout {
  std::vector<int> dense;   // Features whose columns are dense.
  std::vector<int> fields;  // Features that are fields.
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

void EncodeShard(const DatasetEncoder& encoder, const RowSelection& selection, const RowColumns& columns,
                 const Layout& layout, int s, TrainingMatrix& matrix) {
  const Dataset& dataset = encoder.dataset();
  const dataset::Shard& from = dataset.shards[s];
  TrainingShard& to = matrix.shards[s];
  to.rows = selection.count(s);
  to.values.resize(to.rows * matrix.num_dense());
  to.categories.resize(to.rows * static_cast<int64_t>(matrix.fields.size()));
  float* values = to.values.data();
  uint16_t* categories = to.categories.data();
  for (int64_t row = 0; row < from.rows; ++row) {
    if (!selection.Has(s, row)) continue;
    for (const int feature : layout.dense) values += encoder.EncodeFeature(feature, s, row, values);
    for (const int feature : layout.fields) {
      const int offset = encoder.CategoryOffset(feature, s, row);
      *categories++ = offset < 0 ? kNoCategory : static_cast<uint16_t>(offset);
    }
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
  const Layout laid_out = LayOut(encoder.encoder(), layout, matrix);
  // DropUnusableRows has found the columns.
  const RowColumns columns = RowColumns::Of(encoder.dataset(), spec).value_or(RowColumns());
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (int s = 0; s < kShardCount; ++s) EncodeShard(encoder, selection, columns, laid_out, s, matrix);
  return matrix;
}

}  // namespace clientele::training
