// What a row costs, given its linear predictors: the one part in which the linear learners differ.
//
// Notation: H heads (linear predictors) a row: 1 for logistic regression and the generalised linear models, one a class
// for multinomial regression, 3 for the zero-inflated lognormal. A fit is a head's value, offset included.
#pragma once

#include <cstdint>

namespace clientele::training {

// Rows that are evaluated together: they and what is made of them stay in the first-level cache.
inline constexpr int kTileRows = 128;

// The rows of one call, head-major: head h of row r is at [h * kTileRows + r]. Every array has room for kTileRows; what lies
// behind `rows` may be computed too, and counts for nothing.
struct FamilyRows {
  int rows = 0;              // At most kTileRows.
  const double* fits;        // [H x kTileRows]
  const double* labels;      // [kTileRows]
  double* losses;            // [kTileRows], out: without the row's weight.
  double* slopes;            // [H x kTileRows], out: d loss / d fit. Null: the losses alone are asked for.
  double* curvatures;        // [H (H + 1) / 2 x kTileRows], out: second derivatives by pairs of heads (0,0), (0,1), ..., (1,1), ...
  double* pearson = nullptr;  // [kTileRows], out: (label - mean)^2 / variance. Null: nobody asks, or it has none.
};

// Thread-safe: immutable.
class Family {
 public:
  virtual ~Family() = default;
  virtual int heads() const { return 1; }  // H
  // Whether the curvatures are the same whatever the fits: then one Newton step is the last.
  virtual bool quadratic() const { return false; }
  // Whether rows scatter around their means by more or less than the variance function says: pearson tells how much.
  virtual bool dispersed() const { return false; }
  // Fills losses, slopes and curvatures; or, where slopes and curvatures are null, the losses alone.
  virtual void Evaluate(const FamilyRows& rows) const = 0;
};

}  // namespace clientele::training
