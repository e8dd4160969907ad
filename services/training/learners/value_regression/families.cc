#include "services/training/learners/value_regression/families.h"

#include <algorithm>
#include <cmath>

#include "common/model/value_regression/family.h"

namespace clientele::training {
namespace {

using Lognormal = ZeroInflatedLognormalFamily;

constexpr double kHalfLogTwoPi = 0.91893853320467274178;

// The lognormal's pairs of heads, in the order of FamilyRows.
enum Pair { kOO, kOM, kOS, kMM, kMS, kSS, kPairs };

// log(1 + exp(x)), its first and its second derivative.
struct Softplus {
  explicit Softplus(double x) {
    const double e = std::exp(-std::abs(x));  // In (0, 1].
    const double smaller = e / (1 + e);
    value = std::max(x, 0.0) + std::log1p(e);
    slope = x >= 0 ? 1 - smaller : smaller;
    curvature = smaller / (1 + e);
  }
  double value, slope, curvature;
};

void EvaluateOccurrence(const FamilyRows& rows, int r) {
  const bool occurs = rows.labels[r] > 0;
  const double odds = rows.fits[Lognormal::kOccurrence * kTileRows + r];
  const Softplus softplus(occurs ? -odds : odds);
  rows.losses[r] = softplus.value;
  if (rows.slopes == nullptr) return;
  for (int head = 0; head < Lognormal::kHeads; ++head) rows.slopes[head * kTileRows + r] = 0;
  for (int pair = 0; pair < kPairs; ++pair) rows.curvatures[pair * kTileRows + r] = 0;
  rows.slopes[Lognormal::kOccurrence * kTileRows + r] = occurs ? -softplus.slope : softplus.slope;
  rows.curvatures[kOO * kTileRows + r] = softplus.curvature;
}

// Adds to what EvaluateOccurrence has set.
void EvaluateAmount(const FamilyRows& rows, int r) {
  const double log_label = std::log(rows.labels[r]);
  const double spread = rows.fits[Lognormal::kSpread * kTileRows + r], cut = model::CutSpread(spread);
  const double precision = std::exp(-2 * cut);
  const double residual = log_label - rows.fits[Lognormal::kMean * kTileRows + r];
  const double square = residual * residual * precision;
  rows.losses[r] += square / 2 + cut + log_label + kHalfLogTwoPi;
  if (rows.slopes == nullptr) return;
  rows.slopes[Lognormal::kMean * kTileRows + r] = -residual * precision;
  rows.curvatures[kMM * kTileRows + r] = precision;
  if (spread != cut) return;  // Beyond its range it changes nothing.
  rows.slopes[Lognormal::kSpread * kTileRows + r] = 1 - square;
  rows.curvatures[kMS * kTileRows + r] = 2 * residual * precision;
  rows.curvatures[kSS * kTileRows + r] = 2 * square;
}

}  // namespace

void TransformedLabelFamily::Evaluate(const FamilyRows& rows) const {
  double transformed[kTileRows] = {};
  for (int r = 0; r < rows.rows; ++r) transformed[r] = transform_(rows.labels[r]);
  FamilyRows of_transformed = rows;
  of_transformed.labels = transformed;
  family_.Evaluate(of_transformed);
}

void PositiveLabelFamily::Evaluate(const FamilyRows& rows) const {
  family_.Evaluate(rows);
  for (int r = 0; r < rows.rows; ++r) {
    if (rows.labels[r] > 0) continue;
    rows.losses[r] = 0;
    if (rows.slopes != nullptr) rows.slopes[r] = rows.curvatures[r] = 0;
    if (rows.pearson != nullptr) rows.pearson[r] = 0;
  }
}

void ZeroInflatedLognormalFamily::Evaluate(const FamilyRows& rows) const {
  for (int r = 0; r < rows.rows; ++r) {
    EvaluateOccurrence(rows, r);
    if (rows.labels[r] > 0) EvaluateAmount(rows, r);
  }
}

}  // namespace clientele::training
