#include "common/model/encoder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"
#include "common/model/number_transform.h"

namespace clientele::model {
namespace {

using v1::FittedCategory;
using v1::FittedFeature;
using v1::FittedNumber;

absl::Status CheckNumberFeature(const FittedNumber& number) {
  CLIENTELE_RETURN_IF_ERROR(CheckNumber("an imputed value", number.imputed_value()));
  CLIENTELE_RETURN_IF_ERROR(CheckNumber("a lower cut", number.lower()));
  CLIENTELE_RETURN_IF_ERROR(CheckNumber("an upper cut", number.upper()));
  CLIENTELE_RETURN_IF_ERROR(CheckNumber("a mean", number.mean()));
  CLIENTELE_RETURN_IF_ERROR(CheckNumber("a training mean", number.training_mean()));
  CLIENTELE_RETURN_IF_ERROR(CheckNumber("a column's mean", number.encoded_mean()));
  if (number.has_lower() && number.has_upper() && number.lower() > number.upper()) {
    return InvalidArtifact("a lower cut lies above the upper one");
  }
  if (!(number.scale() > 0 && number.scale() <= kLargestNumber)) {
    return InvalidArtifact(absl::StrCat("a scale is ", number.scale()));
  }
  if (!(number.training_deviation() >= 0 && number.training_deviation() <= kLargestNumber)) {
    return InvalidArtifact(absl::StrCat("a training deviation is ", number.training_deviation()));
  }
  if (!(number.missing_share() >= 0 && number.missing_share() <= 1)) {
    return InvalidArtifact(absl::StrCat("a missing share is ", number.missing_share()));
  }
  return absl::OkStatus();
}

absl::Status CheckCategoryFeature(const FittedCategory& category) {
  for (int i = 1; i < category.categories_size(); ++i) {
    if (category.categories(i) <= category.categories(i - 1)) {
      return InvalidArtifact("categories are not in rising byte order");
    }
  }
  if (category.drop_first() && category.categories().empty()) {
    return InvalidArtifact("a reference category is dropped where there is no category");
  }
  const int slots = category.categories_size() + (category.has_other() ? 1 : 0) + (category.has_missing() ? 1 : 0);
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("a category's shares", category.shares(), slots));
  for (const double share : category.shares()) {
    if (share < 0 || share > 1) return InvalidArtifact(absl::StrCat("a category's share is ", share));
  }
  return absl::OkStatus();
}

double NumberOf(const Cell& cell) { return cell.number; }
double NumberOf(double number) { return number; }

// To float32, as datasets keep numbers; what lies beyond is cut.
float Rounded(double number) {
  constexpr double kMost = std::numeric_limits<float>::max();
  return std::isnan(number) ? dataset::kMissingNumber : static_cast<float>(std::clamp(number, -kMost, kMost));
}

absl::Status CheckAgreement(const v1::FeatureColumn& column, const FittedFeature& fitted) {
  const std::string& name = column.feature().name();
  if (name.empty()) return InvalidArtifact("a schema column has no name");
  if (fitted.feature() != name) {
    return InvalidArtifact(
        absl::StrCat("preprocessing speaks of \"", fitted.feature(), "\" where the schema has \"", name, "\""));
  }
  const bool is_number = column.type() == common::v1::FEATURE_TYPE_NUMBER && fitted.has_number();
  const bool is_category = column.type() == common::v1::FEATURE_TYPE_CATEGORY && fitted.has_category();
  if (is_number) return Annotate(CheckNumberFeature(fitted.number()), name);
  if (is_category) return Annotate(CheckCategoryFeature(fitted.category()), name);
  return InvalidArtifact(absl::StrCat("schema and preprocessing do not agree on the type of \"", name, "\""));
}

}  // namespace

absl::StatusOr<RowEncoder> RowEncoder::Create(const Schema& schema, const v1::Preprocessing& preprocessing) {
  if (schema.empty() || schema.size() != preprocessing.features_size()) {
    return InvalidArtifact(absl::StrCat("the schema has ", schema.size(), " columns, preprocessing ",
                                        preprocessing.features_size(), " features"));
  }
  RowEncoder encoder;
  absl::flat_hash_set<std::string> names;
  for (int f = 0; f < schema.size(); ++f) {
    const FittedFeature& fitted = preprocessing.features(f);
    CLIENTELE_RETURN_IF_ERROR(CheckAgreement(schema[f], fitted));
    if (!names.insert(fitted.feature()).second) {
      return InvalidArtifact(absl::StrCat("the schema has \"", fitted.feature(), "\" twice"));
    }
    const int first_column = encoder.num_columns();
    if (fitted.has_number()) {
      encoder.AddNumber(fitted, f);
    } else {
      encoder.AddCategory(fitted, f);
    }
    encoder.features_.back().first_column = first_column;
  }
  if (encoder.num_columns() != preprocessing.num_columns() || encoder.num_columns() == 0) {
    return InvalidArtifact(absl::StrCat("preprocessing says it gives ", preprocessing.num_columns(),
                                        " columns, but it gives ", encoder.num_columns()));
  }
  return encoder;
}

void RowEncoder::AddNumber(const FittedFeature& fitted, int index) {
  const FittedNumber& number = fitted.number();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Feature feature;
  feature.name = fitted.feature();
  feature.imputed = number.imputed_value();
  feature.lower = number.has_lower() ? number.lower() : -kInfinity;
  feature.upper = number.has_upper() ? number.upper() : kInfinity;
  feature.log1p = number.log1p();
  feature.mean = number.mean();
  feature.scale = number.scale();
  feature.width = 1;
  const int first_column = num_columns();
  columns_.push_back({fitted.feature(), index, number.encoded_mean()});
  if (number.missing_indicator()) {
    feature.indicator = feature.width++;
    columns_.push_back({absl::StrCat(fitted.feature(), " (missing)"), index, number.missing_share()});
  }
  const int indicator = feature.indicator == kNoColumn ? kNoColumn : first_column + feature.indicator;
  numbers_.push_back({index, first_column, indicator});
  is_category_.push_back(0);
  number_parameters_.Add(feature.imputed, feature.lower, feature.upper, feature.log1p, feature.mean, feature.scale);
  features_.push_back(std::move(feature));
}

void RowEncoder::AddCategory(const FittedFeature& fitted, int index) {
  const FittedCategory& category = fitted.category();
  Feature feature;
  feature.name = fitted.feature();
  feature.is_category = true;
  int slot = 0;
  const auto add = [&](std::string name) {
    columns_.push_back({std::move(name), index, category.shares(slot)});
    return feature.width++;
  };
  for (; slot < category.categories_size(); ++slot) {
    const std::string& text = category.categories(slot);
    const bool reference = slot == 0 && category.drop_first();
    feature.offsets[text] = reference ? kNoColumn : add(absl::StrCat(fitted.feature(), "=", text));
  }
  if (category.has_other()) {
    feature.unknown_offset = add(absl::StrCat(fitted.feature(), "=(other)"));
    ++slot;
  }
  if (category.has_missing()) feature.missing_offset = add(absl::StrCat(fitted.feature(), " (missing)"));
  categories_.push_back(index);
  is_category_.push_back(1);
  features_.push_back(std::move(feature));
}

double RowEncoder::EncodeNumber(const Feature& feature, float value) {
  const double number = std::isnan(value) ? feature.imputed : static_cast<double>(value);
  return (CutAndLog(number, feature.lower, feature.upper, feature.log1p) - feature.mean) * feature.scale;
}

template <typename T>
void RowEncoder::FillNumber(const Feature& feature, float value, T* columns) {
  columns[0] = static_cast<T>(EncodeNumber(feature, value));
  if (feature.indicator != kNoColumn) columns[feature.indicator] = std::isnan(value) ? 1 : 0;
}

template <typename T>
void RowEncoder::FillCategory(const Feature& feature, int offset, T* columns) {
  std::fill_n(columns, feature.width, T{0});
  if (offset != kNoColumn) columns[offset] = 1;
}

int RowEncoder::OffsetOf(const Feature& feature, const Cell& cell) {
  if (!cell.has_category) return feature.missing_offset;
  const auto found = feature.offsets.find(cell.category);
  return found == feature.offsets.end() ? feature.unknown_offset : found->second;
}

void RowEncoder::Encode(absl::Span<const Cell> row, absl::Span<double> columns) const {
  for (size_t f = 0; f < features_.size(); ++f) {
    const Feature& feature = features_[f];
    double* to = columns.data() + feature.first_column;
    if (feature.is_category) {
      FillCategory(feature, OffsetOf(feature, row[f]), to);
    } else {
      FillNumber(feature, Rounded(row[f].number), to);
    }
  }
}

// The numbers' columns, from their encoded values [m].
template <typename Value>
void RowEncoder::PlaceNumbers(const Value* row, const double* numbers, double* columns) const {
  for (const NumberPlace& place : numbers_) {
    columns[place.column] = *numbers++;
    if (place.indicator != kNoColumn) columns[place.indicator] = std::isnan(NumberOf(row[place.feature])) ? 1 : 0;
  }
}

// The categories' columns. True: one is missing.
bool RowEncoder::PlaceCategories(absl::Span<const Cell> row, double* columns) const {
  bool missing = false;
  for (const int f : categories_) {
    FillCategory(features_[f], OffsetOf(features_[f], row[f]), columns + features_[f].first_column);
    missing |= !row[f].has_category;
  }
  return missing;
}

template <typename Value>
absl::Span<const double> RowEncoder::EncodeRowsOf(absl::Span<const Value> rows, Workspace& workspace) const {
  const size_t n = rows.size() / features_.size(), d = columns_.size(), m = numbers_.size();
  double* const columns = Workspace::Room(workspace.columns, n * d);
  uint8_t* const incomplete = Workspace::Room(workspace.incomplete, n);
  std::fill_n(incomplete, n, 0);
  // Where every column is a number's, they are encoded where they are to be.
  const bool in_place = m == d && categories_.empty();
  double* const numbers = in_place ? columns : Workspace::Room(workspace.numbers, n * m);
  double* to = numbers;
  for (size_t r = 0; r < n; ++r) {
    const Value* const row = rows.data() + r * features_.size();
    for (const NumberPlace& place : numbers_) *to++ = NumberOf(row[place.feature]);
  }
  EncodeNumbers(number_parameters_, static_cast<int>(n), numbers, incomplete);
  if (in_place) return {columns, n * d};
  for (size_t r = 0; r < n; ++r) {
    const auto row = rows.subspan(r * features_.size(), features_.size());
    PlaceNumbers(row.data(), numbers + r * m, columns + r * d);
    if constexpr (std::is_same_v<Value, Cell>) {
      if (PlaceCategories(row, columns + r * d)) incomplete[r] = 1;
    }
  }
  return {columns, n * d};
}

absl::Span<const double> RowEncoder::EncodeRows(absl::Span<const Cell> rows, Workspace& workspace) const {
  return EncodeRowsOf(rows, workspace);
}

absl::Span<const double> RowEncoder::EncodeRows(absl::Span<const double> rows, Workspace& workspace) const {
  return EncodeRowsOf(rows, workspace);
}

bool RowEncoder::IsMissing(int feature, const Cell& cell) const {
  return features_[feature].is_category ? !cell.has_category : std::isnan(cell.number);
}

void RowEncoder::FindMissing(absl::Span<const Cell> row, std::vector<int>& missing) const {
  for (size_t f = 0; f < features_.size(); ++f) {
    const bool absent = is_category_[f] != 0 ? !row[f].has_category : std::isnan(row[f].number);
    if (absent) missing.push_back(static_cast<int>(f));
  }
}

int RowEncoder::OwnColumn(int feature, const Cell& cell) const {
  const Feature& own = features_[feature];
  const int offset = own.is_category ? OffsetOf(own, cell) : std::isnan(cell.number) ? own.indicator : 0;
  return offset == kNoColumn ? -1 : own.first_column + offset;
}

absl::StatusOr<DatasetEncoder> DatasetEncoder::Create(const RowEncoder& encoder, const dataset::Dataset& dataset) {
  DatasetEncoder result(encoder, dataset);
  for (const RowEncoder::Feature& feature : encoder.features_) {
    const int column = dataset.FindColumn(feature.name);
    if (column < 0 || dataset.places[column].is_category != feature.is_category) {
      return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kUnknownFeature,
                   absl::StrCat("the dataset has no ", feature.is_category ? "category" : "number", " column \"",
                                feature.name, "\""));
    }
    Source source{.index = dataset.places[column].index, .offsets = {}};
    if (feature.is_category) {
      source.offsets.push_back(feature.missing_offset);
      for (const std::string& text : dataset.dictionaries[source.index]) {
        source.offsets.push_back(RowEncoder::OffsetOf(feature, Cell::Category(text)));
      }
    }
    result.sources_.push_back(std::move(source));
  }
  return result;
}

template <typename T>
int DatasetEncoder::EncodeFeature(int index, int shard, int64_t row, T* columns) const {
  const RowEncoder::Feature& feature = encoder_->features_[index];
  if (feature.is_category) {
    RowEncoder::FillCategory(feature, CategoryOffset(index, shard, row), columns);
  } else {
    const int64_t at = row * dataset_->number_columns + sources_[index].index;
    RowEncoder::FillNumber(feature, dataset_->shards[shard].numbers[at], columns);
  }
  return feature.width;
}

template <typename T>
void DatasetEncoder::EncodeRow(int shard, int64_t row, T* columns) const {
  for (int f = 0; f < encoder_->num_features(); ++f) columns += EncodeFeature(f, shard, row, columns);
}

void DatasetEncoder::ReadCells(int shard, int64_t row, absl::Span<Cell> cells) const {
  const dataset::Shard& from = dataset_->shards[shard];
  for (size_t f = 0; f < sources_.size(); ++f) {
    const int index = sources_[f].index;
    if (!encoder_->features_[f].is_category) {
      cells[f] = Cell::Number(from.numbers[row * dataset_->number_columns + index]);
      continue;
    }
    const uint32_t code = from.categories[row * dataset_->category_columns + index];
    cells[f] = code == dataset::kMissingCategory ? Cell::Missing()
                                                 : Cell::Category(dataset_->dictionaries[index][code - 1]);
  }
}

template void DatasetEncoder::EncodeRow(int, int64_t, float*) const;
template void DatasetEncoder::EncodeRow(int, int64_t, double*) const;
template int DatasetEncoder::EncodeFeature(int, int, int64_t, float*) const;
template int DatasetEncoder::EncodeFeature(int, int, int64_t, double*) const;

}  // namespace clientele::model
