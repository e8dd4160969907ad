#include "services/training/learners/btyd/objective.h"

#include <algorithm>

namespace clientele::training::btyd {
namespace {

constexpr int64_t kBlock = 512;  // Rows whose derivatives stay in the second cache.

int64_t Triangle(int64_t width) { return width * (width + 1) / 2; }

}  // namespace

struct FitObjective::Scratch {
  std::vector<double> values, slopes, curvatures;  // [block], [block x p], [block x p(p+1)/2]
  std::vector<double> own;                         // [block x p]
  std::vector<double> moved;                       // [c x p]: directions times the row's columns.
  std::vector<double> curved;                      // [p]
};

FitObjective::FitObjective(const Likelihood& likelihood, const LikelihoodRows& rows, absl::Span<const double> weights,
                           const BtydCovariates& covariates, const BtydFitOptions& options)
    : likelihood_(likelihood),
      rows_(rows),
      weights_(weights),
      covariates_(covariates),
      options_(options),
      p_(static_cast<int>(likelihood.parameter_names().size())) {
  for (const double weight : weights) weight_ += weight;
}

void FitObjective::SetOwnParameters(int64_t begin, int64_t end, absl::Span<const double> eta, Scratch& scratch) const {
  for (int64_t row = begin; row < end; ++row) {
    double* own = &scratch.own[(row - begin) * p_];
    std::copy_n(eta.data(), p_, own);
    for (size_t k = 0; k < covariates_.effects.size(); ++k) {
      const CovariateEffect& effect = covariates_.effects[k];
      const double move = eta[p_ + k] * covariates_.values[row * covariates_.columns + effect.column];
      for (int j = 0; j < p_; ++j) own[j] += effect.direction[j] * move;
    }
  }
}

// `sums`: value, gradient [D], upper triangle of the Hessian, row by row.
void FitObjective::AddRow(int64_t row, double weight, const double* slopes, const double* curvatures, Scratch& scratch,
                          double* sums) const {
  const int c = static_cast<int>(covariates_.effects.size()), width = p_ + c;
  const auto moved = [&](int k, int j) { return scratch.moved[k * p_ + j]; };
  for (int k = 0; k < c; ++k) {
    const CovariateEffect& effect = covariates_.effects[k];
    const double z = covariates_.values[row * covariates_.columns + effect.column];
    for (int j = 0; j < p_; ++j) scratch.moved[k * p_ + j] = effect.direction[j] * z;
  }
  double* gradient = sums + 1;
  for (int k = 0; k < c; ++k) {
    for (int j = 0; j < p_; ++j) gradient[p_ + k] += weight * moved(k, j) * slopes[j];
  }
  // Row i of the triangle begins after those above it; of the parameters' own part the caller has taken care.
  const auto at = [&](int i, int j) -> double& { return gradient[width + i * width - i * (i - 1) / 2 + (j - i)]; };
  const auto curvature = [&](int i, int j) {
    if (i > j) std::swap(i, j);
    return curvatures[i * p_ - i * (i - 1) / 2 + (j - i)];
  };
  for (int k = 0; k < c; ++k) {
    for (int i = 0; i < p_; ++i) {
      double sum = 0;
      for (int j = 0; j < p_; ++j) sum += curvature(i, j) * moved(k, j);
      scratch.curved[i] = weight * sum;
      at(i, p_ + k) += scratch.curved[i];
    }
    for (int l = 0; l <= k; ++l) {
      double sum = 0;
      for (int i = 0; i < p_; ++i) sum += moved(l, i) * scratch.curved[i];
      at(p_ + l, p_ + k) += sum;
    }
  }
}

void FitObjective::AddBlock(int64_t begin, int64_t end, absl::Span<const double> eta, Scratch& scratch,
                            double* sums) const {
  const bool own = !covariates_.effects.empty();
  if (own) SetOwnParameters(begin, end, eta, scratch);
  likelihood_.Evaluate(rows_, begin, end, own ? scratch.own.data() : eta.data(), own, scratch.values.data(),
                       scratch.slopes.data(), scratch.curvatures.data());
  const int triangle = static_cast<int>(Triangle(p_)), width = size();
  double gradient[kMostParameters] = {}, hessian[kMostParameters * (kMostParameters + 1) / 2] = {};
  for (int64_t row = begin; row < end; ++row) {
    const double weight = weights_[row];
    const double* slopes = &scratch.slopes[(row - begin) * p_];
    const double* curvatures = &scratch.curvatures[(row - begin) * triangle];
    sums[0] += weight * scratch.values[row - begin];
    for (int j = 0; j < p_; ++j) gradient[j] += weight * slopes[j];
    for (int j = 0; j < triangle; ++j) hessian[j] += weight * curvatures[j];
    if (own) AddRow(row, weight, slopes, curvatures, scratch, sums);
  }
  for (int j = 0; j < p_; ++j) sums[1 + j] += gradient[j];
  double* to = sums + 1 + width;
  for (int i = 0, from = 0; i < p_; to += width - i, ++i) {
    for (int j = i; j < p_; ++j) to[j - i] += hessian[from++];
  }
}

ObjectiveValue FitObjective::At(absl::Span<const double> eta) {
  ++evaluations_;
  const int width = size();
  const int64_t sums = 1 + width + Triangle(width), blocks = (rows() + kBlock - 1) / kBlock;
  std::vector<double> of_blocks(blocks * sums);
  const int threads = static_cast<int>(std::clamp<int64_t>(options_.threads, 1, blocks / 8 + 1));
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    const size_t c = covariates_.effects.size();
    Scratch scratch{std::vector<double>(kBlock),
                    std::vector<double>(kBlock * p_),
                    std::vector<double>(kBlock * Triangle(p_)),
                    std::vector<double>(c == 0 ? 0 : kBlock * p_),
                    std::vector<double>(c * p_),
                    std::vector<double>(p_)};
#pragma omp for schedule(dynamic, 4)
    for (int64_t block = 0; block < blocks; ++block) {
      AddBlock(block * kBlock, std::min((block + 1) * kBlock, rows()), eta, scratch, &of_blocks[block * sums]);
    }
  }
  std::vector<double> total(sums);
  for (int64_t block = 0; block < blocks; ++block) {
    for (int64_t j = 0; j < sums; ++j) total[j] += of_blocks[block * sums + j];
  }
  ObjectiveValue result{total[0], total[0], {total.begin() + 1, total.begin() + 1 + width}, {}};
  result.hessian.resize(width * width);
  const double* from = &total[1 + width];
  for (int i = 0; i < width; ++i) {
    for (int j = i; j < width; ++j) result.hessian[i * width + j] = result.hessian[j * width + i] = *from++;
  }
  for (int k = p_; k < width; ++k) {
    result.value -= 0.5 * options_.coefficient_penalty * eta[k] * eta[k];
    result.gradient[k] -= options_.coefficient_penalty * eta[k];
    result.hessian[k * width + k] -= options_.coefficient_penalty;
  }
  return result;
}

}  // namespace clientele::training::btyd
