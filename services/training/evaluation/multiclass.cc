#include "services/training/evaluation/multiclass.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/statistics/auc.h"

namespace clientele::training {
namespace {

using model::v1::MulticlassEvaluation;

constexpr double kLeastProbability = 1e-15;

double LogLoss(double probability) { return -std::log(std::max(probability, kLeastProbability)); }

double Ratio(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

class Judge {
 public:
  Judge(absl::Span<const double> probabilities, absl::Span<const double> labels, int k)
      : probabilities_(probabilities), labels_(labels), k_(k), n_(static_cast<int64_t>(labels.size())) {}

  // Counts [k x k]: rows are the true classes.
  std::vector<int64_t> Confusion() const {
    std::vector<int64_t> counts(static_cast<size_t>(k_) * k_, 0);
    for (int64_t i = 0; i < n_; ++i) {
      const double* row = probabilities_.data() + i * k_;
      ++counts[ClassOf(i) * k_ + (std::max_element(row, row + k_) - row)];
    }
    return counts;
  }

  void AddLosses(absl::Span<const double> training_shares, MulticlassEvaluation& evaluation) const {
    double loss = 0, baseline = 0;
    for (int64_t i = 0; i < n_; ++i) {
      loss += LogLoss(probabilities_[i * k_ + ClassOf(i)]);
      baseline += LogLoss(training_shares[ClassOf(i)]);
    }
    evaluation.set_log_loss(loss / static_cast<double>(n_));
    evaluation.set_log_loss_baseline(baseline / static_cast<double>(n_));
  }

  double AucOf(int c) const {
    std::vector<double> scores(n_), is_class(n_);
    for (int64_t i = 0; i < n_; ++i) {
      scores[i] = probabilities_[i * k_ + c];
      is_class[i] = ClassOf(i) == c ? 1 : 0;
    }
    return statistics::AreaUnderCurve(scores, is_class);
  }

 private:
  int64_t ClassOf(int64_t row) const { return static_cast<int64_t>(labels_[row]); }

  absl::Span<const double> probabilities_;
  absl::Span<const double> labels_;
  const int k_;
  const int64_t n_;
};

}  // namespace

MulticlassEvaluation EvaluateClasses(absl::Span<const double> probabilities, absl::Span<const double> labels,
                                     absl::Span<const std::string> names, absl::Span<const double> training_shares) {
  const int k = static_cast<int>(names.size());
  const int64_t n = static_cast<int64_t>(labels.size());
  const Judge judge(probabilities, labels, k);
  const std::vector<int64_t> confusion = judge.Confusion();
  MulticlassEvaluation evaluation;
  evaluation.mutable_confusion()->Assign(confusion.begin(), confusion.end());
  int64_t right = 0, most_frequent = 0;
  double f1_sum = 0;
  for (int c = 0; c < k; ++c) {
    int64_t rows = 0, called = 0;
    for (int other = 0; other < k; ++other) {
      rows += confusion[c * k + other];
      called += confusion[other * k + c];
    }
    const int64_t hits = confusion[c * k + c];
    MulticlassEvaluation::Class& one = *evaluation.add_classes();
    one.set_name(names[c]);
    one.set_rows(rows);
    one.set_precision(Ratio(hits, called));
    one.set_recall(Ratio(hits, rows));
    one.set_f1(Ratio(2 * hits, rows + called));
    one.set_auc(judge.AucOf(c));
    right += hits;
    most_frequent = std::max(most_frequent, rows);
    f1_sum += one.f1();
  }
  const double accuracy = Ratio(right, n);
  evaluation.set_accuracy(accuracy);
  evaluation.set_accuracy_standard_error(std::sqrt(accuracy * (1 - accuracy) / static_cast<double>(n)));
  evaluation.set_majority_share(Ratio(most_frequent, n));
  evaluation.set_macro_f1(f1_sum / k);
  judge.AddLosses(training_shares, evaluation);
  return evaluation;
}

}  // namespace clientele::training
