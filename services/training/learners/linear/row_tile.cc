#include "services/training/learners/linear/row_tile.h"

#include <algorithm>

#include "services/training/learners/linear/kernels.h"

namespace clientele::training {

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

// Four sums a row, so that the processor need not wait for one addition before it begins the next.
void RowTile::AddFieldFits(const double* parameters, double* fits) const {
  const uint16_t* category = read_.categories;
  for (int r = 0; r < rows_; ++r, category += fields_) {
    double sums[4] = {};
    const auto add = [&](int f, double& sum) {
      if (category[f] != kNoCategory) sum += parameters[order_.FieldBegin(f) + category[f]];
    };
    int f = 0;
    for (; f + 4 <= fields_; f += 4) {
      for (int i = 0; i < 4; ++i) add(f + i, sums[i]);
    }
    for (; f < fields_; ++f) add(f, sums[0]);
    fits[r] += (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }
}

void RowTile::AddProducts(const double* factors, double* sums) const {
  sums[order_.size() - 1] += Sum(factors, rows_);
  if (dense_ > 0) AddScaledRows(values(), rows_, dense_, factors, sums);
  if (fields_ > 0) ForCategories([&](int row, int parameter) { sums[parameter] += factors[row]; });
}

}  // namespace clientele::training
