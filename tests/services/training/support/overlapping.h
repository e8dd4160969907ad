// Two classes that overlap, and logistic regressions of them.
#pragma once

#include <cmath>
#include <vector>

#include "services/training/communicator/local_communicator.h"
#include "services/training/learners/logistic_regression/train.h"
#include "services/training/learners/random.h"
#include "tests/services/training/support/matrices.h"

namespace clientele::testutil {

struct LabelledRows {
  std::vector<std::vector<double>> rows;
  std::vector<double> labels;

  TrainingMatrix Matrix() const { return MakeMatrix(rows, labels); }
};

// n rows of d columns, about standard normal; the label leans on the first column.
inline LabelledRows Overlapping(int n, int d, uint64_t seed) {
  LabelledRows data{RandomRows(n, d, seed), {}};
  training::Random random(seed, 1);
  for (const auto& row : data.rows) data.labels.push_back(random.Uniform() < 1 / (1 + std::exp(-row[0] + 0.5)) ? 1 : 0);
  return data;
}

inline model::v1::LogisticRegressionParameters Penalty(double l2) {
  model::v1::LogisticRegressionParameters parameters;
  parameters.set_l2_penalty(l2);
  return parameters;
}

inline absl::StatusOr<model::v1::LogisticRegressionModel> TrainLogistic(
    const TrainingMatrix& matrix, const model::v1::LogisticRegressionParameters& parameters, int threads = 2) {
  training::LocalCommunicator local;
  return training::TrainLogisticRegression(matrix, parameters, local, threads, StopToken(), {});
}

// Log odds of a row.
inline double FitOf(const model::v1::LogisticRegressionModel& model, const std::vector<double>& row) {
  double fit = model.intercept();
  for (size_t j = 0; j < row.size(); ++j) fit += model.coefficients(static_cast<int>(j)) * row[j];
  return fit;
}

}  // namespace clientele::testutil
