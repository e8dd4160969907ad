// What the linear models share: intercept + coefficients x columns, and its exact explanation.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/model/checks.h"
#include "common/model/encoder.h"
#include "common/model/linear_kernel.h"
#include "common/model/sums.h"

namespace clientele::model {

// Thread-safe: immutable.
class LinearModel {
 public:
  // `message` has coefficients, intercept and standard_errors. INVALID_ARGUMENT with ARTIFACT_INVALID: not one
  // coefficient a column, or one that is not finite.
  template <typename Message>
  static absl::StatusOr<LinearModel> Create(const Message& message, const RowEncoder& encoder) {
    const int columns = encoder.num_columns();
    absl::Status status = CheckNumbers("coefficients", message.coefficients(), columns);
    if (status.ok()) status = CheckNumber("the intercept", message.intercept());
    // Standard errors may be absent, or infinite where the data say nothing; they take no part in scoring.
    if (status.ok() && !message.standard_errors().empty() && message.standard_errors_size() != columns) {
      status = InvalidArtifact("standard_errors do not go with the coefficients");
    }
    if (!status.ok()) return status;
    return LinearModel({message.coefficients().begin(), message.coefficients().end()}, message.intercept(), encoder);
  }

  double Fit(absl::Span<const double> columns) const {
    return intercept_ + DotProduct(coefficients_.data(), columns.data(), coefficients_.size());
  }

  // The same bits for rows [n x d], n = fits.size().
  void Fits(absl::Span<const double> rows, absl::Span<double> fits) const {
    LinearFits(coefficients_, intercept_, rows.data(), fits);
  }

  // The fit of a row of training means.
  double baseline() const { return baseline_; }

  // Adds each column's coefficient x (value - training mean), times `slope`, to its feature's contribution.
  void Explain(const RowEncoder& encoder, absl::Span<const double> columns, absl::Span<double> contributions,
               double slope = 1) const {
    for (size_t j = 0; j < coefficients_.size(); ++j) {
      const EncodedColumn& column = encoder.columns()[j];
      contributions[column.feature] += slope * coefficients_[j] * (columns[j] - column.training_mean);
    }
  }

 private:
  LinearModel(std::vector<double> coefficients, double intercept, const RowEncoder& encoder)
      : coefficients_(std::move(coefficients)), intercept_(intercept) {
    std::vector<double> means;
    for (const EncodedColumn& column : encoder.columns()) means.push_back(column.training_mean);
    baseline_ = Fit(means);
  }

  std::vector<double> coefficients_;
  double intercept_;
  double baseline_;
};

}  // namespace clientele::model
