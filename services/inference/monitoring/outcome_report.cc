#include "services/inference/monitoring/outcome_report.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/statistics/auc.h"
#include "common/statistics/correlation.h"
#include "common/statistics/normal.h"
#include "common/statistics/ranks.h"
#include "common/statistics/sequential_test.h"
#include "common/statistics/share_interval.h"
#include "common/text/numbers.h"

namespace clientele::inference {
namespace {

using v1::OutcomeReport;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr int kTenths = 10;

// [n each]
struct Columns {
  std::vector<double> scores, outcomes;
  int64_t right = 0;  // Decisions that came true.
};

double Mean(absl::Span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double LogLoss(double probability, double outcome) {
  const double cut = std::clamp(probability, 1e-15, 1 - 1e-15);
  return -(outcome == 1 ? std::log(cut) : std::log1p(-cut));
}
double SquaredError(double score, double outcome) { return (score - outcome) * (score - outcome); }

std::vector<double> Losses(const Columns& columns, double (*loss)(double, double)) {
  std::vector<double> losses;
  for (size_t i = 0; i < columns.scores.size(); ++i) losses.push_back(loss(columns.scores[i], columns.outcomes[i]));
  return losses;
}

// Sum of scores / sum of outcomes, with the interval of a ratio of means (delta method).
void SetCalibrationRatio(const Columns& columns, OutcomeReport::Realised& realised) {
  const double n = static_cast<double>(columns.scores.size()), outcome = Mean(columns.outcomes);
  if (outcome == 0) {
    realised.set_calibration_ratio(kNaN);
    realised.set_calibration_ratio_lower(kNaN);
    realised.set_calibration_ratio_upper(kNaN);
    return;
  }
  const double ratio = Mean(columns.scores) / outcome;
  double squares = 0;
  for (size_t i = 0; i < columns.scores.size(); ++i) {
    squares += std::pow(columns.scores[i] - ratio * columns.outcomes[i], 2);
  }
  const double half =
      n < 2 ? kNaN : statistics::kNormalQuantile * std::sqrt(squares / (n - 1) / n) / std::abs(outcome);
  realised.set_calibration_ratio(ratio);
  realised.set_calibration_ratio_lower(ratio - half);
  realised.set_calibration_ratio_upper(ratio + half);
}

// One bin of some rows, and the mean outcome there.
double AddBin(const Columns& columns, absl::Span<const int64_t> rows, OutcomeReport::Realised& realised) {
  OutcomeReport::Bin& bin = *realised.add_calibration();
  bin.set_scores(static_cast<int64_t>(rows.size()));
  if (rows.empty()) return kNaN;
  double score = 0, outcome = 0;
  for (const int64_t row : rows) score += columns.scores[row], outcome += columns.outcomes[row];
  bin.set_mean_predicted(score / static_cast<double>(rows.size()));
  bin.set_mean_realised(outcome / static_cast<double>(rows.size()));
  return bin.mean_realised();
}

// Probabilities in bins of equal width, values in tenths, lowest first.
void SetCalibration(const Columns& columns, bool is_classifier, OutcomeReport::Realised& realised) {
  std::vector<int64_t> rising = statistics::OrderByScore(columns.scores);
  std::reverse(rising.begin(), rising.end());
  const int64_t n = static_cast<int64_t>(rising.size());
  int64_t begin = 0;
  for (int b = 0; b < kTenths; ++b) {
    int64_t end = statistics::DecileBegin(n, b + 1);
    if (is_classifier) {
      const double edge = (b + 1.0) / kTenths;
      for (end = begin; end < n && (b + 1 == kTenths || columns.scores[rising[end]] < edge);) ++end;
    }
    AddBin(columns, absl::MakeConstSpan(rising).subspan(begin, end - begin), realised);
    begin = end;
  }
}

void SetLift(const Columns& columns, OutcomeReport::Realised& realised) {
  const std::vector<int64_t> falling = statistics::OrderByScore(columns.scores);
  const int64_t n = static_cast<int64_t>(falling.size());
  const double all = Mean(columns.outcomes);
  for (int t = 0; t < kTenths; ++t) {
    const int64_t begin = statistics::DecileBegin(n, t), end = statistics::DecileBegin(n, t + 1);
    double sum = 0;
    for (int64_t i = begin; i < end; ++i) sum += columns.outcomes[falling[i]];
    realised.add_lift(begin == end || all == 0 ? kNaN : sum / static_cast<double>(end - begin) / all);
  }
}

void SetAuc(const Columns& columns, OutcomeReport::Realised& realised) {
  const statistics::Auc auc = statistics::AucWithError(columns.scores, columns.outcomes);
  realised.set_auc(auc.value);
  realised.set_auc_lower(std::max(0.0, auc.value - statistics::kNormalQuantile * auc.standard_error));
  realised.set_auc_upper(std::min(1.0, auc.value + statistics::kNormalQuantile * auc.standard_error));
  if (!std::isnan(auc.standard_error)) return;
  realised.set_auc_lower(kNaN);
  realised.set_auc_upper(kNaN);
}

void SetAccuracy(const Columns& columns, OutcomeReport::Realised& realised) {
  const auto right = static_cast<double>(columns.right), rows = static_cast<double>(columns.scores.size());
  const statistics::ShareInterval interval = statistics::IntervalOfShare(right, rows);
  realised.set_accuracy(right / rows);
  realised.set_accuracy_lower(interval.lower);
  realised.set_accuracy_upper(interval.upper);
}

// `columns`: not empty.
OutcomeReport::Realised Judge(const Columns& columns, bool is_classifier) {
  OutcomeReport::Realised realised;
  realised.set_scores(static_cast<int64_t>(columns.scores.size()));
  const double squared_error = Mean(Losses(columns, SquaredError));
  if (is_classifier) {
    realised.set_positives(std::count(columns.outcomes.begin(), columns.outcomes.end(), 1.0));
    realised.set_brier(squared_error);
    realised.set_log_loss(Mean(Losses(columns, LogLoss)));
    SetAuc(columns, realised);
    SetAccuracy(columns, realised);
  } else {
    realised.set_auc(kNaN);
    realised.set_auc_lower(kNaN);
    realised.set_auc_upper(kNaN);
    realised.set_accuracy(kNaN);
    realised.set_accuracy_lower(kNaN);
    realised.set_accuracy_upper(kNaN);
  }
  realised.set_rmse(std::sqrt(squared_error));
  realised.set_rank_correlation(statistics::RankCorrelation(columns.scores, columns.outcomes));
  SetCalibrationRatio(columns, realised);
  SetCalibration(columns, is_classifier, realised);
  SetLift(columns, realised);
  return realised;
}

std::string TextOf(const OutcomeReport::Comparison& comparison, absl::string_view loss) {
  const std::string pair = absl::StrCat("arm ", comparison.arm(), " against ", comparison.against(), ": ");
  if (!std::isfinite(comparison.lower())) {
    return absl::StrCat(pair, "too few outcomes yet (", statistics::kLeastSequentialRows, " of each are needed)");
  }
  const std::string difference =
      absl::StrCat(loss, " differs by ", Significant(comparison.mean_loss_difference()), " (",
                   Between(comparison.lower(), comparison.upper(), ThreeDigits), ")");
  switch (comparison.verdict()) {
    case OutcomeReport::Comparison::VERDICT_ARM_BETTER: return absl::StrCat(pair, "better; mean ", difference);
    case OutcomeReport::Comparison::VERDICT_ARM_WORSE: return absl::StrCat(pair, "worse; mean ", difference);
    default: return absl::StrCat(pair, "not decided yet; mean ", difference);
  }
}

OutcomeReport::Comparison Compare(const std::string& arm, const Columns& columns, const std::string& against,
                                  const Columns& champion, bool is_classifier) {
  const auto loss = is_classifier ? LogLoss : SquaredError;
  const statistics::SequentialComparison means =
      statistics::CompareMeans(Losses(columns, loss), Losses(champion, loss));
  OutcomeReport::Comparison comparison;
  comparison.set_arm(arm);
  comparison.set_against(against);
  comparison.set_mean_loss_difference(means.difference);
  comparison.set_lower(means.lower);
  comparison.set_upper(means.upper);
  comparison.set_p_value(means.p_value);
  comparison.set_verdict(means.upper < 0   ? OutcomeReport::Comparison::VERDICT_ARM_BETTER
                         : means.lower > 0 ? OutcomeReport::Comparison::VERDICT_ARM_WORSE
                                           : OutcomeReport::Comparison::VERDICT_UNDECIDED);
  comparison.set_text(TextOf(comparison, is_classifier ? "log loss" : "squared error"));
  return comparison;
}

void Add(const JudgedScore& score, Columns& columns) {
  columns.scores.push_back(score.score);
  columns.outcomes.push_back(score.outcome);
  columns.right += score.called == (score.outcome == 1);
}

}  // namespace

std::vector<storage::LoggedScore> OnePerWindow(const std::vector<storage::LoggedScore>& scores, absl::Duration window) {
  std::map<std::tuple<std::string, int64_t, std::string>, absl::Time> last;
  std::vector<storage::LoggedScore> kept;
  for (const storage::LoggedScore& score : scores) {
    const auto [found, is_new] = last.try_emplace({score.pseudonym, score.version, score.arm}, score.time);
    if (!is_new && (window == absl::ZeroDuration() || score.time < found->second + window)) continue;
    found->second = score.time;
    kept.push_back(score);
  }
  return kept;
}

OutcomeReport MakeOutcomeReport(const JudgedModel& model, const std::vector<JudgedScore>& scores) {
  std::map<std::pair<int64_t, std::string>, Columns> by_version_and_arm;
  std::map<std::string, Columns> by_arm;
  for (const JudgedScore& score : scores) {
    Add(score, by_version_and_arm[{score.version, score.arm}]);
    Add(score, by_arm[score.arm]);
  }
  OutcomeReport report;
  report.set_name(FormatModel(model.name.tenant, model.name.model));
  for (const auto& [key, columns] : by_version_and_arm) {
    OutcomeReport::Realised& realised = *report.add_realised();
    realised = Judge(columns, model.is_classifier);
    realised.set_model_version(FormatVersion(model.name.tenant, model.name.model, key.first));
    realised.set_arm(key.second);
    const auto trained = model.trained_auc.find(key.first);
    if (trained != model.trained_auc.end()) realised.set_trained_auc(trained->second);
  }
  const auto champion = by_arm.find(model.champion_arm);
  if (champion == by_arm.end()) return report;
  for (const auto& [arm, columns] : by_arm) {
    if (arm.empty() || arm == champion->first) continue;  // Unshared traffic is no arm of the experiment.
    *report.add_comparisons() = Compare(arm, columns, champion->first, champion->second, model.is_classifier);
  }
  return report;
}

}  // namespace clientele::inference
