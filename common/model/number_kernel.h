// What preprocessing does to the numbers of a row, to all of them at once: each lane is one feature. It gives the bits
// that RowEncoder gives for one number, on every instruction set.
//
// Notation: m number features; a number x becomes (CutAndLog(x) - mean) * scale, see number_transform.h.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "common/base/aligned_vector.h"

namespace clientele::model {

// One number feature after the other, [m]; then neutral ones, so that a vector can be read from any of the m.
struct NumberParameters {
  AlignedVector<double> imputed;  // Stands for a missing number.
  AlignedVector<double> lower, upper;
  AlignedVector<double> log1p;  // 1: the logarithm of 1 + x is taken. 0: not.
  AlignedVector<double> mean, scale;

  size_t size() const { return size_; }
  bool any_cut() const { return any_cut_; }
  bool any_log1p() const { return any_log1p_; }

  void Add(double its_imputed, double its_lower, double its_upper, bool its_log1p, double its_mean, double its_scale) {
    for (AlignedVector<double>* all : {&imputed, &lower, &upper, &log1p, &mean, &scale})
      all->resize(size_ + kMostLanes);
    imputed[size_] = its_imputed;
    lower[size_] = its_lower;
    upper[size_] = its_upper;
    log1p[size_] = its_log1p ? 1 : 0;
    mean[size_] = its_mean;
    scale[size_] = its_scale;
    any_cut_ |= std::isfinite(its_lower) || std::isfinite(its_upper);
    any_log1p_ |= its_log1p;
    ++size_;
  }

 private:
  static constexpr size_t kMostLanes = 8;
  size_t size_ = 0;
  bool any_cut_ = false;
  bool any_log1p_ = false;
};

// `values` [rows x m], in place; NaN: missing. Sets incomplete[r] to 1 where a number of row r is missing, and leaves
// it else.
void EncodeNumbers(const NumberParameters& parameters, int rows, double* values, uint8_t* incomplete);

// The same of a dataset's numbers, which are float32: rows[r] are the m of a row, rising in one array, and
// encoded[r x stride] the first of its encoded ones; rounded to float32 where those are.
void EncodeNumbers(const NumberParameters& parameters, const float* const* rows, int n, size_t stride, float* encoded);
void EncodeNumbers(const NumberParameters& parameters, const float* const* rows, int n, size_t stride,
                   double* encoded);

}  // namespace clientele::model
