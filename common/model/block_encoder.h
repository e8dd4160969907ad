// Some features of many rows of a dataset at once: to the bits of DatasetEncoder, at a fraction of the cost. For
// whoever goes over a dataset and wants its columns as it goes, rather than a copy of them.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/model/encoder.h"
#include "common/model/number_kernel.h"

namespace clientele::model {

// Thread-safe: immutable.
class BlockEncoder {
 public:
  // `encoder` must outlive it. The columns of `features`, rising indices, come one after the other.
  BlockEncoder(const DatasetEncoder& encoder, absl::Span<const int> features);
  // Of all features.
  explicit BlockEncoder(const DatasetEncoder& encoder);

  int width() const { return width_; }  // Columns of a row.

  // Fills `columns` [rows x width] from those rows of a shard. T is float or double.
  template <typename T>
  void Encode(int shard, absl::Span<const int64_t> rows, T* columns) const;

 private:
  // A number feature, and where its columns lie in a row; -1: no indicator.
  struct NumberPlace {
    int feature, column, indicator;
  };
  struct CategoryPlace {
    int feature, column;
  };

  void Add(int feature);
  // `rows` are few.
  template <typename T>
  void EncodeNumberFeatures(int shard, absl::Span<const int64_t> rows, T* columns) const;
  template <typename T>
  void Spread(const float* numbers, T* columns) const;

  const DatasetEncoder* encoder_;
  int width_ = 0;
  NumberParameters parameters_;  // Of the number features, [m].
  std::vector<NumberPlace> numbers_;
  std::vector<CategoryPlace> categories_;
  int first_source_ = 0;     // Where the first of the number features lies among the dataset's.
  bool side_by_side_ = true;  // The others follow it there.
  size_t in_place_ = 0;      // So many number features' columns lie where their encoded numbers are put first.
};

}  // namespace clientele::model
