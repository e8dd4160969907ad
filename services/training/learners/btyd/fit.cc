#include "services/training/learners/btyd/fit.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/training/learners/btyd/diagnosis.h"
#include "services/training/learners/btyd/intervals.h"
#include "services/training/learners/btyd/objective.h"
#include "services/training/learners/btyd/profile.h"
#include "services/training/learners/btyd/trust_region.h"

namespace clientele::training::btyd {
namespace {

constexpr int64_t kSampleAbove = 20000, kSample = 4096;  // Distinct rows.
// Of the shape that runs away at a limit, in logs: what is left of the rest is 1e-10, and digits enough to tell it.
constexpr double kFarAlongLimit = 22;
constexpr double kAtLimit = 1e-3;   // A gap in log-likelihood that no data could tell.
constexpr double kComeBack = 1e-4;  // A part of that: how near the limit the fit is taken.
// The standard error of a log parameter below which it is far from 0 and infinity: a factor of e would cost more
// than 5.
constexpr double kWellTold = 0.3;

absl::Status CheckNumbers(absl::string_view name, absl::Span<const double> numbers, size_t size) {
  if (numbers.size() != size) return absl::InvalidArgumentError(absl::StrCat(name, ": ", numbers.size(), " of ", size));
  for (const double number : numbers) {
    if (!std::isfinite(number)) return absl::InvalidArgumentError(absl::StrCat(name, ": not finite"));
  }
  return absl::OkStatus();
}

absl::Status Check(const LikelihoodRows& rows, absl::Span<const double> weights, const BtydCovariates& covariates) {
  const size_t n = rows.first.size();
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("first", rows.first, n));
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("second", rows.second, n));
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("third", rows.third, rows.third.empty() ? 0 : n));
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("weights", weights, n));
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("covariates", covariates.values, n * covariates.columns));
  for (const CovariateEffect& effect : covariates.effects) {
    if (effect.column < 0 || effect.column >= covariates.columns) {
      return absl::InvalidArgumentError(absl::StrCat("covariate column ", effect.column, " of ", covariates.columns));
    }
  }
  double weight = 0;
  for (const double w : weights) {
    if (w < 0) return absl::InvalidArgumentError("weights: below 0");
    weight += w;
  }
  if (weight == 0) return absl::FailedPreconditionError("no customers to learn from");
  return absl::OkStatus();
}

// Every k-th row: rows are sorted, so that all counts are in it.
class SampledRows {
 public:
  SampledRows(const LikelihoodRows& rows, absl::Span<const double> weights) {
    const int64_t n = static_cast<int64_t>(rows.first.size()), stride = n > kSampleAbove ? n / kSample : 1;
    const auto take = [&](absl::Span<const double> from, std::vector<double>& to) {
      for (int64_t i = 0; i < static_cast<int64_t>(from.size()); i += stride) to.push_back(from[i]);
    };
    take(rows.first, first_);
    take(rows.second, second_);
    take(rows.third, third_);
    take(weights, weights_);
  }
  LikelihoodRows rows() const { return {first_, second_, third_}; }
  absl::Span<const double> weights() const { return weights_; }

 private:
  std::vector<double> first_, second_, third_, weights_;
};

class Fitter {
 public:
  Fitter(const Likelihood& likelihood, const ModelTraits& traits, const LikelihoodRows& rows,
         absl::Span<const double> weights, const BtydCovariates& covariates, const BtydFitOptions& options,
         const StopToken& stop)
      : likelihood_(likelihood),
        traits_(traits),
        rows_(rows),
        weights_(weights),
        options_(options),
        rule_{options.max_iterations},
        stop_(stop),
        objective_(likelihood, rows, weights, covariates, options) {}

  absl::StatusOr<BtydFit> Fit() {
    CLIENTELE_ASSIGN_OR_RETURN(const Maximum start, BestStart());
    CLIENTELE_ASSIGN_OR_RETURN(Maximum best, Maximise(objective_, start.eta, {}, rule_, stop_));
    best.iterations += start.iterations;
    std::optional<LimitGap> nearest;
    for (const ModelLimit& limit : traits_.limits) {
      CLIENTELE_ASSIGN_OR_RETURN(const std::optional<double> gap, TryLimit(limit, best));
      if (!gap) continue;
      const bool is_maximum = *gap < kAtLimit;
      // Of several that cannot be told apart the first is the simplest.
      if (!nearest || is_maximum || (nearest->gap > kToldApart && *gap < nearest->gap)) {
        nearest = LimitGap{&limit, std::max(0.0, *gap), is_maximum, {}};
      }
      if (is_maximum) break;
    }
    CLIENTELE_RETURN_IF_ERROR(CheckBounded(best));
    if (nearest && nearest->is_maximum) CLIENTELE_RETURN_IF_ERROR(ComeBack(*nearest, best));
    BtydFit fit;
    fit.weight = objective_.weight();
    fit.distinct_rows = objective_.rows();
    Diagnose(best, likelihood_.parameter_names(), nearest, fit);
    if (options_.profile_intervals) {
      CLIENTELE_RETURN_IF_ERROR(
          AddProfileIntervals(objective_, best, likelihood_.parameter_names(), options_.max_iterations, stop_, fit));
    }
    fit.evaluations = objective_.evaluations();
    return fit;
  }

 private:
  // The best of the starts' maxima without covariates, on a sample of many rows. Where the first tells all parameters
  // well the likelihood is as good as a parabola, and no other start is tried. [D]
  absl::StatusOr<Maximum> BestStart() const {
    const SampledRows sample(rows_, weights_);
    const BtydCovariates none;
    FitObjective objective(likelihood_, sample.rows(), sample.weights(), none, options_);
    std::optional<Maximum> best;
    for (const std::vector<double>& start : traits_.starts) {
      CLIENTELE_ASSIGN_OR_RETURN(Maximum maximum, Maximise(objective, start, {}, rule_, stop_));
      if (std::isfinite(maximum.at.value) && (!best || maximum.at.value > best->at.value)) best = std::move(maximum);
      if (best && AllWellTold(*best)) break;
    }
    if (!best) return absl::FailedPreconditionError("the likelihood is not finite for any usual parameters");
    best->eta.resize(objective_.size());
    return *std::move(best);
  }

  // How much lower the likelihood is at a limit, with all other parameters at their best; nullopt where it is far away.
  // Where it is no lower, `best` becomes the limit.
  absl::StatusOr<std::optional<double>> TryLimit(const ModelLimit& limit, Maximum& best) {
    const int runaway = limit.runaway();
    if (IsWellTold(best, runaway)) return std::optional<double>();
    std::vector<double> start = best.eta;
    const double way = kFarAlongLimit - best.eta[runaway] * limit.direction[runaway];
    for (int j = 0; j < objective_.parameters(); ++j) {
      start[j] = std::clamp(start[j] + way * limit.direction[j], -kFarthestLog, kFarthestLog);
    }
    CLIENTELE_ASSIGN_OR_RETURN(Maximum at, Maximise(objective_, start, AllBut(runaway), rule_, stop_));
    if (!std::isfinite(at.at.value)) return std::optional<double>();
    const double gap = best.at.value - at.at.value;
    if (gap < kAtLimit) {
      at.iterations += best.iterations;
      best = std::move(at);
    }
    return std::optional<double>(gap);
  }

  // At a limit nothing has a slope, and what the data leave open on this side of it cannot be seen. So the fit is taken
  // where the likelihood is lower by what nobody sees, and from there the way to where the data speak against it.
  absl::Status ComeBack(LimitGap& at_limit, Maximum& best) {
    const int runaway = at_limit.limit->runaway();
    const Side back = at_limit.limit->direction[runaway] > 0 ? Side::kBelow : Side::kAbove;
    const auto until = [&](double fall) {
      return FindProfileBound(objective_, best, runaway, back, fall, options_.max_iterations, stop_);
    };
    CLIENTELE_ASSIGN_OR_RETURN(const ProfileBound near, until(kComeBack));
    CLIENTELE_ASSIGN_OR_RETURN(Maximum here, Maximise(objective_, near.eta, AllBut(runaway), rule_, stop_));
    here.iterations += best.iterations;
    best = std::move(here);
    CLIENTELE_ASSIGN_OR_RETURN(const ProfileBound far, until(kFallOf95));
    if (far.reached) at_limit.far = far.eta;
    return absl::OkStatus();
  }

  std::vector<bool> AllBut(int unknown) const {
    std::vector<bool> free(objective_.size(), true);
    free[unknown] = false;
    return free;
  }

  bool AllWellTold(const Maximum& maximum) const {
    for (int j = 0; j < objective_.parameters(); ++j) {
      if (!IsWellTold(maximum, j)) return false;
    }
    return maximum.converged;
  }

  static bool IsWellTold(const Maximum& maximum, int parameter) {
    const double variance = ProfileVariance(maximum.at, parameter);
    return variance > 0 && variance < kWellTold * kWellTold;
  }

  // A parameter whose likelihood still rises where no number is left: data that no parameters fit.
  absl::Status CheckBounded(const Maximum& maximum) const {
    for (int j = 0; j < objective_.parameters() && !maximum.converged; ++j) {
      if (std::abs(maximum.eta[j]) < kFarthestLog) continue;
      return absl::FailedPreconditionError(
          absl::StrCat("the likelihood has no maximum: ", likelihood_.parameter_names()[j], " runs to ",
                       maximum.eta[j] < 0 ? "zero" : "infinity", "; are the histories of one kind of time?"));
    }
    return absl::OkStatus();
  }

  const Likelihood& likelihood_;
  const ModelTraits& traits_;
  const LikelihoodRows rows_;
  const absl::Span<const double> weights_;
  const BtydFitOptions options_;
  const StoppingRule rule_;
  const StopToken stop_;
  FitObjective objective_;
};

}  // namespace

absl::StatusOr<BtydFit> FitBtyd(const Likelihood& likelihood, const ModelTraits& traits, const LikelihoodRows& rows,
                                absl::Span<const double> weights, const BtydCovariates& covariates,
                                const BtydFitOptions& options, const StopToken& stop) {
  CLIENTELE_RETURN_IF_ERROR(Check(rows, weights, covariates));
  return Fitter(likelihood, traits, rows, weights, covariates, options, stop).Fit();
}

}  // namespace clientele::training::btyd
