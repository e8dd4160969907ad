#include "services/training/learners/linear/objective.h"

#include <omp.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/status_macros.h"
#include "services/training/learners/linear/hessian_sums.h"
#include "services/training/learners/linear/kernels.h"
#include "services/training/learners/linear/packed_matrix.h"
#include "services/training/learners/unfit_values.h"

namespace clientele::training {
namespace {

// Where a shard's sums lie.
enum Place { kLossAt, kPearsonAt, kUnfitAt, kGradientAt };

}  // namespace

// What a thread works with in a pass, and what a tile's rows come to. Head-major, as in FamilyRows.
struct LinearObjective::Scratch {
  Scratch(int heads, int pairs, HessianSums hessian_sums)
      : fits(heads * kTileRows),
        slopes(heads * kTileRows),
        curvatures(pairs * kTileRows),
        hessian(std::move(hessian_sums)) {}
  std::vector<double> fits;        // [H x kTileRows]
  std::vector<double> slopes;      // [H x kTileRows]
  std::vector<double> curvatures;  // [pairs x kTileRows]
  double losses[kTileRows] = {};
  double pearson[kTileRows] = {};
  double labels[kTileRows] = {};
  HessianSums hessian;
};

LinearObjective::LinearObjective(const ShardSums& sums, const Family& family, double l2, int stride, bool exact)
    : sums_(&sums),
      family_(&family),
      order_(sums.matrix()),
      heads_(family.heads()),
      dense_(sums.matrix().num_dense()),
      l2_(l2),
      stride_(stride),
      exact_(exact),
      curvatures_(kShardCount) {}

absl::StatusOr<LinearObjective> LinearObjective::Create(const ShardSums& sums, const Family& family, double l2,
                                                        int stride, bool exact) {
  LinearObjective objective(sums, family, l2, stride, exact);
  CLIENTELE_RETURN_IF_ERROR(objective.FindCentre());
  return objective;
}

// The first row of the shards, plus the mean difference of the others' first rows from it: exact for a constant column.
absl::Status LinearObjective::FindCentre() {
  centre_.assign(dense_, 0.0f);
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> rows, sums_->Gather(dense_ + 1, [&](int s, absl::Span<double> row) {
    RowReader reader(matrix());
    const float* values = reader.Row(s, 0);
    std::copy(values, values + dense_, row.begin());
    row[dense_] = 1;
  }));
  std::vector<int> filled;
  for (int s = 0; s < kShardCount; ++s) {
    if (rows[int64_t{s} * (dense_ + 1) + dense_] == 1) filled.push_back(s);
  }
  for (int j = 0; j < dense_ && !filled.empty(); ++j) {
    const auto value = [&](int s) { return rows[int64_t{s} * (dense_ + 1) + j]; };
    double differences = 0;
    for (const int s : filled) differences += value(s) - value(filled[0]);
    centre_[j] = static_cast<float>(value(filled[0]) + differences / static_cast<double>(filled.size()));
  }
  return absl::OkStatus();
}

int64_t LinearObjective::Width(Part part) const {
  switch (part) {
    case Part::kLoss: return 1;
    case Part::kGradient: return kGradientAt + size();
    case Part::kDiagonal: return kGradientAt + 2 * size();
    case Part::kHessian: return kGradientAt + size() + pairs() * PackedSize(order_.size());
  }
  return 0;
}

absl::StatusOr<LinearObjective::Value> LinearObjective::Evaluate(absl::Span<const double> parameters, Part part) {
  const std::vector<double> raw = Uncentred({parameters.begin(), parameters.end()});
  std::vector<std::optional<Scratch>> scratch(sums_->threads());
  CLIENTELE_ASSIGN_OR_RETURN(
      const std::vector<double> totals, sums_->Sum(Width(part), [&](int s, absl::Span<double> result) {
        std::optional<Scratch>& mine = scratch[omp_get_thread_num()];
        if (!mine) mine.emplace(heads_, pairs(), HessianSums(order_, centre_, part == Part::kHessian ? pairs() : 0, exact_));
        EvaluateShard(raw, part, s, *mine, result);
      }));
  if (part != Part::kLoss && !checked_) CLIENTELE_RETURN_IF_ERROR(UnfitValues(totals[kUnfitAt]));
  checked_ = checked_ || part != Part::kLoss;
  return Assemble(parameters, part, totals);
}

// result: loss; Pearson's; unfit values, until they are checked; gradient [H D], of columns as they are; then diagonal [H D],
// or Hessian [pairs x packed], of centred ones.
void LinearObjective::EvaluateShard(const std::vector<double>& raw, Part part, int s, Scratch& scratch,
                                    absl::Span<double> result) {
  if (s % stride_ != 0) return;
  const TrainingShard& shard = matrix().shards[s];
  RowReader reader(matrix());
  double* gradient = result.data() + kGradientAt;
  if (part == Part::kDiagonal) curvatures_[s].clear();
  for (int64_t first = 0; first < shard.rows; first += kTileRows) {
    const RowTile tile(matrix(), reader, order_, s, first);
    EvaluateTile(tile, shard, raw, part == Part::kLoss, scratch);
    result[kLossAt] += Sum(scratch.losses, tile.rows());
    if (part == Part::kLoss) continue;
    if (!checked_) result[kUnfitAt] += static_cast<double>(CountUnfit(tile.values(), int64_t{tile.rows()} * dense_));
    if (family_->dispersed()) result[kPearsonAt] += Sum(scratch.pearson, tile.rows());
    for (int h = 0; h < heads_; ++h) {
      tile.AddProducts(scratch.slopes.data() + h * kTileRows, gradient + int64_t{h} * order_.size());
    }
    if (part == Part::kDiagonal) {
      AddDiagonal(tile, scratch, gradient + size());
      curvatures_[s].insert(curvatures_[s].end(), scratch.curvatures.begin(), scratch.curvatures.end());
    }
    if (part == Part::kHessian) scratch.hessian.AddTile(tile, scratch.curvatures.data());
  }
  if (part == Part::kHessian) scratch.hessian.MoveTo(gradient + size());
}

void LinearObjective::FillFits(const RowTile& tile, const TrainingShard& shard, const std::vector<double>& raw,
                               Scratch& scratch) const {
  for (int h = 0; h < heads_; ++h) {
    double* fits = scratch.fits.data() + h * kTileRows;
    std::fill(fits, fits + kTileRows, 0.0);
    if (!shard.offsets.empty()) std::copy_n(shard.offsets.data() + tile.first(), tile.rows(), fits);
    const double* head = raw.data() + int64_t{h} * order_.size();
    const double* intercept = head + order_.size() - 1;
    if (std::all_of(head, intercept, [](double coefficient) { return coefficient == 0; })) {  // Where a fit begins.
      for (int r = 0; r < tile.rows(); ++r) fits[r] += *intercept;
    } else {
      tile.AddFits(head, fits);
    }
  }
}

// Losses, slopes and curvatures of the tile's rows, times the rows' weights.
void LinearObjective::EvaluateTile(const RowTile& tile, const TrainingShard& shard, const std::vector<double>& raw,
                                   bool loss_alone, Scratch& scratch) const {
  FillFits(tile, shard, raw, scratch);
  const double* labels = shard.labels.data() + tile.first();
  if (tile.rows() < kTileRows) labels = std::copy_n(labels, tile.rows(), scratch.labels) - tile.rows();
  family_->Evaluate({tile.rows(), scratch.fits.data(), labels, scratch.losses,
                     loss_alone ? nullptr : scratch.slopes.data(), loss_alone ? nullptr : scratch.curvatures.data(),
                     loss_alone || !family_->dispersed() ? nullptr : scratch.pearson});
  if (shard.weights.empty()) return;
  const double* weights = shard.weights.data() + tile.first();
  // A row of weight 0 counts for nothing, whatever its label makes of it.
  const auto weigh = [&](double* values) {
    for (int r = 0; r < tile.rows(); ++r) values[r] = weights[r] == 0 ? 0 : weights[r] * values[r];
  };
  weigh(scratch.losses);
  if (!loss_alone && family_->dispersed()) weigh(scratch.pearson);
  for (int h = 0; h < heads_ && !loss_alone; ++h) weigh(scratch.slopes.data() + h * kTileRows);
  for (int c = 0; c < pairs() && !loss_alone; ++c) weigh(scratch.curvatures.data() + c * kTileRows);
}

// The diagonal of a head's own block alone: the pair (h, h).
void LinearObjective::AddDiagonal(const RowTile& tile, const Scratch& scratch, double* result) const {
  for (int h = 0, pair = 0; h < heads_; pair += heads_ - h, ++h, result += order_.size()) {
    const double* curvatures = scratch.curvatures.data() + pair * kTileRows;
    for (int r = 0; r < tile.rows(); ++r) {
      const float* values = tile.values() + int64_t{r} * dense_;
      for (int j = 0; j < dense_; ++j) {
        const double centred = static_cast<double>(values[j]) - centre_[j];
        result[j] += curvatures[r] * centred * centred;
      }
      result[order_.size() - 1] += curvatures[r];
    }
    tile.AddFieldProducts(curvatures, result);
  }
}

namespace {

// The symmetric block of two heads, whose parameters begin at a and b, on both sides of the diagonal.
void FillBlock(const double* packed, int64_t width, int64_t a, int64_t b, int64_t size, double* hessian) {
  for (int64_t i = 0; i < width; ++i) {
    for (int64_t j = i; j < width; ++j, ++packed) {
      hessian[(a + i) * size + b + j] = hessian[(a + j) * size + b + i] = *packed;
      hessian[(b + j) * size + a + i] = hessian[(b + i) * size + a + j] = *packed;
    }
  }
}

}  // namespace

double LinearObjective::Penalty(absl::Span<const double> parameters) const {
  double squares = 0;
  for (int i = 0; i < size(); ++i) squares += IsIntercept(i) ? 0 : parameters[i] * parameters[i];
  return l2_ / 2 * squares;
}

LinearObjective::Value LinearObjective::Assemble(absl::Span<const double> parameters, Part part,
                                                 absl::Span<const double> totals) const {
  Value value;
  value.loss = totals[kLossAt];
  value.value = value.loss + Penalty(parameters);
  if (part == Part::kLoss) return value;
  const int64_t width = order_.size();
  value.pearson = totals[kPearsonAt];
  value.gradient.assign(totals.begin() + kGradientAt, totals.begin() + kGradientAt + size());
  CentreGradient(value.gradient);
  for (int i = 0; i < size(); ++i) value.gradient[i] += IsIntercept(i) ? 0 : l2_ * parameters[i];
  const double* rest = totals.data() + kGradientAt + size();
  if (part == Part::kDiagonal) {
    value.diagonal.assign(rest, rest + size());
    for (int i = 0; i < size(); ++i) value.diagonal[i] += IsIntercept(i) ? 0 : l2_;
  }
  if (part != Part::kHessian) return value;
  value.hessian.assign(int64_t{size()} * size(), 0.0);
  for (int64_t a = 0; a < heads_; ++a) {
    for (int64_t b = a; b < heads_; ++b, rest += PackedSize(width)) {
      FillBlock(rest, width, a * width, b * width, size(), value.hessian.data());
    }
  }
  for (int i = 0; i < size(); ++i) value.hessian[int64_t{i} * size() + i] += IsIntercept(i) ? 0 : l2_;
  return value;
}

void LinearObjective::MultiplyShard(const std::vector<double>& raw, int s, absl::Span<double> result) const {
  if (s % stride_ != 0) return;
  const TrainingShard& shard = matrix().shards[s];
  RowReader reader(matrix());
  std::vector<double> fits(heads_ * kTileRows), products(heads_ * kTileRows);  // Head-major.
  const double* curvatures = curvatures_[s].data();
  for (int64_t first = 0; first < shard.rows; first += kTileRows) {
    const RowTile tile(matrix(), reader, order_, s, first);
    std::fill(fits.begin(), fits.end(), 0.0);
    std::fill(products.begin(), products.end(), 0.0);
    for (int h = 0; h < heads_; ++h) tile.AddFits(raw.data() + int64_t{h} * order_.size(), &fits[h * kTileRows]);
    for (int a = 0; a < heads_; ++a) {
      for (int b = a; b < heads_; ++b, curvatures += kTileRows) {
        for (int r = 0; r < tile.rows(); ++r) {
          products[a * kTileRows + r] += curvatures[r] * fits[b * kTileRows + r];
          if (a != b) products[b * kTileRows + r] += curvatures[r] * fits[a * kTileRows + r];
        }
      }
    }
    for (int h = 0; h < heads_; ++h) {
      tile.AddProducts(&products[h * kTileRows], result.data() + int64_t{h} * order_.size());
    }
  }
}

absl::StatusOr<std::vector<double>> LinearObjective::Multiply(absl::Span<const double> direction) const {
  const std::vector<double> raw = Uncentred({direction.begin(), direction.end()});
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<double> product, sums_->Sum(size(), [&](int s, absl::Span<double> result) {
    MultiplyShard(raw, s, result);
  }));
  CentreGradient(product);
  for (int i = 0; i < size(); ++i) product[i] += IsIntercept(i) ? 0 : l2_ * direction[i];
  return product;
}

void LinearObjective::CentreGradient(std::vector<double>& gradient) const {
  const int64_t width = order_.size();
  for (int h = 0; h < heads_; ++h) {
    double* head = gradient.data() + h * width;
    for (int j = 0; j < dense_; ++j) head[j] -= centre_[j] * head[width - 1];
  }
}

std::vector<double> LinearObjective::CentreInModelOrder() const {
  std::vector<double> centre(order_.size(), 0.0);
  std::copy(centre_.begin(), centre_.end(), centre.begin());
  return order_.ToModel(centre);
}

std::vector<double> LinearObjective::Uncentred(std::vector<double> parameters) const {
  const int64_t width = order_.size();
  for (int h = 0; h < heads_; ++h) {
    double* head = parameters.data() + h * width;
    for (int j = 0; j < dense_; ++j) head[width - 1] -= head[j] * centre_[j];
  }
  return parameters;
}

std::vector<double> LinearObjective::Centred(std::vector<double> parameters) const {
  const int64_t width = order_.size();
  for (int h = 0; h < heads_; ++h) {
    double* head = parameters.data() + h * width;
    for (int j = 0; j < dense_; ++j) head[width - 1] += head[j] * centre_[j];
  }
  return parameters;
}

}  // namespace clientele::training
