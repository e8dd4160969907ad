#include "services/training/evaluation/classifier.h"

#include <algorithm>
#include <cmath>

#include "common/statistics/auc.h"
#include "services/training/evaluation/calibration_table.h"
#include "services/training/evaluation/curves.h"
#include "common/statistics/ranks.h"

namespace clientele::training {
namespace {

using model::v1::ClassifierEvaluation;

constexpr double kLeastProbability = 1e-15;

double LogLoss(double probability, bool positive) {
  const double cut = std::clamp(probability, kLeastProbability, 1 - kLeastProbability);
  return positive ? -std::log(cut) : -std::log1p(-cut);
}

double Ratio(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void AddConfusion(absl::Span<const double> probabilities, absl::Span<const double> labels, double threshold,
                  ClassifierEvaluation& evaluation) {
  int64_t counts[2][2] = {};  // [called positive][is positive]
  for (size_t i = 0; i < labels.size(); ++i) ++counts[probabilities[i] >= threshold][labels[i] == 1];
  ClassifierEvaluation::Confusion& confusion = *evaluation.mutable_confusion();
  confusion.set_true_positives(counts[1][1]);
  confusion.set_false_positives(counts[1][0]);
  confusion.set_true_negatives(counts[0][0]);
  confusion.set_false_negatives(counts[0][1]);
  const int64_t n = static_cast<int64_t>(labels.size());
  const double accuracy = Ratio(counts[1][1] + counts[0][0], n);
  evaluation.set_threshold(threshold);
  evaluation.set_accuracy(accuracy);
  evaluation.set_accuracy_standard_error(std::sqrt(accuracy * (1 - accuracy) / static_cast<double>(n)));
  evaluation.set_precision(Ratio(counts[1][1], counts[1][1] + counts[1][0]));
  evaluation.set_recall(Ratio(counts[1][1], counts[1][1] + counts[0][1]));
  evaluation.set_f1(Ratio(2 * counts[1][1], 2 * counts[1][1] + counts[1][0] + counts[0][1]));
  const int64_t positives = counts[0][1] + counts[1][1];
  evaluation.set_positives(positives);
  evaluation.set_majority_share(Ratio(std::max(positives, n - positives), n));
}

void AddLosses(absl::Span<const double> probabilities, absl::Span<const double> labels, double train_positive_share,
               ClassifierEvaluation& evaluation) {
  double log_loss = 0, brier = 0, baseline = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool positive = labels[i] == 1;
    const double difference = probabilities[i] - labels[i];
    log_loss += LogLoss(probabilities[i], positive);
    brier += difference * difference;
    baseline += LogLoss(train_positive_share, positive);
  }
  const double n = static_cast<double>(labels.size());
  evaluation.set_log_loss(log_loss / n);
  evaluation.set_brier(brier / n);
  evaluation.set_log_loss_baseline(baseline / n);
}

void AddDeciles(absl::Span<const double> probabilities, absl::Span<const double> labels,
                ClassifierEvaluation& evaluation) {
  const std::vector<int64_t> order = statistics::OrderByScore(probabilities);
  const int64_t n = static_cast<int64_t>(order.size());
  const int64_t all = evaluation.positives();
  int64_t positives_so_far = 0;
  for (int i = 0; i < 10; ++i) {
    int64_t positives = 0;
    double scores = 0;
    for (int64_t at = statistics::DecileBegin(n, i); at < statistics::DecileBegin(n, i + 1); ++at) {
      positives += labels[order[at]] == 1;
      scores += probabilities[order[at]];
    }
    const int64_t rows = statistics::DecileBegin(n, i + 1) - statistics::DecileBegin(n, i);
    positives_so_far += positives;
    ClassifierEvaluation::Decile& decile = *evaluation.add_deciles();
    decile.set_rows(rows);
    decile.set_mean_score(rows == 0 ? 0 : scores / static_cast<double>(rows));
    decile.set_positive_share(Ratio(positives, rows));
    decile.set_lift(all == 0 ? 0 : decile.positive_share() / Ratio(all, n));
    decile.set_cumulative_gain(Ratio(positives_so_far, all));
  }
}

}  // namespace

ClassifierEvaluation EvaluateClassifier(absl::Span<const double> probabilities, absl::Span<const double> labels,
                                        double threshold, double train_positive_share) {
  ClassifierEvaluation evaluation;
  AddConfusion(probabilities, labels, threshold, evaluation);
  AddLosses(probabilities, labels, train_positive_share, evaluation);
  AddDeciles(probabilities, labels, evaluation);
  AddCalibrationTable(probabilities, labels, evaluation);
  AddCurves(probabilities, labels, evaluation);
  const statistics::Auc auc = statistics::AucWithError(probabilities, labels);
  evaluation.set_auc(auc.value);
  evaluation.set_auc_standard_error(auc.standard_error);
  return evaluation;
}

}  // namespace clientele::training
