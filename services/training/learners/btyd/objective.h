// The log-likelihood of all rows with its derivatives in the unknowns of a fit (fit.h: eta, D of them).
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "services/training/learners/btyd/fit.h"
#include "services/training/learners/btyd/likelihood.h"

namespace clientele::training::btyd {

struct ObjectiveValue {
  double log_likelihood = 0;
  double value = 0;              // Less the penalty: what is maximised.
  std::vector<double> gradient;  // [D]
  std::vector<double> hessian;   // [D x D]
};

// Rows are summed in blocks of a fixed size, blocks in order: the same bits for any number of threads. Not thread-safe.
class FitObjective {
 public:
  // All must outlive it.
  FitObjective(const Likelihood& likelihood, const LikelihoodRows& rows, absl::Span<const double> weights,
               const BtydCovariates& covariates, const BtydFitOptions& options);

  // Not finite where the likelihood is not. Cost: one pass over the rows.
  ObjectiveValue At(absl::Span<const double> eta);

  int parameters() const { return p_; }                                           // p
  int size() const { return p_ + static_cast<int>(covariates_.effects.size()); }  // D
  int64_t rows() const { return static_cast<int64_t>(rows_.first.size()); }
  double weight() const { return weight_; }
  int evaluations() const { return evaluations_; }

 private:
  struct Scratch;

  void AddBlock(int64_t begin, int64_t end, absl::Span<const double> eta, Scratch& scratch, double* sums) const;
  // Row by row: the coefficients' slopes are those of the log parameters, moved along their directions.
  void AddRow(int64_t row, double weight, const double* slopes, const double* curvatures, Scratch& scratch,
              double* sums) const;
  void SetOwnParameters(int64_t begin, int64_t end, absl::Span<const double> eta, Scratch& scratch) const;

  const Likelihood& likelihood_;
  const LikelihoodRows rows_;
  const absl::Span<const double> weights_;
  const BtydCovariates covariates_;
  const BtydFitOptions options_;
  const int p_;
  double weight_ = 0;
  int evaluations_ = 0;
};

}  // namespace clientele::training::btyd
