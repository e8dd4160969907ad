// Linear systems with a symmetric, positive semidefinite matrix, as least squares and Newton's method make them.
#pragma once

#include <memory>
#include <vector>

#include "absl/types/span.h"

namespace clientele::training {

// The matrix is scaled to a unit diagonal first, so that columns of any unit are alike; then Cholesky. Where it is
// singular (equal or constant columns) the solution is the shortest one in scaled units, by eigenvalues; a negative eigenvalue
// counts by its size, so that the solution of a gradient is a way down. Deterministic.
// Thread-safe: immutable.
class SymmetricSystem {
 public:
  // `matrix` is [width x width], finite. Cost: O(width^3).
  SymmetricSystem(absl::Span<const double> matrix, int width);
  ~SymmetricSystem();
  SymmetricSystem(SymmetricSystem&&);
  SymmetricSystem& operator=(SymmetricSystem&&);

  bool singular() const;
  // How well the least determined direction is: the least squared pivot, in (0, 1]; 0 where not positive definite.
  double determination() const;
  std::vector<double> Solve(absl::Span<const double> right) const;
  std::vector<double> Inverse() const;  // [width x width]; the pseudoinverse (in scaled units) where singular.

 private:
  struct Factors;
  std::unique_ptr<const Factors> factors_;
};

}  // namespace clientele::training
