// Cox's partial likelihood and its derivatives (Cox 1972), ties by Efron (1977) or Breslow (1974), in one pass over
// rows that are sorted once.
//
// Notation: n rows, d columns, weights w, r = w exp(x b). At a time with events D (m of them; w their mean weight)
// among those at risk R, let S0 and S1 be the sums of r and r x over R, D0 and D1 those over D. Efron takes m steps
// l = 0..m-1 with the denominators q = S0 - l/m D0 (and S1 - l/m D1), Breslow all with S0. Log-likelihood, score and
// information are
//   sum_D w x b - sum w log q,   sum_i x_i (w_i ended_i - r_i A_i),   sum_i r_i A_i x_i x_i' - sum w mean mean',
// where A_i is the hazard that row i has lived through, the sum of w / q up to its time (of its own time's steps a row
// that ends then counts only 1 - l/m each), and mean = S1 / q. So the only sums over risk sets are S0 and S1; the matrix
// part is a weighted sum of outer products, over rows and over steps.
//
// Cost of a pass: 2 n d^2 flops where all rows are events, half of it where few are; memory n (d + 4) doubles.
// Sums over rows are taken in blocks of fixed size and added in their order: the same for any number of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/base/stop_token.h"
#include "services/training/learners/survival/newton.h"
#include "services/training/learners/survival/rows.h"

namespace clientele::training::survival {

enum class Ties { kEfron, kBreslow };

// Thread-compatible.
class CoxObjective {
 public:
  // Sorted rows that end or leave at one time of one stratum, those that end first.
  struct Group {
    int64_t begin = 0, ended = 0, end = 0;  // Events are [begin, ended).
    int stratum = 0;
    double time = 0;
    double weight = 0;  // Of the events, together.
    int64_t events() const { return ended - begin; }
  };
  // How the hazard rises at a group's time, at the coefficients of the last evaluation and the columns' means.
  struct HazardStep {
    double hazard = 0;         // sum w / q.
    double variance = 0;       // sum w / q^2.
    std::vector<double> mean;  // [d]: sum w mean / q.
  };

  // `rows` must be valid, `columns` are [n x d], row-major, finite. Both are copied, the columns less their means.
  CoxObjective(const Rows& rows, absl::Span<const double> columns, int d, Ties ties, int threads, StopToken stop);

  // At the coefficients `at` [d] of the centred columns. `group_weights`, one a group, multiply what each group's
  // events add; empty: all 1. The value is minus infinity where a row's hazard would be beyond any number. Errors: of
  // the stop token.
  absl::StatusOr<Derivatives> Evaluate(absl::Span<const double> at, absl::Span<const double> group_weights = {});

  int columns() const { return d_; }
  const std::vector<double>& means() const { return means_; }   // [d], of the rows with a weight above 0.
  const std::vector<Group>& groups() const { return groups_; }  // By stratum, then time. Some have no event.
  // One a group. Needs an evaluation before. Cost: O(n d).
  std::vector<HazardStep> HazardSteps() const;

 private:
  // One step of a group's events: with which weight, denominator, and sum of r x [width].
  using VisitStep = absl::FunctionRef<void(size_t group, double weight, double denominator, const double* sum)>;
  struct RiskSums {
    double all = 0;    // S0
    double ended = 0;  // D0
  };

  int64_t size() const { return static_cast<int64_t>(weights_.size()); }
  int64_t blocks() const;
  const double* row(int64_t i) const { return columns_.data() + i * width_; }

  void CopySorted(const Rows& rows, absl::Span<const double> columns, const std::vector<int64_t>& order);
  void FindGroups(const Rows& rows, const std::vector<int64_t>& order);
  // Sets fits_, risks_ and carries_. False where a fit is too large.
  bool FillRisks(absl::Span<const double> at);
  void FillCarries(const std::vector<double>& heads);
  void FillRiskSums();
  // Calls visit(weight, share of D0 taken off, denominator) for every step of a group.
  template <typename Visit>
  void ForEachDenominator(size_t group, Visit visit) const;
  double LogLikelihood(absl::Span<const double> group_weights) const;
  // Sets lived_ and residuals_.
  void FillResiduals(absl::Span<const double> group_weights);
  // Every step of the groups that begin in the block, from the last one back.
  void ForEachStep(int64_t block, VisitStep visit) const;
  void SumBlock(int64_t block, absl::Span<const double> group_weights, double* gradient, double* information) const;

  const int d_;
  const int width_;  // d, padded.
  const Ties ties_;
  const int threads_;
  const StopToken stop_;
  std::vector<double> means_;
  // In time order.
  std::vector<double> columns_;  // [n x width]
  std::vector<double> weights_;  // [n]
  std::vector<int> strata_;      // [n]
  std::vector<Group> groups_;
  std::vector<size_t> first_group_;  // [blocks + 1]: the first group that begins in the block, or later.
  // At the coefficients of the last evaluation.
  std::vector<double> fits_;   // [n] x b
  std::vector<double> risks_;  // [n] r
  std::vector<double>
      carries_;  // [blocks x width]: S1 of the rows behind the block, as far as its last row's stratum goes.
  std::vector<RiskSums> risk_sums_;  // One a group.
  std::vector<double> lived_;        // [n] r A
  std::vector<double> residuals_;    // [n] w ended - r A
};

}  // namespace clientele::training::survival
