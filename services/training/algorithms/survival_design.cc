#include "services/training/algorithms/survival_design.h"

#include <algorithm>

#include "services/training/learners/row_reader.h"
#include "services/training/survival_columns.h"

namespace clientele::training {

std::vector<int> CovariateColumns(const model::RowEncoder& encoder, const model::Schema& schema,
                                  const model::v1::SurvivalParameters& parameters) {
  const std::vector<std::string> others = NoCovariates(parameters);
  std::vector<int> columns;
  for (int j = 0; j < encoder.num_columns(); ++j) {
    const std::string& feature = schema[encoder.columns()[j].feature].feature().name();
    if (std::find(others.begin(), others.end(), feature) == others.end()) columns.push_back(j);
  }
  return columns;
}

std::vector<double> CovariatesOf(const TrainingMatrix& matrix, const std::vector<int>& columns) {
  std::vector<double> values;
  RowReader reader(matrix);
  for (int s = 0; s < kShardCount; ++s) {
    reader.ForBlocks(s, [&](int64_t, int64_t count, const float* rows) {
      for (int64_t row = 0; row < count; ++row) {
        for (const int column : columns) values.push_back(rows[row * matrix.columns + column]);
      }
    });
  }
  return values;
}

int FindFeature(const model::Schema& schema, const std::string& feature) {
  for (int f = 0; f < schema.size(); ++f) {
    if (schema[f].feature().name() == feature) return f;
  }
  return -1;
}

std::vector<double> Spread(const std::vector<double>& numbers, const std::vector<int>& columns, int d) {
  std::vector<double> spread(d, 0);
  for (size_t k = 0; k < columns.size(); ++k) spread[columns[k]] = numbers[k];
  return spread;
}

std::vector<double> SpreadTriangle(const std::vector<double>& covariance, const std::vector<int>& columns, int d,
                                   int more) {
  std::vector<int> places = columns;
  for (int i = 0; i < more; ++i) places.push_back(d + i);
  const auto width = static_cast<int64_t>(places.size());
  std::vector<double> triangle(static_cast<int64_t>(d + more) * (d + more + 1) / 2, 0);
  for (int64_t i = 0; i < width; ++i) {
    for (int64_t j = 0; j <= i; ++j) {
      const int64_t row = places[i];
      triangle[row * (row + 1) / 2 + places[j]] = covariance[i * width + j];
    }
  }
  return triangle;
}

}  // namespace clientele::training
