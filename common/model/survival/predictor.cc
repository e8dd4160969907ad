#include "common/model/survival/predictor.h"

#include <algorithm>
#include <cmath>

#include "absl/container/inlined_vector.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"
#include "common/model/lifetime_value/range.h"
#include "common/model/portable_math.h"
#include "common/model/raw_feature.h"
#include "common/model/survival/baselines.h"
#include "common/model/survival/checks.h"
#include "common/model/survival/quadratic_form.h"

namespace clientele::model {
namespace {

using v1::SurvivalModel;
using v1::SurvivalParameters;

constexpr double kWidest = 600;                 // Half an interval on log(-log S): from 0 to 1.
constexpr double kLog2 = 0.69314718055994530942;
constexpr double kMostPeriods = 1e9;

double Periods(double duration) { return std::floor(std::clamp(duration, 0.0, kMostPeriods)); }

}  // namespace

absl::StatusOr<std::shared_ptr<const Predictor>> SurvivalPredictor::Make(v1::ModelArtifact artifact,
                                                                         RowEncoder encoder) {
  CLIENTELE_RETURN_IF_ERROR(CheckSurvivalModel(artifact.survival(), encoder));
  return std::shared_ptr<const Predictor>(new SurvivalPredictor(std::move(artifact), std::move(encoder)));
}

SurvivalPredictor::SurvivalPredictor(v1::ModelArtifact artifact, RowEncoder encoder)
    : Predictor(std::move(artifact), std::move(encoder)) {
  const bool accelerated = IsAccelerated(model().method());
  for (int j = 0; j < model().coefficients_size(); ++j) {
    slopes_.push_back(accelerated ? -model().coefficients(j) / model().scale() : model().coefficients(j));
  }
  fit_at_means_ = model().intercept();
  for (int j = 0; j < model().coefficients_size(); ++j) {
    fit_at_means_ += model().coefficients(j) * model().column_means(j);
  }
  deviate_ = NormalDeviate(model().interval_coverage());
  if (model().has_duration_feature()) duration_column_ = this->encoder().first_column(model().duration_feature());
  for (const auto& baseline : model().baselines()) baselines_.emplace_back(baseline);
  column_baselines_ = ColumnBaselines(this->artifact(), this->encoder());
  if (model().has_strata_feature()) strata_column_ = this->encoder().first_column(model().strata_feature());
}

int SurvivalPredictor::BaselineOf(absl::Span<const double> columns) const {
  for (size_t k = 0; k < column_baselines_.size(); ++k) {
    if (columns[strata_column_ + k] > 0) return column_baselines_[k];
  }
  return 0;
}

SurvivalPredictor::Subject SurvivalPredictor::SubjectOf(absl::Span<const double> columns) const {
  Subject subject;
  for (size_t j = 0; j < slopes_.size(); ++j) {
    if (slopes_[j] != 0)
      subject.log_hazard_ratio += slopes_[j] * (columns[j] - model().column_means(static_cast<int>(j)));
  }
  subject.baseline = BaselineOf(columns);
  if (duration_column_ >= 0 && !IsMissingRaw(columns[duration_column_])) {
    subject.stayed = std::max(columns[duration_column_], 0.0);
  }
  if (model().method() == SurvivalParameters::METHOD_BETA_GEOMETRIC) {
    subject.stayed = Periods(subject.stayed);
  }
  return subject;
}

Weibull SurvivalPredictor::WeibullOf(double log_hazard_ratio) const {
  return Weibull(fit_at_means_ - log_hazard_ratio * model().scale(), 1 / model().scale());
}

btyd::BetaGeometric SurvivalPredictor::Retention() const {
  return btyd::BetaGeometric({model().alpha(), model().beta()});
}

double SurvivalPredictor::Survival(const Subject& subject, double duration) const {
  const double from = subject.stayed, to = from + duration;
  switch (model().method()) {
    case SurvivalParameters::METHOD_COX: {
      const StepHazard& baseline = baselines_[subject.baseline];
      const double ratio = Exp(std::clamp(subject.log_hazard_ratio, -kLargestLogHazardRatio, kLargestLogHazardRatio));
      return Exp(-ratio * (baseline.At(to) - baseline.At(from)));
    }
    case SurvivalParameters::METHOD_BETA_GEOMETRIC:
      return Exp(Retention().LogSurvival(Periods(from), Periods(duration)));
    default: {
      const Weibull weibull = WeibullOf(subject.log_hazard_ratio);
      return Exp(-std::max(weibull.Hazard(to) - weibull.Hazard(from), 0.0));
    }
  }
}

void SurvivalPredictor::Score(absl::Span<const double> columns, Prediction& prediction) const {
  const Subject subject = SubjectOf(columns);
  prediction.fit = subject.log_hazard_ratio;
  prediction.output = Exp(std::clamp(prediction.fit, -kLargestLogHazardRatio, kLargestLogHazardRatio));
  for (const double horizon : model().horizons()) prediction.survival.push_back(Survival(subject, horizon));
}

void SurvivalPredictor::Explain(absl::Span<const Cell> /*row*/, absl::Span<const double> columns,
                                Prediction& prediction) const {
  for (size_t j = 0; j < slopes_.size(); ++j) {
    if (slopes_[j] == 0) continue;
    prediction.contributions[encoder().columns()[j].feature] +=
        slopes_[j] * (columns[j] - model().column_means(static_cast<int>(j)));
  }
}

double SurvivalPredictor::CoxVariance(const Subject& subject, absl::Span<const double> columns, double duration) const {
  const StepHazard& baseline = baselines_[subject.baseline];
  const double from = subject.stayed, to = from + duration, rise = baseline.At(to) - baseline.At(from);
  absl::InlinedVector<double, 64> slopes(columns.size(),
                                         0);  // Of the hazard of a row of this one's columns, over exp(f).
  for (size_t j = 0; j < slopes_.size(); ++j) {
    if (slopes_[j] != 0) slopes[j] = rise * (columns[j] - model().column_means(static_cast<int>(j)));
  }
  baseline.SubtractMeanShift(from, to, absl::MakeSpan(slopes));
  return (baseline.VarianceOfRise(from, to) + QuadraticForm(model().covariance(), slopes)) / (rise * rise);
}

double SurvivalPredictor::WeibullVariance(const Subject& subject, absl::Span<const double> columns,
                                          double duration) const {
  const Weibull weibull = WeibullOf(subject.log_hazard_ratio);
  const double from = subject.stayed, to = from + duration;
  const double at_from = weibull.Hazard(from), at_to = weibull.Hazard(to), rise = at_to - at_from;
  if (!(rise > 0)) return 0;
  // log H(t) = (log t - fit) / scale: its slopes are -x / scale, -1 / scale and -log H(t); those of log(H(to) -
  // H(from)) are means of both, weighted by H.
  const size_t d = slopes_.size();
  absl::InlinedVector<double, 64> slopes(d + 2, 0);
  for (size_t j = 0; j < d; ++j) {
    if (slopes_[j] != 0) slopes[j] = -(columns[j] - model().column_means(static_cast<int>(j))) / model().scale();
  }
  slopes[d] = -1 / model().scale();
  slopes[d + 1] = -at_to / rise * weibull.LogHazard(to);
  if (from > 0) slopes[d + 1] += at_from / rise * weibull.LogHazard(from);
  return QuadraticForm(model().covariance(), slopes);
}

double SurvivalPredictor::RetentionVariance(const Subject& subject, double duration) const {
  const btyd::Estimate survival = Retention().Survival(Periods(subject.stayed), Periods(duration));
  const double scale = survival.value * Log(survival.value);  // Slopes are in log alpha and log beta.
  return QuadraticForm(model().covariance(),
                       {survival.slopes[0] / (model().alpha() * scale), survival.slopes[1] / (model().beta() * scale)});
}

double SurvivalPredictor::Variance(const Subject& subject, absl::Span<const double> columns, double duration) const {
  switch (model().method()) {
    case SurvivalParameters::METHOD_COX: return CoxVariance(subject, columns, duration);
    case SurvivalParameters::METHOD_BETA_GEOMETRIC: return RetentionVariance(subject, duration);
    default: return WeibullVariance(subject, columns, duration);
  }
}

void SurvivalPredictor::SetRemaining(const Subject& subject, SurvivalOutlook& outlook) const {
  switch (model().method()) {
    case SurvivalParameters::METHOD_COX: {
      const double rise = kLog2 / outlook.prediction.output;
      const double median = baselines_[subject.baseline].TimeOfRise(subject.stayed, rise);
      if (std::isfinite(median)) outlook.median_remaining = median - subject.stayed;
      return;
    }
    case SurvivalParameters::METHOD_BETA_GEOMETRIC: {
      const btyd::BetaGeometric retention = Retention();
      const double stayed = Periods(subject.stayed), rate = model().period_discount_rate();
      outlook.median_remaining = retention.MedianResidualLifetime(stayed);
      const double mean = retention.ExpectedResidualLifetime(stayed).value;
      if (std::isfinite(mean)) outlook.mean_remaining = mean;
      outlook.discounted_remaining =
          rate > 0 ? retention.DiscountedResidualLifetime(stayed, rate).value : outlook.mean_remaining;
      return;
    }
    default: {
      const Weibull weibull = WeibullOf(subject.log_hazard_ratio);
      outlook.median_remaining = std::max(weibull.TimeOfRise(subject.stayed, kLog2) - subject.stayed, 0.0);
      outlook.mean_remaining = weibull.MeanRemaining(subject.stayed);
    }
  }
}

SurvivalOutlook SurvivalPredictor::Describe(absl::Span<const Cell> row, bool explain) const {
  absl::InlinedVector<double, 256> columns(encoder().num_columns());
  encoder().Encode(row, absl::MakeSpan(columns));
  SurvivalOutlook outlook;
  outlook.prediction = Predict(row, explain);
  const Subject subject = SubjectOf(columns);
  outlook.stayed = subject.stayed;
  if (model().method() == SurvivalParameters::METHOD_COX)
    outlook.stratum = model().baselines(subject.baseline).stratum();
  for (int h = 0; h < model().horizons_size(); ++h) {
    SurvivalChance chance;
    chance.duration = model().horizons(h);
    chance.survival = chance.lower = chance.upper = outlook.prediction.survival[h];
    if (chance.survival > 0 && chance.survival < 1) {
      const double log_survival = Log(chance.survival);
      double spread = deviate_ * std::sqrt(Variance(subject, columns, chance.duration));
      if (!(spread < kWidest)) spread = kWidest;
      chance.lower = Exp(log_survival * Exp(spread));
      chance.upper = Exp(log_survival * Exp(-spread));
    }
    outlook.curve.push_back(chance);
  }
  SetRemaining(subject, outlook);
  return outlook;
}

std::vector<double> SurvivalPredictor::SurvivalFromStart(absl::Span<const double> columns,
                                                         absl::Span<const double> times) const {
  Subject subject = SubjectOf(columns);
  subject.stayed = 0;
  std::vector<double> survival;
  for (const double time : times) survival.push_back(Survival(subject, time));
  return survival;
}

}  // namespace clientele::model
