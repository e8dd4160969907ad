#include "services/training/evaluation/lifetime_value/holdout.h"

namespace clientele::training {

using common::v1::Label;

Holdout::Holdout(const common::v1::DatasetSpec& spec) : auxiliary_labels_(spec.auxiliary_labels_size()) {
  if (spec.has_label()) Take(spec.label(), kLabel);
  for (int i = 0; i < spec.auxiliary_labels_size(); ++i) Take(spec.auxiliary_labels(i), i);
}

void Holdout::Take(const Label& label, int place) {
  const bool money = label.has_spend_within();
  if (!money && !label.has_purchases_within()) return;
  const int days = money ? label.spend_within().days() : label.purchases_within().days();
  if (days_ == 0) days_ = days;
  int& taken = money ? money_ : purchases_;
  if (days == days_ && taken == kNowhere) taken = place;
}

double Holdout::At(int place, const dataset::Shard& shard, int64_t row) const {
  if (place == kNowhere) return std::numeric_limits<double>::quiet_NaN();
  return place == kLabel ? shard.labels[row] : shard.auxiliary_labels[row * auxiliary_labels_ + place];
}

double Correlation(absl::Span<const double> a, absl::Span<const double> b) {
  const auto n = static_cast<double>(a.size());
  double mean_a = 0, mean_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    mean_a += a[i] / n;
    mean_b += b[i] / n;
  }
  double squares_a = 0, squares_b = 0, products = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    squares_a += (a[i] - mean_a) * (a[i] - mean_a);
    squares_b += (b[i] - mean_b) * (b[i] - mean_b);
    products += (a[i] - mean_a) * (b[i] - mean_b);
  }
  const double scale = std::sqrt(squares_a) * std::sqrt(squares_b);
  return scale > 0 ? products / scale : 0;
}

model::v1::LifetimeValueEvaluation::HoldoutPurchases EvaluatePurchases(absl::Span<const double> expected,
                                                                       absl::Span<const double> actual) {
  model::v1::LifetimeValueEvaluation::HoldoutPurchases evaluation;
  if (actual.empty()) return evaluation;
  double sum_actual = 0, sum_expected = 0, squares = 0, absolutes = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    const double error = expected[i] - actual[i];
    sum_actual += actual[i];
    sum_expected += expected[i];
    squares += error * error;
    absolutes += std::abs(error);
  }
  const auto n = static_cast<double>(actual.size());
  evaluation.set_actual(sum_actual);
  evaluation.set_expected(sum_expected);
  evaluation.set_rmse(std::sqrt(squares / n));
  evaluation.set_mae(absolutes / n);
  evaluation.set_correlation(Correlation(expected, actual));
  return evaluation;
}

}  // namespace clientele::training
