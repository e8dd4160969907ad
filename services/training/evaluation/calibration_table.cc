#include "services/training/evaluation/calibration_table.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/statistics/normal.h"

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

// Wilson 1927: never outside [0, 1], and sound where the share is 0 or 1. All of [0, 1] where there is no row.
void SetWilsonInterval(const Bin& bin, ClassifierEvaluation::CalibrationBin& out) {
  if (bin.rows == 0) {
    out.set_share_upper(1);
    return;
  }
  const double share = bin.positives / bin.rows, z2 = statistics::kNormalQuantile * statistics::kNormalQuantile;
  const double centre = (share + z2 / (2 * bin.rows)) / (1 + z2 / bin.rows);
  const double spread = statistics::kNormalQuantile / (1 + z2 / bin.rows) *
                        std::sqrt(share * (1 - share) / bin.rows + z2 / (4 * bin.rows * bin.rows));
  out.set_share_lower(std::max(0.0, centre - spread));
  out.set_share_upper(std::min(1.0, centre + spread));
}

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
    SetWilsonInterval(bins[b], out);
    if (bins[b].rows == 0) continue;
    out.set_mean_score(bins[b].scores / bins[b].rows);
    out.set_positive_share(bins[b].positives / bins[b].rows);
    error += bins[b].rows / static_cast<double>(labels.size()) * std::abs(out.mean_score() - out.positive_share());
  }
  evaluation.set_expected_calibration_error(error);
  AddHistograms(probabilities, labels, evaluation);
}

}  // namespace clientele::training
