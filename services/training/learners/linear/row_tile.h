// A few rows of a shard against vectors of parameters: the two directions every method of the engine is made of.
//
// Inside the engine the D = d + 1 parameters of a head are in the engine's order: the p dense columns, the category fields
// block by block, the intercept. ParameterOrder tells where each of the model's columns went.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "services/training/learners/linear/family.h"
#include "services/training/learners/row_reader.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

class ParameterOrder {
 public:
  explicit ParameterOrder(const TrainingMatrix& matrix);
  int size() const { return static_cast<int>(model_columns_.size()); }  // D
  // The model's column of engine parameter i; d for the intercept.
  int ModelColumn(int i) const { return model_columns_[i]; }
  // Where field f's block begins in the engine's order.
  int FieldBegin(int f) const { return field_begins_[f]; }

  // Heads of D parameters each.
  std::vector<double> ToModel(absl::Span<const double> engine) const;
  std::vector<double> ToEngine(absl::Span<const double> model) const;

 private:
  std::vector<int> model_columns_;  // [D]
  std::vector<int> field_begins_;   // [c]
};

// Rows [first, first + rows) of a shard, rows <= kTileRows. Valid until `reader` reads again.
class RowTile {
 public:
  RowTile(const TrainingMatrix& matrix, RowReader& reader, const ParameterOrder& order, int shard, int64_t first);

  int rows() const { return rows_; }
  int64_t first() const { return first_; }
  const float* values() const { return read_.values; }  // [rows x p]
  // Calls visit(row, engine parameters, rising) for each row.
  template <typename Visit>
  void ForRowCategories(Visit visit) const;

  // fits[r] += x_r . parameters [D], for one head.
  void AddFits(const double* parameters, double* fits) const;
  // sums [D] += sum over r of factors[r] x_r, for one head.
  void AddProducts(const double* factors, double* sums) const;
  // The same for the columns of category fields alone.
  void AddFieldProducts(const double* factors, double* sums) const;

 private:
  void AddFieldFits(const double* parameters, double* fits) const;
  template <int kFields>
  void AddFewFieldFits(int first, const double* parameters, double* fits) const;
  template <int kFields>
  void AddFewFieldProducts(int first, const double* factors, double* sums) const;

  const ParameterOrder& order_;
  const int64_t first_;
  const int rows_;
  const int dense_;   // p
  const int fields_;  // c
  const RowReader::Rows read_;
};

template <typename Visit>
void RowTile::ForRowCategories(Visit visit) const {
  std::vector<int> parameters(fields_);
  const uint16_t* category = read_.categories;
  for (int r = 0; r < rows_; ++r) {
    int present = 0;
    for (int f = 0; f < fields_; ++f, ++category) {
      if (*category != kNoCategory) parameters[present++] = order_.FieldBegin(f) + *category;
    }
    visit(r, absl::MakeConstSpan(parameters).first(present));
  }
}

}  // namespace clientele::training
