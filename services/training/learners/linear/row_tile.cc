#include "services/training/learners/linear/row_tile.h"

#include <algorithm>
#include <type_traits>

#include "services/training/learners/linear/kernels.h"

namespace clientele::training {
namespace {

// Calls visit(fields, first) for groups of eight fields, and then of four and of one: constants, so that where each
// field begins among the parameters stays in a register.
template <typename Visit>
void ForFieldGroups(int fields, Visit visit) {
  int first = 0;
  for (; first + 8 <= fields; first += 8) visit(std::integral_constant<int, 8>(), first);
  for (; first + 4 <= fields; first += 4) visit(std::integral_constant<int, 4>(), first);
  for (; first < fields; ++first) visit(std::integral_constant<int, 1>(), first);
}

}  // namespace

ParameterOrder::ParameterOrder(const TrainingMatrix& matrix) {
  for (int j = 0; j < matrix.num_dense(); ++j) model_columns_.push_back(matrix.DenseColumn(j));
  for (const CategoryField& field : matrix.fields) {
    field_begins_.push_back(static_cast<int>(model_columns_.size()));
    for (int i = 0; i < field.columns; ++i) model_columns_.push_back(field.first_column + i);
  }
  model_columns_.push_back(matrix.columns);
}

std::vector<double> ParameterOrder::ToModel(absl::Span<const double> engine) const {
  std::vector<double> model(engine.size());
  for (size_t at = 0; at < engine.size(); ++at) model[at / size() * size() + ModelColumn(at % size())] = engine[at];
  return model;
}

std::vector<double> ParameterOrder::ToEngine(absl::Span<const double> model) const {
  std::vector<double> engine(model.size());
  for (size_t at = 0; at < model.size(); ++at) engine[at] = model[at / size() * size() + ModelColumn(at % size())];
  return engine;
}

RowTile::RowTile(const TrainingMatrix& matrix, RowReader& reader, const ParameterOrder& order, int shard, int64_t first)
    : order_(order),
      first_(first),
      rows_(static_cast<int>(std::min<int64_t>(kTileRows, matrix.shards[shard].rows - first))),
      dense_(matrix.num_dense()),
      fields_(static_cast<int>(matrix.fields.size())),
      read_(reader.Read(shard, first, rows_)) {}

void RowTile::AddFits(const double* parameters, double* fits) const {
  const double intercept = parameters[order_.size() - 1];
  for (int r = 0; r < rows_; ++r) fits[r] += intercept;
  if (dense_ > 0) AddDotProducts(values(), rows_, dense_, parameters, fits);
  if (fields_ > 0) AddFieldFits(parameters, fits);
}

// kFields fields from `first` on: what they add to a row's fit depends on no other row's, nor on another field's.
template <int kFields>
void RowTile::AddFewFieldFits(int first, const double* parameters, double* fits) const {
  const double* of_field[kFields];
  for (int i = 0; i < kFields; ++i) of_field[i] = parameters + order_.FieldBegin(first + i);
  const uint16_t* category = read_.categories + first;
  const int fields = fields_;
  for (int r = 0; r < rows_; ++r, category += fields) {
    double sums[2] = {};
#pragma GCC unroll 8
    for (int i = 0; i < kFields; ++i) {
      if (category[i] != kNoCategory) sums[i % 2] += of_field[i][category[i]];
    }
    fits[r] += sums[0] + sums[1];
  }
}

void RowTile::AddFieldFits(const double* parameters, double* fits) const {
  ForFieldGroups(fields_, [&](auto fields, int first) { AddFewFieldFits<fields>(first, parameters, fits); });
}

void RowTile::AddProducts(const double* factors, double* sums) const {
  sums[order_.size() - 1] += Sum(factors, rows_);
  if (dense_ > 0) AddScaledRows(values(), rows_, dense_, factors, sums);
  if (fields_ > 0) AddFieldProducts(factors, sums);
}

// kFields fields from `first` on. Which sums a category is added to depends on no other: the processor works on all at
// once.
template <int kFields>
void RowTile::AddFewFieldProducts(int first, const double* factors, double* sums) const {
  double* of_field[kFields];
  for (int i = 0; i < kFields; ++i) of_field[i] = sums + order_.FieldBegin(first + i);
  const uint16_t* category = read_.categories + first;
  const int fields = fields_;
  for (int r = 0; r < rows_; ++r, category += fields) {
    const double factor = factors[r];
#pragma GCC unroll 8
    for (int i = 0; i < kFields; ++i) {
      if (category[i] != kNoCategory) of_field[i][category[i]] += factor;
    }
  }
}

void RowTile::AddFieldProducts(const double* factors, double* sums) const {
  ForFieldGroups(fields_, [&](auto fields, int first) { AddFewFieldProducts<fields>(first, factors, sums); });
}

}  // namespace clientele::training
