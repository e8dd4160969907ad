// What came after as_of, as far as the dataset tells: the label, or labels that were read beside it.
#pragma once

#include <cmath>
#include <limits>

#include "clientele/common/v1/dataset.pb.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "absl/types/span.h"
#include "common/dataset/dataset.h"

namespace clientele::training {

// Where the holdout's money and purchases are: in the labels, in an auxiliary label, or nowhere.
class Holdout {
 public:
  // Both must be of one window: the label's; without a label, that of the first auxiliary label of either kind.
  explicit Holdout(const common::v1::DatasetSpec& spec);

  int days() const { return days_; }  // 0: nothing is known.
  bool has_money() const { return money_ != kNowhere; }
  bool has_purchases() const { return purchases_ != kNowhere; }
  // Of a row; NaN where not known.
  double Money(const dataset::Shard& shard, int64_t row) const { return At(money_, shard, row); }
  double Purchases(const dataset::Shard& shard, int64_t row) const { return At(purchases_, shard, row); }

 private:
  static constexpr int kNowhere = -2, kLabel = -1;  // Else the index among the auxiliary labels.

  void Take(const common::v1::Label& label, int place);
  double At(int place, const dataset::Shard& shard, int64_t row) const;

  int days_ = 0;
  int money_ = kNowhere;
  int purchases_ = kNowhere;
  int auxiliary_labels_ = 0;
};

// Sums and errors of purchases a customer. No row: nothing is set. Pure.
model::v1::LifetimeValueEvaluation::HoldoutPurchases EvaluatePurchases(absl::Span<const double> expected,
                                                                       absl::Span<const double> actual);

// Pearson's; 0 where one of them is the same in every row.
double Correlation(absl::Span<const double> a, absl::Span<const double> b);

}  // namespace clientele::training
