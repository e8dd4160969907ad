#include "services/training/learners/symmetric_system.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

namespace clientele::training {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

// Below this share of the unit diagonal a direction counts as not determined.
constexpr double kRelativeRank = 1e-12;

Vector ScaleOf(const Matrix& matrix) {
  Vector scale(matrix.rows());
  for (Eigen::Index i = 0; i < scale.size(); ++i) scale[i] = matrix(i, i) > 0 ? 1 / std::sqrt(matrix(i, i)) : 0;
  return scale;
}

Matrix Pseudoinverse(const Matrix& scaled) {
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(scaled);
  Vector inverse = eigen.eigenvalues();
  const double least = kRelativeRank * std::max(1.0, inverse.cwiseAbs().maxCoeff());
  for (double& value : inverse) value = std::abs(value) > least ? 1 / std::abs(value) : 0;
  return eigen.eigenvectors() * inverse.asDiagonal() * eigen.eigenvectors().transpose();
}

}  // namespace

struct SymmetricSystem::Factors {
  explicit Factors(const Matrix& matrix) : scale(ScaleOf(matrix)) {
    const Matrix scaled = scale.asDiagonal() * matrix * scale.asDiagonal();
    cholesky.compute(scaled);
    const Vector pivots = cholesky.matrixLLT().diagonal();
    determination = cholesky.info() == Eigen::Success ? pivots.array().square().minCoeff() : 0;
    singular = !(determination > kRelativeRank);
    if (singular) pseudoinverse = Pseudoinverse(scaled);
  }

  Vector scale;
  Eigen::LLT<Matrix> cholesky;
  double determination = 0;
  bool singular = false;
  Matrix pseudoinverse;
};

SymmetricSystem::SymmetricSystem(absl::Span<const double> matrix, int width)
    : factors_(std::make_unique<const Factors>(Eigen::Map<const Matrix>(matrix.data(), width, width))) {}

SymmetricSystem::~SymmetricSystem() = default;

SymmetricSystem::SymmetricSystem(SymmetricSystem&&) = default;
SymmetricSystem& SymmetricSystem::operator=(SymmetricSystem&&) = default;

double SymmetricSystem::determination() const { return factors_->determination; }

bool SymmetricSystem::singular() const { return factors_->singular; }

std::vector<double> SymmetricSystem::Solve(absl::Span<const double> right) const {
  const Vector scaled = factors_->scale.cwiseProduct(Eigen::Map<const Vector>(right.data(), right.size()));
  const Vector solution = factors_->singular ? Vector(factors_->pseudoinverse * scaled) : factors_->cholesky.solve(scaled);
  const Vector result = factors_->scale.cwiseProduct(solution);
  return std::vector<double>(result.data(), result.data() + result.size());
}

std::vector<double> SymmetricSystem::Inverse() const {
  const Eigen::Index width = factors_->scale.size();
  const Matrix inverse =
      factors_->singular ? factors_->pseudoinverse : Matrix(factors_->cholesky.solve(Matrix::Identity(width, width)));
  const Matrix result = factors_->scale.asDiagonal() * inverse * factors_->scale.asDiagonal();
  return std::vector<double>(result.data(), result.data() + result.size());
}

}  // namespace clientele::training
