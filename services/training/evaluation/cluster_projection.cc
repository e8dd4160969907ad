#include "services/training/evaluation/cluster_projection.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace clientele::training {
namespace {

using model::v1::ClusterEvaluation;

constexpr int kSubspace = 8;  // Wider than the two axes: it converges by the ninth eigenvalue over the second.
constexpr int kIterations = 20;

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct Axes {
  Eigen::VectorXd mean;  // d
  Eigen::MatrixXd axes;  // [d x 2], at length 1; 0 where there is no such component.
  double shares[2] = {0, 0};
};

Eigen::VectorXd MeanOf(absl::Span<const float> rows, int d) {
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(d);
  for (size_t at = 0; at < rows.size(); ++at) mean[static_cast<int>(at % d)] += rows[at];
  return mean / static_cast<double>(rows.size() / d);
}

// Covariance x basis, [d x b], row by row: the same bits on any number of threads.
Eigen::MatrixXd TimesCovariance(absl::Span<const float> rows, int d, const Eigen::VectorXd& mean,
                                const Eigen::MatrixXd& basis) {
  const int b = static_cast<int>(basis.cols());
  const RowMajor factors = basis;
  RowMajor product = RowMajor::Zero(d, b);
  std::vector<double> along(b);
  for (size_t first = 0; first < rows.size(); first += d) {
    std::fill(along.begin(), along.end(), 0.0);
    for (int j = 0; j < d; ++j) {
      const double value = rows[first + j] - mean[j];
      const double* row = factors.data() + int64_t{j} * b;
      for (int c = 0; c < b; ++c) along[c] += value * row[c];
    }
    for (int j = 0; j < d; ++j) {
      const double value = rows[first + j] - mean[j];
      double* sums = product.data() + int64_t{j} * b;
      for (int c = 0; c < b; ++c) sums[c] += value * along[c];
    }
  }
  return product / static_cast<double>(rows.size() / d);
}

double TotalVariance(absl::Span<const float> rows, int d, const Eigen::VectorXd& mean) {
  double sum = 0;
  for (size_t at = 0; at < rows.size(); ++at) {
    const double difference = rows[at] - mean[static_cast<int>(at % d)];
    sum += difference * difference;
  }
  return sum / static_cast<double>(rows.size() / d);
}

Eigen::MatrixXd Orthonormal(const Eigen::MatrixXd& columns) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(columns);
  return qr.householderQ() * Eigen::MatrixXd::Identity(columns.rows(), columns.cols());
}

Axes FindAxes(absl::Span<const float> rows, int d) {
  Axes found;
  found.mean = MeanOf(rows, d);
  found.axes = Eigen::MatrixXd::Zero(d, 2);
  const double total = TotalVariance(rows, d, found.mean);
  if (total == 0) return found;
  const int b = std::min(d, kSubspace);
  Eigen::MatrixXd basis(d, b);
  for (int c = 0; c < b; ++c) {
    for (int j = 0; j < d; ++j) basis(j, c) = std::cos(1.0 + j * (c + 1));  // Any start that favours no column.
  }
  basis = Orthonormal(basis);
  for (int i = 0; i < (b == d ? 0 : kIterations); ++i) basis = Orthonormal(TimesCovariance(rows, d, found.mean, basis));
  const Eigen::MatrixXd inside = basis.transpose().lazyProduct(TimesCovariance(rows, d, found.mean, basis));
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver((inside + inside.transpose()) / 2);
  for (int axis = 0; axis < std::min(b, 2); ++axis) {
    const int at = b - 1 - axis;  // Eigenvalues rise.
    Eigen::VectorXd direction = basis.lazyProduct(solver.eigenvectors().col(at));
    int largest = 0;
    direction.cwiseAbs().maxCoeff(&largest);
    if (direction[largest] < 0) direction = -direction;
    found.axes.col(axis) = direction;
    found.shares[axis] = std::clamp(solver.eigenvalues()[at] / total, 0.0, 1.0);
  }
  return found;
}

// The point of `values` [d] on the axes.
template <typename T>
ClusterEvaluation::Point PointOf(const T* values, const Axes& axes) {
  double at[2] = {0, 0};
  for (int j = 0; j < axes.mean.size(); ++j) {
    for (int axis = 0; axis < 2; ++axis) at[axis] += (values[j] - axes.mean[j]) * axes.axes(j, axis);
  }
  ClusterEvaluation::Point point;
  point.set_x(at[0]);
  point.set_y(at[1]);
  return point;
}

int Nearest(const float* row, int d, absl::Span<const double> centroids) {
  int nearest = 0;
  double least = std::numeric_limits<double>::infinity();
  for (size_t first = 0; first < centroids.size(); first += d) {
    double square = 0;
    for (int j = 0; j < d; ++j) square += (row[j] - centroids[first + j]) * (row[j] - centroids[first + j]);
    if (square < least) {
      least = square;
      nearest = static_cast<int>(first / d);
    }
  }
  return nearest;
}

}  // namespace

ClusterEvaluation::Projection ProjectClusters(absl::Span<const float> rows, int d, absl::Span<const double> centroids) {
  const Axes axes = FindAxes(rows, d);
  ClusterEvaluation::Projection projection;
  projection.set_explained_first(axes.shares[0]);
  projection.set_explained_second(axes.shares[1]);
  const int64_t m = static_cast<int64_t>(rows.size()) / d;
  const int64_t points = std::min<int64_t>(m, kMostPoints);
  for (int64_t i = 0; i < points; ++i) {
    const float* row = rows.data() + i * m / points * d;
    *projection.add_points() = PointOf(row, axes);
    projection.mutable_points()->rbegin()->set_cluster(Nearest(row, d, centroids));
  }
  for (int c = 0; c < static_cast<int>(centroids.size()) / d; ++c) {
    *projection.add_centroids() = PointOf(centroids.data() + int64_t{c} * d, axes);
    projection.mutable_centroids()->rbegin()->set_cluster(c);
  }
  return projection;
}

}  // namespace clientele::training
