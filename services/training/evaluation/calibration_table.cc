#include "services/training/evaluation/calibration_table.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/statistics/share_interval.h"

namespace clientele::training {
namespace {

using model::v1::ClassifierEvaluation;

constexpr int kBins = 10;
constexpr int kHistogramBins = 20;

int BinOf(double probability, int bins) { return std::clamp(static_cast<int>(probability * bins), 0, bins - 1); }

struct Bin {
  double rows = 0;
  double positives = 0;
  double scores = 0;
};

void AddHistograms(absl::Span<const double> probabilities, absl::Span<const double> labels,
                   ClassifierEvaluation& evaluation) {
  evaluation.mutable_score_histogram_positives()->Resize(kHistogramBins, 0);
  evaluation.mutable_score_histogram_negatives()->Resize(kHistogramBins, 0);
  for (size_t i = 0; i < labels.size(); ++i) {
    auto& histogram = labels[i] == 1 ? *evaluation.mutable_score_histogram_positives()
                                     : *evaluation.mutable_score_histogram_negatives();
    histogram[BinOf(probabilities[i], kHistogramBins)] += 1;
  }
}

}  // namespace

void AddCalibrationTable(absl::Span<const double> probabilities, absl::Span<const double> labels,
                         ClassifierEvaluation& evaluation) {
  std::vector<Bin> bins(kBins);
  for (size_t i = 0; i < labels.size(); ++i) {
    Bin& bin = bins[BinOf(probabilities[i], kBins)];
    bin.rows += 1;
    bin.positives += labels[i] == 1 ? 1 : 0;
    bin.scores += probabilities[i];
  }
  double error = 0;
  for (int b = 0; b < kBins; ++b) {
    ClassifierEvaluation::CalibrationBin& out = *evaluation.add_calibration();
    out.set_lower(static_cast<double>(b) / kBins);
    out.set_upper(static_cast<double>(b + 1) / kBins);
    out.set_rows(static_cast<int64_t>(bins[b].rows));
    const statistics::ShareInterval interval = statistics::IntervalOfShare(bins[b].positives, bins[b].rows);
    out.set_share_lower(interval.lower);
    out.set_share_upper(interval.upper);
    if (bins[b].rows == 0) continue;
    out.set_mean_score(bins[b].scores / bins[b].rows);
    out.set_positive_share(bins[b].positives / bins[b].rows);
    error += bins[b].rows / static_cast<double>(labels.size()) * std::abs(out.mean_score() - out.positive_share());
  }
  evaluation.set_expected_calibration_error(error);
  AddHistograms(probabilities, labels, evaluation);
}

}  // namespace clientele::training
