// A fitted distribution as scoring uses it: the parameters of a customer, moved by the customer's covariates, and from slopes
// in their logarithms the variance of whatever was computed from them.
//
// Notation: p parameters, c covariate columns, D = p + c. Covariate k moves log parameter j by
// direction_kj x coefficient_k x column_k. So a number with slopes s [p] in a customer's own log parameters has the slope
// s_j in log parameter j, and column_k x sum_j direction_kj s_j in coefficient k.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/model/v1/lifetime_value.pb.h"
#include "common/model/btyd/purchase_model.h"
#include "common/model/lifetime_value/purchase_models.h"

namespace clientele::model {

// What covariates may move, by name.
struct CovariateDirection {
  absl::string_view parameter;
  Direction direction;
};

// Thread-safe: immutable.
class FittedParameters {
 public:
  // INVALID_ARGUMENT with ARTIFACT_INVALID: other parameters than `names`, one that is not positive and sane, a covariate
  // of a parameter that is not among `directions` or of a column that is not below `columns`, a covariance of another size.
  static absl::StatusOr<FittedParameters> Create(const clientele::model::v1::FittedDistribution& fitted,
                                                 absl::Span<const absl::string_view> names,
                                                 absl::Span<const CovariateDirection> directions, int columns);

  int size() const { return static_cast<int>(parameters_.size()); }                              // p
  int dimension() const { return static_cast<int>(parameters_.size() + covariates_.size()); }    // D
  bool has_covariates() const { return !covariates_.empty(); }

  // By how much the columns [d] move each log parameter. Zeros without covariates.
  Direction Shift(absl::Span<const double> columns) const;
  // The parameters so moved; [p] of them.
  std::array<double, btyd::kMostParameters> At(const Direction& shift) const;

  // Adds `factor` times the slopes in all D parameters to `gradient` [D].
  void AddGradient(const btyd::Estimate& estimate, absl::Span<const double> columns, double factor,
                   absl::Span<double> gradient) const;
  // gradient' V gradient. O(D^2).
  double Variance(absl::Span<const double> gradient) const;
  // The variance of one customer's number.
  double VarianceOf(const btyd::Estimate& estimate, absl::Span<const double> columns) const;

  struct Covariate {
    int column = 0;
    double coefficient = 0;
    Direction direction = {};
  };
  const std::vector<Covariate>& covariates() const { return covariates_; }

 private:
  std::vector<double> parameters_;     // p
  std::vector<Covariate> covariates_;  // c
  std::vector<double> covariance_;     // [D x D], row-major; empty: nothing is known, intervals are points.
};

}  // namespace clientele::model
