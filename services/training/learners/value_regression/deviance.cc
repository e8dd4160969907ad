#include "services/training/learners/value_regression/deviance.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "common/base/status_macros.h"
#include "common/model/value_regression/family.h"
#include "services/training/learners/linear/kernels.h"
#include "services/training/learners/value_regression/labels.h"
#include "services/training/learners/value_regression/row_fits.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "services/training/learners/value_regression/deviance.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace clientele::training {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<double>;
using Vec = hn::Vec<Tag>;

HWY_INLINE Vec HalfDeviancesOfLabels(Vec labels, double power) {
  const Tag tag;
  if (power == 0) return hn::Zero(tag);
  const auto one = hn::Set(tag, 1.0), positive = hn::IfThenElse(hn::Gt(labels, hn::Zero(tag)), labels, one);
  const auto logs = hn::Log(tag, positive);
  if (power == kGammaPower) return hn::Neg(hn::Add(logs, one));
  const auto terms = power == 1 ? hn::Mul(labels, hn::Sub(logs, one))
                                : hn::Mul(hn::Exp(tag, hn::Mul(hn::Set(tag, 2 - power), logs)),
                                          hn::Set(tag, 1 / ((1 - power) * (2 - power))));
  return hn::IfThenElseZero(hn::Gt(labels, hn::Zero(tag)), terms);
}

// pearson [rows], of_labels [rows] from fits [rows] and labels [rows], up to whole vectors.
void DevianceTerms(const double* fits, const double* labels, int rows, double power, double* pearson,
                   double* of_labels) {
  const Tag tag;
  const auto most = hn::Set(tag, model::kLargestLogValue), minus_power = hn::Set(tag, -power);
  const auto left_out = hn::Set(tag, power == kGammaPower ? 0 : std::numeric_limits<double>::quiet_NaN());
  for (int r = 0; r < rows; r += static_cast<int>(hn::Lanes(tag))) {
    const auto label = hn::LoadU(tag, labels + r), fit = hn::Min(hn::LoadU(tag, fits + r), most);
    const auto residual = hn::Sub(label, hn::Exp(tag, fit));
    const auto over_variance = hn::Exp(tag, hn::Mul(minus_power, fit));
    const auto out = hn::Eq(label, left_out);
    hn::StoreU(hn::IfThenZeroElse(out, hn::Mul(hn::Mul(residual, residual), over_variance)), tag, pearson + r);
    hn::StoreU(hn::IfThenZeroElse(out, HalfDeviancesOfLabels(label, power)), tag, of_labels + r);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::training
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::training {

HWY_EXPORT(DevianceTerms);

absl::StatusOr<Deviance> SumDeviance(const ShardSums& sums, absl::Span<const double> parameters, double power) {
  const RowFits rows(sums.matrix(), parameters);
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> totals, sums.Sum(2, [&](int s, absl::Span<double> sum) {
    const TrainingShard& shard = sums.matrix().shards[s];
    rows.ForTiles(s, [&](const RowTile& tile, const double* fits) {
      double labels[kTileRows] = {}, pearson[kTileRows], of_labels[kTileRows];
      std::copy_n(shard.labels.data() + tile.first(), tile.rows(), labels);
      if (power != 0) std::transform(labels, labels + tile.rows(), labels, NotNegative);
      HWY_DYNAMIC_DISPATCH(DevianceTerms)(fits, labels, tile.rows(), power, pearson, of_labels);
      for (int r = 0; r < tile.rows() && !shard.weights.empty(); ++r) {
        const double weight = shard.weights[tile.first() + r];
        pearson[r] = weight == 0 ? 0 : weight * pearson[r];
        of_labels[r] = weight == 0 ? 0 : weight * of_labels[r];
      }
      sum[0] += Sum(pearson, tile.rows());
      sum[1] += Sum(of_labels, tile.rows());
    });
  }));
  return Deviance{totals[0], totals[1]};
}

}  // namespace clientele::training
#endif  // HWY_ONCE
