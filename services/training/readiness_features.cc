#include "services/training/readiness_features.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "common/dataset/selection.h"
#include "common/dataset/spread_rows.h"
#include "common/dataset/whole_columns.h"
#include "common/model/preprocessing.h"
#include "common/statistics/auc.h"
#include "services/training/minimum_data.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using dataset::Parts;
using dataset::Shard;
using v1::DataIssue;

constexpr int64_t kMostLeakRows = 100'000;  // An area near 1 is known to a thousandth by so many.

// What the rows say of one number column.
struct NumberSummary {
  int64_t present = 0;
  float lowest = std::numeric_limits<float>::infinity();
  float highest = -std::numeric_limits<float>::infinity();

  void Add(float value) {
    if (std::isnan(value)) return;
    ++present;
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  void Add(const NumberSummary& other) {
    present += other.present;
    lowest = std::min(lowest, other.lowest);
    highest = std::max(highest, other.highest);
  }
};

// Of all rows of all parts. [number columns]
absl::StatusOr<std::vector<NumberSummary>> SummariseNumbers(const Dataset& dataset, int threads, Parts& parts) {
  const int columns = dataset.number_columns;
  std::vector<std::vector<NumberSummary>> by_shard(kShardCount, std::vector<NumberSummary>(columns));
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (int s = 0; s < kShardCount; ++s) {
    const std::vector<float>& numbers = dataset.shards[s].numbers;
    for (size_t i = 0; i < numbers.size(); i += columns) {
      for (int column = 0; column < columns; ++column) by_shard[s][column].Add(numbers[i + column]);
    }
  }
  std::vector<NumberSummary> mine;
  for (const auto& shard : by_shard) mine.insert(mine.end(), shard.begin(), shard.end());
  std::vector<NumberSummary> summaries(columns);
  const auto fold = [&](std::vector<NumberSummary>& from) {
    for (size_t i = 0; i < from.size(); ++i) summaries[i % columns].Add(from[i]);
  };
  fold(mine);
  mine = std::exchange(summaries, std::vector<NumberSummary>(columns));
  CLIENTELE_ASSIGN_OR_RETURN(mine, dataset::AllGatherRows(std::move(mine), parts));
  fold(mine);
  return summaries;
}

// Rows of a category's code, and those of them whose label is 1.
struct CodeCounts {
  std::vector<int64_t> rows, positives;  // By code; missing ones first.
};

absl::StatusOr<CodeCounts> CountCodes(const Dataset& dataset, int index, Parts& parts) {
  const size_t codes = dataset.dictionaries[index].size() + 1;
  std::vector<int64_t> counts(2 * codes, 0);
  for (const Shard& shard : dataset.shards) {
    for (int64_t i = 0; i < shard.rows; ++i) {
      const uint32_t code = shard.categories[i * dataset.category_columns + index];
      ++counts[code];
      if (dataset.header.has_label()) counts[codes + code] += shard.labels[i] == 1;
    }
  }
  CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(counts), parts));
  const auto middle = counts.begin() + static_cast<std::ptrdiff_t>(codes);
  return CodeCounts{{counts.begin(), middle}, {middle, counts.end()}};
}

// The area under the curve of scoring a category by the mean label of its rows. NaN where a class has no rows.
double AreaByMeanLabel(const CodeCounts& counts) {
  struct Group {
    double positives, negatives;
    double mean() const { return positives / (positives + negatives); }
  };
  std::vector<Group> groups;
  for (size_t code = 0; code < counts.rows.size(); ++code) {
    if (counts.rows[code] == 0) continue;
    const auto positives = static_cast<double>(counts.positives[code]);
    groups.push_back({positives, static_cast<double>(counts.rows[code]) - positives});
  }
  std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) { return a.mean() < b.mean(); });
  double above = 0, positives = 0, negatives = 0;
  for (size_t first = 0, last; first < groups.size(); first = last) {
    Group tied = {0, 0};
    for (last = first; last < groups.size() && groups[last].mean() == groups[first].mean(); ++last) {
      tied.positives += groups[last].positives;
      tied.negatives += groups[last].negatives;
    }
    above += tied.positives * (negatives + tied.negatives / 2);
    positives += tied.positives;
    negatives += tied.negatives;
  }
  return above / (positives * negatives);
}

// Of each number column, how well it alone tells the label. [columns]
absl::StatusOr<std::vector<double>> AreasOfNumbers(const Dataset& dataset, absl::Span<const int> columns, int threads,
                                                   Parts& parts) {
  CLIENTELE_ASSIGN_OR_RETURN(const dataset::RowSelection rows,
                             dataset::SpreadRows(dataset::RowSelection::All(dataset), kMostLeakRows, parts));
  std::vector<double> labels;
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t i = 0; i < dataset.shards[s].rows; ++i) {
      if (rows.Has(s, i)) labels.push_back(dataset.shards[s].labels[i]);
    }
  }
  CLIENTELE_ASSIGN_OR_RETURN(labels, dataset::AllGatherRows(std::move(labels), parts));
  CLIENTELE_ASSIGN_OR_RETURN(
      const std::vector<std::string> areas,
      dataset::WorkOnWholeColumns(
          dataset, rows, columns, threads, parts,
          [&](size_t, const std::vector<float>& values) {
            // Missing as the lowest of all: that a value is there can be the leak.
            std::vector<double> scores(values.begin(), values.end());
            for (double& score : scores) score = std::isnan(score) ? -std::numeric_limits<double>::infinity() : score;
            return dataset::BytesOf(std::vector<double>{statistics::AreaUnderCurve(scores, labels)});
          }));
  return dataset::ValuesOf<double>(areas);
}

class FeatureCheck {
 public:
  FeatureCheck(const Dataset& dataset, int column, int64_t rows)
      : dataset_(dataset), name_(dataset.header.columns(column).feature().name()), rows_(rows) {}

  // Whether the feature tells rows apart. `area`: under the curve of the feature alone; NaN: not asked for.
  bool OfNumber(const NumberSummary& summary, double area, std::vector<DataIssue>& issues) const {
    const int64_t missing = rows_ - summary.present;
    const bool constant = missing == 0 && summary.lowest == summary.highest;
    const bool informative = CheckSpread(missing, constant, absl::StrCat(summary.lowest), issues);
    CheckMissing(missing, issues);
    if (!informative) return false;
    if (const float largest = std::max(-summary.lowest, summary.highest); largest > kExtremeValue) {
      Warn("EXTREME_VALUES", absl::StrFormat("reaches %.3g", largest),
           "correct it at its source, or set winsorise_quantile or log1p in its preprocessing", issues);
    }
    CheckLeak(area, issues);
    return true;
  }

  bool OfCategory(int index, const CodeCounts& counts, bool binary, std::vector<DataIssue>& issues) const {
    const std::vector<std::string>& dictionary = dataset_.dictionaries[index];
    const int64_t missing = counts.rows[dataset::kMissingCategory];
    const auto all = std::find(counts.rows.begin() + 1, counts.rows.end(), rows_);
    const bool constant = all != counts.rows.end();
    const bool informative =
        CheckSpread(missing, constant, constant ? dictionary[all - counts.rows.begin() - 1] : "", issues);
    CheckMissing(missing, issues);
    if (!informative) return false;
    const auto categories = static_cast<int64_t>(dictionary.size());
    if (dictionary.size() > kManyCategories) {
      Warn("MANY_CATEGORIES", absl::StrCat("has ", categories, " different values; the rarer ones are taken together"),
           "group the values, or set max_categories", issues, DataIssue::SEVERITY_NOTE);
    }
    // So many categories that they know rows would always tell.
    if (binary && categories * 10 <= rows_) CheckLeak(AreaByMeanLabel(counts), issues);
    return true;
  }

 private:
  void Warn(absl::string_view code, absl::string_view message, absl::string_view recommendation,
            std::vector<DataIssue>& issues, DataIssue::Severity severity = DataIssue::SEVERITY_WARNING) const {
    issues.push_back(MakeIssue(severity, code, name_, message, recommendation));
  }

  // Where some values are missing, whether it is there may still tell something.
  bool CheckSpread(int64_t missing, bool constant, absl::string_view value, std::vector<DataIssue>& issues) const {
    if (missing == rows_) {
      Warn("EMPTY_FEATURE", absl::StrCat("is missing in all ", rows_, " rows"),
           "leave it out, or look whether its records were ingested by known_at", issues);
      return false;
    }
    if (!constant) return true;
    Warn("CONSTANT_FEATURE", absl::StrCat("is ", value, " in all ", rows_, " rows"),
         "leave it out, or look whether its records were ingested by known_at", issues);
    return false;
  }

  void CheckMissing(int64_t missing, std::vector<DataIssue>& issues) const {
    const double share = static_cast<double>(missing) / static_cast<double>(rows_);
    if (share <= kMostMissingShare || missing == rows_) return;
    Warn("MISSING_VALUES",
         absl::StrFormat("is missing in %.1f%% of the rows, more than %.0f%%", 100 * share, 100 * kMostMissingShare),
         "complete it at its source, or leave it out", issues);
  }

  void CheckLeak(double area, std::vector<DataIssue>& issues) const {
    if (!(std::max(area, 1 - area) > kSuspiciousAuc)) return;
    Warn("LEAKAGE_SUSPECTED",
         absl::StrFormat("alone tells the label with an AUC of %.4f: it may hold what is to be predicted",
                         std::max(area, 1 - area)),
         "make sure that it is known before the label's window begins; else leave it out", issues);
  }

  const Dataset& dataset_;
  const std::string name_;
  const int64_t rows_;
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

absl::StatusOr<std::vector<DataIssue>> CheckFeatures(const Dataset& dataset, Task task, int threads, Parts& parts) {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t rows, dataset::SumCount(dataset.rows(), parts));
  const bool binary = task == Task::kClassify && dataset.header.has_label();
  const std::vector<int> columns = model::InputColumns(dataset);
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<NumberSummary> numbers, SummariseNumbers(dataset, threads, parts));
  std::vector<int> asked;  // Number columns, in the order of `columns`.
  for (const int column : columns) {
    if (!dataset.places[column].is_category) asked.push_back(dataset.places[column].index);
  }
  std::vector<double> areas(asked.size(), std::nan(""));
  if (binary) {
    CLIENTELE_ASSIGN_OR_RETURN(areas, AreasOfNumbers(dataset, asked, threads, parts));
  }
  std::vector<DataIssue> issues;
  int informative = 0;
  auto area = areas.begin();
  for (const int column : columns) {
    const dataset::ColumnPlace& place = dataset.places[column];
    const FeatureCheck check(dataset, column, rows);
    if (place.is_category) {
      CLIENTELE_ASSIGN_OR_RETURN(const CodeCounts counts, CountCodes(dataset, place.index, parts));
      informative += check.OfCategory(place.index, counts, binary, issues);
    } else {
      informative += check.OfNumber(numbers[place.index], *area++, issues);
    }
  }
  if (informative == 0) {
    issues.push_back(MakeIssue(DataIssue::SEVERITY_ERROR, "NO_INFORMATIVE_FEATURE", "features",
                               absl::StrCat("none of the ", columns.size(), " features differs between rows"),
                               "choose features that have records behind them by as_of and known_at"));
  }
  const double enough = kRowsPerFeature * static_cast<double>(columns.size());
  if (LearnsFromLabel(task) && static_cast<double>(rows) < enough) {
    issues.push_back(MakeIssue(DataIssue::SEVERITY_WARNING, "FEW_ROWS_PER_FEATURE", "features",
                               absl::StrCat(rows, " rows for ", columns.size(), " features: fewer than ", kRowsPerFeature,
                                            " rows a feature"),
                               "use fewer features, or more customers"));
  }
  return issues;
}

}  // namespace clientele::training
