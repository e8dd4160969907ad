#include "services/training/learners/survival/aft_objective.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/base/status_macros.h"
#include "services/training/learners/survival/gram.h"

namespace clientele::training::survival {
namespace {

constexpr int64_t kBlockRows = 4096;
constexpr double kLargestLogHazard = 300;

}  // namespace

AftObjective::AftObjective(const Rows& rows, absl::Span<const double> columns, int d, bool exponential, int threads,
                           StopToken stop)
    : d_(d),
      exponential_(exponential),
      width_(PaddedWidth(d + first_coefficient())),
      threads_(threads),
      stop_(std::move(stop)),
      means_(d, 0) {
  const int first = first_coefficient();
  std::vector<int64_t> used;
  for (int64_t i = 0; i < rows.size(); ++i) {
    if (rows.weight(i) > 0) used.push_back(i);
  }
  columns_.assign(used.size() * width_, 0);
  for (const int64_t i : used) {
    for (int j = 0; j < d; ++j) means_[j] += columns[i * d + j];
  }
  for (double& mean : means_) mean /= static_cast<double>(std::max<size_t>(used.size(), 1));
  for (size_t k = 0; k < used.size(); ++k) {
    const int64_t i = used[k];
    double* row = columns_.data() + k * width_;
    const double log_duration = std::log(rows.durations[i]);
    row[0] = 1;
    if (!exponential_) row[1] = log_duration;
    for (int j = 0; j < d; ++j) row[first + j] = columns[i * d + j] - means_[j];
    weights_.push_back(rows.weight(i));
    log_durations_.push_back(log_duration);
    ended_.push_back(rows.ended[i]);
    if (rows.ended[i] != 0) events_ += rows.weight(i);
    exposure_ += rows.weight(i) * rows.durations[i];
  }
}

double AftObjective::StartingIntercept() const { return std::log(events_ / exposure_); }

bool AftObjective::SumBlock(int64_t block, absl::Span<const double> at, double* sums) const {
  const int64_t begin = block * kBlockRows, end = std::min(size(), begin + kBlockRows);
  const int parameters = d_ + first_coefficient();
  const double log_shape = exponential_ ? 0 : std::log(at[1]);
  std::vector<double> hazards(end - begin);
  double* gradient = sums + 1;
  for (int64_t i = begin; i < end; ++i) {
    const double* row = columns_.data() + i * width_;
    double z = exponential_ ? log_durations_[i] : 0;
    for (int j = 0; j < parameters; ++j) z += row[j] * at[j];
    if (!(z <= kLargestLogHazard)) return false;
    const double hazard = weights_[i] * std::exp(z);
    hazards[i - begin] = hazard;
    const double event = ended_[i] != 0 ? weights_[i] : 0;
    sums[0] += event * (z + log_shape - log_durations_[i]) - hazard;
    const double residual = event - hazard;
    for (int j = 0; j < parameters; ++j) gradient[j] += residual * row[j];
  }
  AddOuterProducts(columns_.data() + begin * width_, hazards.data(), end - begin, width_, gradient + width_);
  return true;
}

absl::StatusOr<Derivatives> AftObjective::Evaluate(absl::Span<const double> at) const {
  Derivatives result;
  result.value = -std::numeric_limits<double>::infinity();
  if (!exponential_ && !(at[1] > 0)) return result;
  const int64_t blocks = (size() + kBlockRows - 1) / kBlockRows, stride = 1 + width_ + int64_t{width_} * width_;
  std::vector<double> total(stride, 0), some;
  const int64_t batch = 64;
  for (int64_t from = 0; from < blocks; from += batch) {
    CLIENTELE_RETURN_IF_ERROR(stop_.Check());
    const int64_t to = std::min(blocks, from + batch);
    some.assign((to - from) * stride, 0);
    std::vector<uint8_t> is_number(to - from, 0);
#pragma omp parallel for num_threads(threads_) schedule(dynamic)
    for (int64_t block = from; block < to; ++block) {
      is_number[block - from] = SumBlock(block, at, some.data() + (block - from) * stride) ? 1 : 0;
    }
    for (int64_t block = from; block < to; ++block) {
      if (is_number[block - from] == 0) return result;
      for (int64_t j = 0; j < stride; ++j) total[j] += some[(block - from) * stride + j];
    }
  }
  const int parameters = d_ + first_coefficient();
  result.value = total[0];
  result.gradient.assign(total.begin() + 1, total.begin() + 1 + parameters);
  result.information = Unpadded(absl::MakeConstSpan(total).subspan(1 + width_), width_, parameters);
  if (!exponential_) {  // log t of every event.
    result.gradient[1] += events_ / at[1];
    result.information[parameters + 1] += events_ / (at[1] * at[1]);
  }
  return result;
}

}  // namespace clientele::training::survival
