#include "services/training/learners/survival/cox_objective.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/base/status_macros.h"
#include "services/training/learners/survival/gram.h"

namespace clientele::training::survival {
namespace {

constexpr int64_t kBlockRows = 4096;
constexpr int64_t kTileRows = 128;   // Means that wait for their outer products.
constexpr double kLargestFit = 300;  // Of a centred row: exp of it, times any number of rows, is a number still.

double WeightOf(absl::Span<const double> group_weights, size_t group) {
  return group_weights.empty() ? 1 : group_weights[group];
}

void AddScaled(const double* from, double factor, int width, double* to) {
  for (int j = 0; j < width; ++j) to[j] += factor * from[j];
}

}  // namespace

CoxObjective::CoxObjective(const Rows& rows, absl::Span<const double> columns, int d, Ties ties, int threads,
                           StopToken stop)
    : d_(d), width_(PaddedWidth(d)), ties_(ties), threads_(threads), stop_(std::move(stop)) {
  const std::vector<int64_t> order = TimeOrder(rows);
  CopySorted(rows, columns, order);
  FindGroups(rows, order);
  const int64_t n = size();
  fits_.resize(n);
  risks_.resize(n);
  lived_.resize(n);
  residuals_.resize(n);
  risk_sums_.resize(groups_.size());
}

int64_t CoxObjective::blocks() const { return (size() + kBlockRows - 1) / kBlockRows; }

void CoxObjective::CopySorted(const Rows& rows, absl::Span<const double> columns, const std::vector<int64_t>& order) {
  const auto n = static_cast<int64_t>(order.size());
  columns_.assign(n * width_, 0);
  weights_.resize(n);
  strata_.resize(n);
  means_.assign(d_, 0);
  for (int64_t i = 0; i < n; ++i) {
    weights_[i] = rows.weight(order[i]);
    strata_[i] = rows.stratum(order[i]);
    std::copy_n(columns.data() + order[i] * d_, d_, columns_.data() + i * width_);
    for (int j = 0; j < d_; ++j) means_[j] += columns_[i * width_ + j];
  }
  for (double& mean : means_) mean /= static_cast<double>(std::max<int64_t>(n, 1));
  for (int64_t i = 0; i < n; ++i) {
    for (int j = 0; j < d_; ++j) columns_[i * width_ + j] -= means_[j];
  }
}

void CoxObjective::FindGroups(const Rows& rows, const std::vector<int64_t>& order) {
  const int64_t n = size();
  for (int64_t i = 0; i < n;) {
    Group group;
    group.begin = group.ended = i;
    group.stratum = strata_[i];
    group.time = rows.durations[order[i]];
    for (; i < n && strata_[i] == group.stratum && rows.durations[order[i]] == group.time; ++i) {
      if (rows.ended[order[i]] == 0) continue;
      group.ended = i + 1;
      group.weight += weights_[i];
    }
    group.end = i;
    groups_.push_back(group);
  }
  for (int64_t block = 0; block <= blocks(); ++block) {
    const auto first = std::partition_point(groups_.begin(), groups_.end(),
                                            [&](const Group& group) { return group.begin < block * kBlockRows; });
    first_group_.push_back(first - groups_.begin());
  }
}

bool CoxObjective::FillRisks(absl::Span<const double> at) {
  const int64_t n = size(), count = blocks();
  std::vector<double> heads(count * width_, 0);  // S1 over the rows of the stratum that the block begins with.
  std::vector<uint8_t> too_large(count, 0);
#pragma omp parallel for num_threads(threads_) schedule(dynamic)
  for (int64_t block = 0; block < count; ++block) {
    const int64_t begin = block * kBlockRows, end = std::min(n, begin + kBlockRows);
    for (int64_t i = begin; i < end; ++i) {
      const double* x = row(i);
      double fit = 0;
      for (int j = 0; j < d_; ++j) fit += x[j] * at[j];
      if (!(std::abs(fit) <= kLargestFit)) too_large[block] = 1;
      fits_[i] = fit;
      risks_[i] = weights_[i] * std::exp(fit);
      if (strata_[i] == strata_[begin]) AddScaled(x, risks_[i], width_, heads.data() + block * width_);
    }
  }
  if (std::any_of(too_large.begin(), too_large.end(), [](uint8_t large) { return large != 0; })) return false;
  FillCarries(heads);
  return true;
}

void CoxObjective::FillCarries(const std::vector<double>& heads) {
  const int64_t n = size(), count = blocks();
  carries_.assign(count * width_, 0);
  for (int64_t block = count - 2; block >= 0; --block) {
    const int64_t next = (block + 1) * kBlockRows, last = std::min(n, next + kBlockRows) - 1;
    if (strata_[next] != strata_[next - 1]) continue;
    double* carry = carries_.data() + block * width_;
    AddScaled(heads.data() + (block + 1) * width_, 1, width_, carry);
    if (strata_[last] == strata_[next]) AddScaled(carry + width_, 1, width_, carry);
  }
}

void CoxObjective::FillRiskSums() {
  double sum = 0;
  for (size_t g = groups_.size(); g-- > 0;) {
    const Group& group = groups_[g];
    if (g + 1 == groups_.size() || groups_[g + 1].stratum != group.stratum) sum = 0;
    double ended = 0;
    for (int64_t i = group.end; i-- > group.begin;) {
      sum += risks_[i];
      if (i < group.ended) ended += risks_[i];
    }
    risk_sums_[g] = {sum, ended};
  }
}

template <typename Visit>
void CoxObjective::ForEachDenominator(size_t g, Visit visit) const {
  const Group& group = groups_[g];
  const int64_t events = group.events();
  if (events == 0) return;
  const RiskSums& sums = risk_sums_[g];
  if (ties_ == Ties::kBreslow || events == 1) {
    visit(group.weight, 0.0, sums.all);
    return;
  }
  const auto m = static_cast<double>(events);
  for (int64_t l = 0; l < events; ++l) {
    const double share = static_cast<double>(l) / m;
    visit(group.weight / m, share, sums.all - share * sums.ended);
  }
}

double CoxObjective::LogLikelihood(absl::Span<const double> group_weights) const {
  double sum = 0;
  for (size_t g = 0; g < groups_.size(); ++g) {
    double part = 0;
    for (int64_t i = groups_[g].begin; i < groups_[g].ended; ++i) part += weights_[i] * fits_[i];
    ForEachDenominator(g, [&](double weight, double, double q) { part -= weight * std::log(q); });
    sum += WeightOf(group_weights, g) * part;
  }
  return sum;
}

void CoxObjective::FillResiduals(absl::Span<const double> group_weights) {
  double lived = 0;
  for (size_t g = 0; g < groups_.size(); ++g) {
    const Group& group = groups_[g];
    if (g == 0 || groups_[g - 1].stratum != group.stratum) lived = 0;
    const double factor = WeightOf(group_weights, g);
    double step = 0, step_of_ended = 0;
    ForEachDenominator(g, [&](double weight, double share, double q) {
      step += factor * weight / q;
      step_of_ended += factor * weight * (1 - share) / q;
    });
    for (int64_t i = group.begin; i < group.end; ++i) {
      const bool ended = i < group.ended;
      lived_[i] = risks_[i] * (lived + (ended ? step_of_ended : step));
      residuals_[i] = (ended ? factor * weights_[i] : 0) - lived_[i];
    }
    lived += step;
  }
}

void CoxObjective::ForEachStep(int64_t block, VisitStep visit) const {
  std::vector<double> sum(carries_.begin() + block * width_, carries_.begin() + (block + 1) * width_);
  std::vector<double> of_ended(width_), left(width_);
  int64_t i = std::min(size(), (block + 1) * kBlockRows);
  for (size_t g = first_group_[block + 1]; g-- > first_group_[block];) {
    const Group& group = groups_[g];
    // The end of a stratum inside the block: nobody of the next one is at risk.
    if (group.end == i && i < size() && strata_[i] != group.stratum) std::fill(sum.begin(), sum.end(), 0);
    for (; i > group.begin; --i) AddScaled(row(i - 1), risks_[i - 1], width_, sum.data());
    if (group.events() == 0) continue;
    std::fill(of_ended.begin(), of_ended.end(), 0);
    for (int64_t j = group.begin; j < group.ended; ++j) AddScaled(row(j), risks_[j], width_, of_ended.data());
    ForEachDenominator(g, [&](double weight, double share, double q) {
      left = sum;
      if (share > 0) AddScaled(of_ended.data(), -share, width_, left.data());
      visit(g, weight, q, left.data());
    });
  }
}

void CoxObjective::SumBlock(int64_t block, absl::Span<const double> group_weights, double* gradient,
                            double* information) const {
  const int64_t begin = block * kBlockRows, end = std::min(size(), begin + kBlockRows);
  for (int64_t i = begin; i < end; ++i) AddScaled(row(i), residuals_[i], width_, gradient);
  AddOuterProducts(row(begin), lived_.data() + begin, end - begin, width_, information);
  std::vector<double> means(kTileRows * width_), weights(kTileRows);
  int64_t waiting = 0;
  ForEachStep(block, [&](size_t group, double weight, double q, const double* sum) {
    double* mean = means.data() + waiting * width_;
    for (int j = 0; j < width_; ++j) mean[j] = sum[j] / q;
    weights[waiting++] = -weight * WeightOf(group_weights, group);
    if (waiting < kTileRows) return;
    AddOuterProducts(means.data(), weights.data(), waiting, width_, information);
    waiting = 0;
  });
  AddOuterProducts(means.data(), weights.data(), waiting, width_, information);
}

absl::StatusOr<Derivatives> CoxObjective::Evaluate(absl::Span<const double> at,
                                                   absl::Span<const double> group_weights) {
  CLIENTELE_RETURN_IF_ERROR(stop_.Check());
  Derivatives result;
  result.value = -std::numeric_limits<double>::infinity();
  if (!FillRisks(at)) return result;
  FillRiskSums();
  result.value = LogLikelihood(group_weights);
  FillResiduals(group_weights);
  CLIENTELE_RETURN_IF_ERROR(stop_.Check());
  const int64_t count = blocks(), stride = width_ + int64_t{width_} * width_;
  std::vector<double> total(stride, 0), some;
  // A few blocks at a time, so that their sums never take more room than the rows.
  const int64_t batch = 64;
  for (int64_t from = 0; from < count; from += batch) {
    const int64_t to = std::min(count, from + batch);
    some.assign((to - from) * stride, 0);
#pragma omp parallel for num_threads(threads_) schedule(dynamic)
    for (int64_t block = from; block < to; ++block) {
      double* sums = some.data() + (block - from) * stride;
      SumBlock(block, group_weights, sums, sums + width_);
    }
    for (int64_t block = from; block < to; ++block) {
      for (int64_t j = 0; j < stride; ++j) total[j] += some[(block - from) * stride + j];
    }
  }
  result.gradient.assign(total.begin(), total.begin() + d_);
  result.information = Unpadded(absl::MakeConstSpan(total).subspan(width_), width_, d_);
  return result;
}

std::vector<CoxObjective::HazardStep> CoxObjective::HazardSteps() const {
  std::vector<HazardStep> steps(groups_.size());
  for (HazardStep& step : steps) step.mean.assign(d_, 0);
  for (int64_t block = 0; block < blocks(); ++block) {
    ForEachStep(block, [&](size_t group, double weight, double q, const double* sum) {
      HazardStep& step = steps[group];
      step.hazard += weight / q;
      step.variance += weight / (q * q);
      for (int j = 0; j < d_; ++j) step.mean[j] += weight * sum[j] / (q * q);
    });
  }
  return steps;
}

}  // namespace clientele::training::survival
