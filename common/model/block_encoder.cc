#include "common/model/block_encoder.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace clientele::model {
namespace {

constexpr size_t kBlockRows = 256;

std::vector<int> UpTo(int features) {
  std::vector<int> all(features);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace

BlockEncoder::BlockEncoder(const DatasetEncoder& encoder, absl::Span<const int> features) : encoder_(&encoder) {
  for (const int feature : features) Add(feature);
  while (in_place_ < numbers_.size() && numbers_[in_place_].column == static_cast<int>(in_place_) &&
         numbers_[in_place_].indicator < 0) {
    ++in_place_;
  }
}

BlockEncoder::BlockEncoder(const DatasetEncoder& encoder)
    : BlockEncoder(encoder, UpTo(encoder.encoder().num_features())) {}

void BlockEncoder::Add(int index) {
  const RowEncoder::Feature& feature = encoder_->encoder_->features_[index];
  if (feature.is_category) {
    categories_.push_back({index, width_});
  } else {
    const int source = encoder_->sources_[index].index;
    if (numbers_.empty()) first_source_ = source;
    side_by_side_ &= source == first_source_ + static_cast<int>(numbers_.size());
    const int indicator = feature.indicator == RowEncoder::kNoColumn ? -1 : width_ + feature.indicator;
    numbers_.push_back({index, width_, indicator});
    parameters_.Add(feature.imputed, feature.lower, feature.upper, feature.log1p, feature.mean, feature.scale);
  }
  width_ += feature.width;
}

template <typename T>
void BlockEncoder::Encode(int shard, absl::Span<const int64_t> rows, T* columns) const {
  for (size_t first = 0; first < rows.size(); first += kBlockRows) {
    const auto block = rows.subspan(first, kBlockRows);
    EncodeNumberFeatures(shard, block, columns);
    for (const int64_t row : block) {
      for (const CategoryPlace& place : categories_) {
        encoder_->EncodeFeature(place.feature, shard, row, columns + place.column);
      }
      columns += width_;
    }
  }
}

template <typename T>
void BlockEncoder::EncodeNumberFeatures(int shard, absl::Span<const int64_t> rows, T* columns) const {
  if (!side_by_side_) {
    for (const int64_t row : rows) {
      for (const NumberPlace& place : numbers_) {
        encoder_->EncodeFeature(place.feature, shard, row, columns + place.column);
      }
      columns += width_;
    }
    return;
  }
  const dataset::Dataset& dataset = *encoder_->dataset_;
  const float* numbers[kBlockRows];
  for (size_t r = 0; r < rows.size(); ++r) {
    numbers[r] = dataset.shards[shard].numbers.data() + rows[r] * dataset.number_columns + first_source_;
  }
  EncodeNumbers(parameters_, numbers, static_cast<int>(rows.size()), width_, columns);
  if (in_place_ == numbers_.size()) return;
  for (size_t r = 0; r < rows.size(); ++r) Spread(numbers[r], columns + r * width_);
}

// From the row's beginning to where they belong, which is not before: the last first, so that none is overwritten.
template <typename T>
void BlockEncoder::Spread(const float* numbers, T* columns) const {
  for (size_t j = numbers_.size(); j-- > in_place_;) {
    const NumberPlace& place = numbers_[j];
    columns[place.column] = columns[j];
    if (place.indicator >= 0) columns[place.indicator] = std::isnan(numbers[j]) ? 1 : 0;
  }
}

template void BlockEncoder::Encode(int, absl::Span<const int64_t>, float*) const;
template void BlockEncoder::Encode(int, absl::Span<const int64_t>, double*) const;

}  // namespace clientele::model
