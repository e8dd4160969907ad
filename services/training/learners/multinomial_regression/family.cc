#include "services/training/learners/multinomial_regression/family.h"

#include <vector>

#include "common/model/portable_math.h"

namespace clientele::training {
namespace {

// One row's probabilities [k]; returns its loss.
double Softmax(const FamilyRows& rows, int r, int label, std::vector<double>& probabilities) {
  const int k = static_cast<int>(probabilities.size());
  const auto fit = [&](int a) { return rows.fits[a * kTileRows + r]; };
  int top = 0;
  for (int a = 1; a < k; ++a) top = fit(a) > fit(top) ? a : top;
  double beside = 0;  // What the others add to the top one's exp(0): summed apart, it is not lost beside it.
  for (int a = 0; a < k; ++a) {
    probabilities[a] = a == top ? 1 : model::Exp(fit(a) - fit(top));
    beside += a == top ? 0 : probabilities[a];
  }
  for (double& probability : probabilities) probability /= 1 + beside;
  return model::Log1p(beside) + (fit(top) - fit(label));
}

// slope_a = p_a - [a = label], curvature_ab = p_a ([a = b] - p_b), with 1 - p_a as the sum of the others.
void Derive(const FamilyRows& rows, int r, int label, const std::vector<double>& probabilities) {
  const int k = static_cast<int>(probabilities.size());
  for (int a = 0, pair = 0; a < k; ++a) {
    double others = 0;
    for (int b = 0; b < k; ++b) others += b == a ? 0 : probabilities[b];
    rows.slopes[a * kTileRows + r] = a == label ? -others : probabilities[a];
    rows.curvatures[pair++ * kTileRows + r] = probabilities[a] * others;
    for (int b = a + 1; b < k; ++b) rows.curvatures[pair++ * kTileRows + r] = -probabilities[a] * probabilities[b];
  }
}

}  // namespace

void MultinomialFamily::Evaluate(const FamilyRows& rows) const {
  std::vector<double> probabilities(classes_);
  for (int r = 0; r < rows.rows; ++r) {
    const int label = static_cast<int>(rows.labels[r]);
    rows.losses[r] = Softmax(rows, r, label, probabilities);
    if (rows.slopes != nullptr) Derive(rows, r, label, probabilities);
  }
}

}  // namespace clientele::training
