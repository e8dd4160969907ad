// Rows for value regressions: some that any program can make exactly, and simulated ones.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "services/training/communicator/local_communicator.h"
#include "services/training/learners/value_regression/train.h"
#include "tests/services/training/support/matrices.h"

namespace clientele::testutil {

using model::v1::ValueRegressionModel;
using model::v1::ValueRegressionParameters;

struct ValueRows {
  std::vector<std::vector<double>> rows;
  std::vector<double> labels;
  std::vector<double> weights;    // Empty: all 1.
  std::vector<double> exposures;  // Empty: all 1.
};

inline TrainingMatrix MatrixOf(const ValueRows& data) {
  TrainingMatrix matrix = MakeMatrix(data.rows, data.labels);
  for (size_t i = 0; i < data.rows.size(); ++i) {
    auto& shard = matrix.shards[i * kShardCount / data.rows.size()];
    if (!data.weights.empty()) shard.weights.push_back(data.weights[i]);
    if (!data.exposures.empty()) shard.offsets.push_back(std::log(data.exposures[i]));
  }
  return matrix;
}

// 200 rows of exact binary fractions: 73 values are 0, the others up to 38.
inline ValueRows FixedRows(bool weighted, bool exposed) {
  ValueRows data;
  for (int i = 0; i < 200; ++i) {
    const double x1 = (i * 37 % 101 - 50) / 32.0, x2 = (i * 53 % 89 - 44) / 32.0;
    const double base = std::max((i * 71 % 113 - 40) / 4.0, 0.0);
    data.rows.push_back({x1, x2});
    data.labels.push_back(base * (x1 > 0 ? 2 : 1) + (base > 0 && x2 > 0.5 ? 1.5 : 0));
    if (weighted) data.weights.push_back(1 + i % 3 * 0.5);
    if (exposed) data.exposures.push_back(1 + i % 4 / 4.0);
  }
  return data;
}

inline ValueRegressionParameters OfFamily(ValueRegressionParameters::Family family, double l2, double power = 0) {
  ValueRegressionParameters parameters;
  parameters.set_family(family);
  parameters.set_l2_penalty(l2);
  parameters.set_tweedie_power(power);
  return parameters;
}

inline absl::StatusOr<ValueRegressionModel> TrainOn(const TrainingMatrix& matrix,
                                                    const ValueRegressionParameters& parameters, int threads = 2) {
  training::LocalCommunicator local;
  return training::TrainValueRegression(matrix, parameters, local, threads, StopToken(), {});
}

// Draws for simulations.
class Draws {
 public:
  explicit Draws(uint64_t seed) : random_(seed, 0) {}
  double Uniform() { return random_.Uniform(); }
  double Normal() { return std::sqrt(-2 * std::log(1 - Uniform())) * std::cos(2 * 3.14159265358979323846 * Uniform()); }
  // Marsaglia and Tsang's method; mean = shape.
  double Gamma(double shape) {
    if (shape < 1) return Gamma(shape + 1) * std::pow(1 - Uniform(), 1 / shape);
    const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
    while (true) {
      const double x = Normal(), v = std::pow(1 + c * x, 3);
      if (v > 0 && std::log(1 - Uniform()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
    }
  }
  int Poisson(double mean) {
    int count = 0;
    for (double left = std::exp(-mean), product = Uniform(); product > left; product *= Uniform()) ++count;
    return count;
  }
  // A Poisson number of Gamma amounts.
  double Tweedie(double mean, double dispersion, double power) {
    const int amounts = Poisson(std::pow(mean, 2 - power) / (dispersion * (2 - power)));
    const double scale = dispersion * (power - 1) * std::pow(mean, power - 1);
    return amounts == 0 ? 0 : scale * Gamma(amounts * (2 - power) / (power - 1));
  }

 private:
  training::Random random_;
};

}  // namespace clientele::testutil
