#include "services/training/readiness_features.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/model/preprocessing.h"
#include "common/statistics/auc.h"
#include "common/statistics/ranks.h"
#include "services/training/minimum_data.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using dataset::Shard;
using v1::DataIssue;

// One feature as a number a row: its value, or for a category its code. Missing is NaN.
std::vector<double> ReadColumn(const Dataset& dataset, dataset::ColumnPlace place) {
  std::vector<double> values;
  for (const Shard& shard : dataset.shards) {
    for (int64_t i = 0; i < shard.rows; ++i) {
      if (!place.is_category) {
        values.push_back(shard.numbers[i * dataset.number_columns + place.index]);
        continue;
      }
      const uint32_t code = shard.categories[i * dataset.category_columns + place.index];
      values.push_back(code == dataset::kMissingCategory ? std::numeric_limits<double>::quiet_NaN() : code);
    }
  }
  return values;
}

std::vector<double> ReadLabels(const Dataset& dataset) {
  std::vector<double> labels;
  for (const Shard& shard : dataset.shards) labels.insert(labels.end(), shard.labels.begin(), shard.labels.end());
  return labels;
}

// Scores a category by the mean label of its rows. Nothing where there are so many categories that they know rows.
std::vector<double> MeanLabels(const std::vector<double>& codes, const std::vector<double>& labels, size_t categories) {
  if (categories * 10 > codes.size()) return {};
  std::vector<double> sums(categories + 1, 0.0), counts(categories + 1, 0.0);
  const auto at = [](double code) { return std::isnan(code) ? size_t{0} : static_cast<size_t>(code); };
  for (size_t i = 0; i < codes.size(); ++i) {
    sums[at(codes[i])] += labels[i];
    counts[at(codes[i])] += 1;
  }
  std::vector<double> scores;
  for (const double code : codes) scores.push_back(sums[at(code)] / counts[at(code)]);
  return scores;
}

class FeatureCheck {
 public:
  FeatureCheck(const Dataset& dataset, const std::vector<double>& labels, bool binary)
      : dataset_(dataset), labels_(labels), binary_(binary) {}

  // Whether the feature tells rows apart.
  bool Run(int column, std::vector<DataIssue>& issues) {
    name_ = dataset_.header.columns(column).feature().name();
    place_ = dataset_.places[column];
    values_ = ReadColumn(dataset_, place_);
    const size_t missing = std::count_if(values_.begin(), values_.end(), [](double v) { return std::isnan(v); });
    const bool informative = CheckSpread(missing, issues);
    CheckMissing(missing, issues);
    if (informative) {
      CheckExtremes(issues);
      CheckLeak(issues);
    }
    return informative;
  }

 private:
  void Warn(absl::string_view code, absl::string_view message, absl::string_view recommendation,
            std::vector<DataIssue>& issues, DataIssue::Severity severity = DataIssue::SEVERITY_WARNING) const {
    issues.push_back(MakeIssue(severity, code, name_, message, recommendation));
  }

  bool CheckSpread(size_t missing, std::vector<DataIssue>& issues) const {
    if (missing == values_.size()) {
      Warn("EMPTY_FEATURE", absl::StrCat("is missing in all ", values_.size(), " rows"),
           "leave it out, or look whether its records were ingested by known_at", issues);
      return false;
    }
    double first = std::numeric_limits<double>::quiet_NaN();
    for (const double value : values_) {
      if (std::isnan(value)) continue;
      if (std::isnan(first)) first = value;
      if (value != first) return true;
    }
    if (missing > 0) return true;  // Whether it is there may still tell something.
    const std::string value =
        place_.is_category ? dataset_.dictionaries[place_.index][static_cast<size_t>(first) - 1] : absl::StrCat(first);
    Warn("CONSTANT_FEATURE", absl::StrCat("is ", value, " in all ", values_.size(), " rows"),
         "leave it out, or look whether its records were ingested by known_at", issues);
    return false;
  }

  void CheckMissing(size_t missing, std::vector<DataIssue>& issues) const {
    const double share = static_cast<double>(missing) / static_cast<double>(values_.size());
    if (share <= kMostMissingShare || missing == values_.size()) return;
    Warn("MISSING_VALUES",
         absl::StrFormat("is missing in %.1f%% of the rows, more than %.0f%%", 100 * share, 100 * kMostMissingShare),
         "complete it at its source, or leave it out", issues);
  }

  void CheckExtremes(std::vector<DataIssue>& issues) const {
    if (place_.is_category) {
      const size_t categories = dataset_.dictionaries[place_.index].size();
      if (categories <= kManyCategories) return;
      Warn("MANY_CATEGORIES", absl::StrCat("has ", categories, " different values; the rarer ones are taken together"),
           "group the values, or set max_categories", issues, DataIssue::SEVERITY_NOTE);
      return;
    }
    double largest = 0;
    for (const double value : values_) largest = std::max(largest, std::isnan(value) ? 0 : std::abs(value));
    if (largest <= kExtremeValue) return;
    Warn("EXTREME_VALUES", absl::StrFormat("reaches %.3g", largest),
         "correct it at its source, or set winsorise_quantile or log1p in its preprocessing", issues);
  }

  void CheckLeak(std::vector<DataIssue>& issues) {
    if (!binary_) return;
    std::vector<double> scores = values_;
    if (place_.is_category) scores = MeanLabels(values_, labels_, dataset_.dictionaries[place_.index].size());
    if (scores.empty()) return;
    // Missing as the lowest of all: that a value is there can be the leak.
    for (double& score : scores) score = std::isnan(score) ? -std::numeric_limits<double>::infinity() : score;
    const double auc = statistics::AreaUnderCurve(scores, labels_);
    if (!(std::max(auc, 1 - auc) > kSuspiciousAuc)) return;
    Warn("LEAKAGE_SUSPECTED",
         absl::StrFormat("alone tells the label with an AUC of %.4f: it may hold what is to be predicted",
                         std::max(auc, 1 - auc)),
         "make sure that it is known before the label's window begins; else leave it out", issues);
  }

  const Dataset& dataset_;
  const std::vector<double>& labels_;
  const bool binary_;
  std::string name_;
  dataset::ColumnPlace place_;
  std::vector<double> values_;
};

}  // namespace

DataIssue MakeIssue(DataIssue::Severity severity, absl::string_view code, absl::string_view subject,
                    absl::string_view message, absl::string_view recommendation) {
  DataIssue issue;
  issue.set_severity(severity);
  issue.set_code(std::string(code));
  issue.set_subject(std::string(subject));
  issue.set_message(std::string(message));
  issue.set_recommendation(std::string(recommendation));
  return issue;
}

std::vector<DataIssue> CheckFeatures(const Dataset& dataset, Task task) {
  std::vector<DataIssue> issues;
  const std::vector<double> labels = ReadLabels(dataset);
  const bool binary = task == Task::kClassify && labels.size() == static_cast<size_t>(dataset.rows());
  FeatureCheck check(dataset, labels, binary);
  const std::vector<int> columns = model::InputColumns(dataset);
  int informative = 0;
  for (const int column : columns) informative += check.Run(column, issues);
  if (informative == 0) {
    issues.push_back(MakeIssue(DataIssue::SEVERITY_ERROR, "NO_INFORMATIVE_FEATURE", "features",
                               absl::StrCat("none of the ", columns.size(), " features differs between rows"),
                               "choose features that have records behind them by as_of and known_at"));
  }
  const double rows = static_cast<double>(dataset.rows());
  if (LearnsFromLabel(task) && rows < kRowsPerFeature * static_cast<double>(columns.size())) {
    issues.push_back(MakeIssue(DataIssue::SEVERITY_WARNING, "FEW_ROWS_PER_FEATURE", "features",
                               absl::StrCat(rows, " rows for ", columns.size(), " features: fewer than ", kRowsPerFeature,
                                            " rows a feature"),
                               "use fewer features, or more customers"));
  }
  return issues;
}

}  // namespace clientele::training
