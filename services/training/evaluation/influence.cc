#include "services/training/evaluation/influence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "common/statistics/auc.h"

namespace clientele::training {
namespace {

constexpr double kLeastProbability = 1e-15;  // As the measures themselves cut it.

double Mean(absl::Span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Of a mean of `values`.
std::vector<double> OfMean(std::vector<double> values) {
  const double mean = Mean(values);
  for (double& value : values) value -= mean;
  return values;
}

// Of a ratio of two means.
std::vector<double> OfRatio(absl::Span<const double> parts, absl::Span<const double> wholes) {
  const double whole = Mean(wholes), ratio = Mean(parts) / whole;
  if (whole == 0) return {};
  std::vector<double> influences(parts.size());
  for (size_t i = 0; i < parts.size(); ++i) influences[i] = (parts[i] - ratio * wholes[i]) / whole;
  return influences;
}

// One value a row, from its prediction and what came.
template <typename Function>
std::vector<double> PerRow(absl::Span<const double> predictions, absl::Span<const double> actuals, Function function) {
  std::vector<double> values(actuals.size());
  for (size_t i = 0; i < values.size(); ++i) values[i] = function(predictions[i], actuals[i]);
  return values;
}

}  // namespace

std::vector<double> ClassifierInfluences(absl::string_view metric, absl::Span<const double> probabilities,
                                         absl::Span<const double> labels, double threshold) {
  const auto per_row = [&](auto function) { return PerRow(probabilities, labels, function); };
  const auto found = [&] {
    return per_row([&](double p, double label) { return p >= threshold && label == 1 ? 1.0 : 0.0; });
  };
  const auto called = [&] { return per_row([&](double p, double) { return p >= threshold ? 1.0 : 0.0; }); };
  if (metric == "auc") {
    std::vector<double> influences = statistics::AucInfluences(probabilities, labels);
    return std::any_of(influences.begin(), influences.end(), [](double one) { return std::isnan(one); })
               ? std::vector<double>()
               : influences;
  }
  if (metric == "accuracy") {
    return OfMean(per_row([&](double p, double label) { return (p >= threshold) == (label == 1) ? 1.0 : 0.0; }));
  }
  if (metric == "precision") return OfRatio(found(), called());
  if (metric == "recall") return OfRatio(found(), labels);
  if (metric == "f1") {  // The ratio of twice those found to all that were called or were to be found.
    return OfRatio(
        per_row([&](double p, double label) { return p >= threshold && label == 1 ? 2.0 : 0.0; }),
        per_row([&](double p, double label) { return (p >= threshold ? 1.0 : 0.0) + label; }));
  }
  if (metric == "brier") return OfMean(per_row([](double p, double label) { return (p - label) * (p - label); }));
  if (metric == "log_loss") {
    return OfMean(per_row([](double p, double label) {
      const double cut = std::clamp(p, kLeastProbability, 1 - kLeastProbability);
      return label == 1 ? -std::log(cut) : -std::log1p(-cut);
    }));
  }
  return {};
}

std::vector<double> ValueInfluences(absl::string_view metric, absl::Span<const double> predictions,
                                    absl::Span<const double> actuals) {
  if (metric == "mae") {
    return OfMean(PerRow(predictions, actuals, [](double p, double actual) { return std::abs(p - actual); }));
  }
  if (metric != "rmse") return {};
  std::vector<double> squares =
      PerRow(predictions, actuals, [](double p, double actual) { return (p - actual) * (p - actual); });
  const double root = std::sqrt(Mean(squares));
  if (root == 0) return {};
  std::vector<double> influences = OfMean(std::move(squares));
  for (double& influence : influences) influence /= 2 * root;  // The root's derivative.
  return influences;
}

std::vector<double> ClassesInfluences(absl::string_view metric, absl::Span<const double> probabilities,
                                      absl::Span<const double> labels) {
  if (labels.empty() || (metric != "accuracy" && metric != "log_loss")) return {};
  const size_t k = probabilities.size() / labels.size();
  std::vector<double> values(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto row = probabilities.subspan(i * k, k);
    const auto label = static_cast<size_t>(labels[i]);
    const auto best = static_cast<size_t>(std::max_element(row.begin(), row.end()) - row.begin());
    values[i] = metric == "accuracy" ? (best == label ? 1.0 : 0.0) : -std::log(std::max(row[label], kLeastProbability));
  }
  return OfMean(std::move(values));
}

double StandardErrorOf(absl::Span<const double> influences) {
  const double n = static_cast<double>(influences.size());
  if (n < 2) return std::numeric_limits<double>::quiet_NaN();
  double squares = 0;
  for (const double influence : influences) squares += influence * influence;
  return std::sqrt(squares / (n - 1) / n);
}

}  // namespace clientele::training
