#include "services/training/readiness.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "common/base/timestamps.h"
#include "common/dataset/label_window.h"
#include "common/model/value_regression/family.h"
#include "services/training/minimum_data.h"
#include "services/training/readiness_features.h"
#include "services/training/readiness_lifetime_value.h"
#include "services/training/readiness_rfm.h"
#include "services/training/readiness_survival.h"
#include "services/training/split.h"

namespace clientele::training {
namespace {

using common::v1::FeatureDefinition;
using dataset::Dataset;
using dataset::RowSelection;
using dataset::Shard;
using model::v1::TrainingSpec;
using v1::DataIssue;

constexpr auto kError = DataIssue::SEVERITY_ERROR;
constexpr auto kWarning = DataIssue::SEVERITY_WARNING;

// How many days a feature says that the customer has been known; nothing: it does not say that.
std::optional<double> DaysPerUnitOfAge(const FeatureDefinition& feature) {
  if (feature.has_aggregate() && feature.aggregate().aggregation() == FeatureDefinition::AGGREGATION_DAYS_SINCE_FIRST) {
    return 1.0;
  }
  if (feature.has_purchase_summary() &&
      feature.purchase_summary().number() == FeatureDefinition::PurchaseSummary::NUMBER_AGE) {
    const double days = feature.purchase_summary().days_per_unit();
    return days == 0 ? 7.0 : days;
  }
  return std::nullopt;
}

// From which value on a feature says that the customer has bought twice; nothing: it does not say that.
std::optional<double> RepeatFrom(const FeatureDefinition& feature) {
  if (feature.has_purchase_summary() &&
      feature.purchase_summary().number() == FeatureDefinition::PurchaseSummary::NUMBER_FREQUENCY) {
    return 1.0;
  }
  const auto& aggregate = feature.aggregate();
  const bool counts = aggregate.aggregation() == FeatureDefinition::AGGREGATION_COUNT ||
                      aggregate.aggregation() == FeatureDefinition::AGGREGATION_DISTINCT_DAYS;
  if (feature.has_aggregate() && counts && aggregate.kind() == common::v1::RECORD_KIND_TRANSACTION &&
      aggregate.window_days() == 0) {
    return 2.0;
  }
  return std::nullopt;
}

class Readiness {
 public:
  Readiness(const Dataset& dataset, const TrainingSpec& spec)
      : dataset_(dataset), spec_(spec), task_(TaskOf(spec)), rules_(MinimumDataOf(task_)), rows_(dataset.rows()) {}

  std::vector<DataIssue> Check() && {
    if (rows_ == 0) {
      CheckNoRows();
      return std::move(issues_);
    }
    CheckRows();
    CheckSplit();
    if (task_ == Task::kClassify) CheckClasses();
    if (task_ == Task::kClassifyMany) CheckManyClasses();
    if (task_ == Task::kRegress) CheckValues();
    CheckHistory();
    if (task_ == Task::kLifetimeValue) {
      for (DataIssue& issue : CheckPurchaseHistories(dataset_, spec_)) issues_.push_back(std::move(issue));
    }
    if (task_ == Task::kScoreRfm) {
      for (DataIssue& issue : CheckRfmFeatures(dataset_, spec_.rfm(), rules_.rows.must)) issues_.push_back(std::move(issue));
    }
    if (task_ == Task::kSurvive) {
      for (DataIssue& issue : CheckDurations(dataset_, training_, spec_)) issues_.push_back(std::move(issue));
    }
    for (DataIssue& issue : CheckFeatures(dataset_, task_)) issues_.push_back(std::move(issue));
    std::stable_sort(issues_.begin(), issues_.end(),
                     [](const DataIssue& a, const DataIssue& b) { return a.severity() > b.severity(); });
    return std::move(issues_);
  }

 private:
  void Add(DataIssue::Severity severity, absl::string_view code, absl::string_view subject, absl::string_view message,
           absl::string_view recommendation) {
    issues_.push_back(MakeIssue(severity, code, subject, message, recommendation));
  }

  static std::string TimeText(const google::protobuf::Timestamp& time) {
    return absl::FormatTime(absl::RFC3339_sec, FromProto(time), absl::UTCTimeZone());
  }

  // The usual reason: the history was imported after as_of, and a past answer must not see it unless told to.
  void CheckNoRows() {
    const auto& header = dataset_.header;
    std::string message = absl::StrCat("no customer was known: records count that happened by as_of ",
                                       TimeText(header.as_of()), " and had been ingested by known_at ",
                                       TimeText(header.known_at()));
    if (!spec_.dataset().has_known_at()) absl::StrAppend(&message, " (the default: as_of)");
    std::string recommendation =
        "if the history was imported later, set known_at to an instant after the import; else choose a later as_of";
    if (spec_.dataset().where_size() > 0) absl::StrAppend(&recommendation, ", or wider conditions in where");
    if (spec_.dataset().label().has_attribute()) {
      absl::StrAppend(&recommendation, ", or look whether customers have the attribute \"",
                      spec_.dataset().label().attribute().attribute(), "\"");
    }
    Add(kError, "NO_ROWS", "dataset", message, recommendation);
  }

  void CheckRows() {
    int64_t must = rules_.rows.must;
    if (task_ == Task::kCluster) {
      const auto& kmeans = spec_.kmeans();
      must = std::max<int64_t>({must, kmeans.num_clusters(), kmeans.num_clusters() == 0 ? kmeans.min_clusters() : 0});
    }
    if (rows_ < must) {
      Add(kError, "TOO_FEW_ROWS", "dataset", absl::StrCat(rows_, " customers are fewer than the ", must, " it takes"),
          "bring in more customers, or choose a later as_of");
    } else if (rows_ < rules_.rows.should) {
      Add(kWarning, "FEW_ROWS", "dataset",
          absl::StrCat(rows_, " customers are fewer than the ", rules_.rows.should, " that give a dependable model"),
          "bring in more customers before relying on it");
    }
  }

  void CheckSplit() {
    absl::StatusOr<RowSelection> training = TrainingRows(dataset_, EffectiveSplit(spec_));
    if (!training.ok()) {
      Add(kError, "SPLIT_IMPOSSIBLE", "split", training.status().message(), "split by a category feature, or by hash");
      training = RowSelection::All(dataset_);
    }
    training_ = *std::move(training);
    const int64_t trains = training_.count();
    const int64_t judges = JudgingRows(training_, EffectiveSplit(spec_)).count();
    if (trains > 0 && (judges > 0 || !LearnsFromLabel(task_))) return;
    Add(kError, "EMPTY_SPLIT", "split", absl::StrCat(trains, " rows train and ", judges, " judge"),
        "bring in more customers, or split in another way");
  }

  struct Classes {
    int64_t rows = 0;
    int64_t positives = 0;
    bool both() const { return positives > 0 && positives < rows; }
    int64_t smaller() const { return std::min(positives, rows - positives); }
  };

  Classes Count(const RowSelection& selection) const {
    Classes classes;
    for (int s = 0; s < kShardCount; ++s) {
      for (int64_t i = 0; i < dataset_.shards[s].rows; ++i) {
        if (!selection.Has(s, i)) continue;
        ++classes.rows;
        classes.positives += dataset_.shards[s].labels[i] == 1;
      }
    }
    return classes;
  }

  void CheckClasses() {
    for (const Shard& shard : dataset_.shards) {
      for (const double label : shard.labels) {
        if (label == 0 || label == 1) continue;
        Add(kError, "LABEL_NOT_BINARY", "label", absl::StrCat("holds ", label, ", and a classifier learns from 0 and 1"),
            "give the attribute's positive value, or train a value_regression");
        return;
      }
    }
    const Classes all = Count(RowSelection::All(dataset_));
    if (!all.both()) {
      Add(kError, "ONE_CLASS", "label",
          absl::StrCat("is ", all.positives == 0 ? 0 : 1, " for all ", all.rows, " customers; there is nothing to tell apart"),
          OneClassAdvice());
      return;
    }
    if (const Classes trains = Count(training_); trains.smaller() < rules_.rows_of_each_class.must) {
      Add(kError, "ONE_CLASS", "label",
          absl::StrCat("only ", trains.smaller(), " of the ", trains.rows, " training rows are of the rarer class"),
          "bring in more customers, or split in another way");
    } else if (all.smaller() < rules_.rows_of_each_class.should) {
      Add(kWarning, "FEW_OF_A_CLASS", "label",
          absl::StrFormat("is 1 for %d and 0 for %d customers; each should have %d", all.positives,
                          all.rows - all.positives, rules_.rows_of_each_class.should),
          "bring in more customers or a longer window, or balance_classes");
    }
    if (!Count(JudgingRows(training_, EffectiveSplit(spec_))).both()) {
      Add(kWarning, "ONE_CLASS_IN_HOLDOUT", "split", "all rows that judge have the same label: AUC cannot be told",
          "bring in more customers, or split in another way");
    }
  }

  // The label is the index of a class.
  void CheckManyClasses() {
    const auto& classes = spec_.dataset().label().attribute().classes();
    std::vector<int64_t> all(classes.size(), 0), trains(classes.size(), 0);
    for (int s = 0; s < kShardCount; ++s) {
      for (int64_t i = 0; i < dataset_.shards[s].rows; ++i) {
        const double label = dataset_.shards[s].labels[i];
        if (!(label >= 0 && label < classes.size() && label == std::floor(label))) {
          Add(kError, "LABEL_NO_CLASS", "label", absl::StrCat("holds ", label, ", which is no index of a class"),
              "give the attribute's values as the label's classes");
          return;
        }
        ++all[static_cast<size_t>(label)];
        trains[static_cast<size_t>(label)] += training_.Has(s, i);
      }
    }
    for (int c = 0; c < classes.size(); ++c) {
      const std::string name = ClassName(classes[c]);
      if (trains[c] < rules_.rows_of_each_class.must) {
        Add(kError, "CLASS_TOO_RARE", "label", absl::StrCat("is \"", name, "\" for only ", trains[c], " training rows"),
            "leave the class out, or bring in more customers of it");
      } else if (all[c] < rules_.rows_of_each_class.should) {
        Add(kWarning, "FEW_OF_A_CLASS", "label",
            absl::StrFormat("is \"%s\" for %d customers; each class should have %d", name, all[c],
                            rules_.rows_of_each_class.should),
            "bring in more customers of the class, or balance_classes");
      }
    }
  }

  std::string OneClassAdvice() const {
    if (dataset::LabelWindowDays(spec_.dataset().label()) == 0) return "look at the label's definition and its values";
    return "let as_of lie at least the window's days before the last record, and labels_known_at after the import; or "
           "choose another window";
  }

  void CheckValues() {
    int64_t buyers = 0, negative = 0;
    bool varies = false;
    double first = std::nan("");
    for (const Shard& shard : dataset_.shards) {
      for (const double label : shard.labels) {
        if (std::isnan(first)) first = label;
        varies = varies || label != first;
        buyers += label > 0;
        negative += label < 0;
      }
    }
    if (!varies) {
      Add(kError, "CONSTANT_LABEL", "label", absl::StrCat("is ", first, " for all ", rows_, " customers"), OneClassAdvice());
      return;
    }
    if (buyers < rules_.buyers) {
      Add(kWarning, "FEW_BUYERS", "label",
          absl::StrCat("is above 0 for ", buyers, " customers; ", rules_.buyers, " or more give a dependable model"),
          "bring in more customers or choose a longer window");
    }
    CheckFamily(buyers, negative);
  }

  // Whether the values are such as the regression's family can learn.
  void CheckFamily(int64_t buyers, int64_t negative) {
    using Parameters = model::v1::ValueRegressionParameters;
    const auto family = model::OrLeastSquares(spec_.value_regression().family());
    const std::string name = Parameters::Family_Name(family);
    if (family == Parameters::FAMILY_GAMMA && buyers < rows_) {
      Add(kError, "LABEL_NOT_POSITIVE", "label",
          absl::StrCat("is 0 or less for ", rows_ - buyers, " of ", rows_, " customers, and ", name, " learns values above 0"),
          "use FAMILY_TWEEDIE or FAMILY_HURDLE_GAMMA, or keep buyers alone by a condition in where");
    }
    if (model::HasOccurrence(family) && buyers == rows_) {
      Add(kError, "LABEL_NEVER_ZERO", "label",
          absl::StrCat("is above 0 for all ", rows_, " customers, and ", name, " learns whether there is any value"),
          "use FAMILY_GAMMA");
    }
    const bool below_zero = family == Parameters::FAMILY_GAUSSIAN ||
                            (family == Parameters::FAMILY_LEAST_SQUARES &&
                             spec_.value_regression().target() == Parameters::TARGET_PLAIN);
    if (negative > 0 && !below_zero) {
      Add(kWarning, "NEGATIVE_LABELS", "label",
          absl::StrCat("is below 0 for ", negative, " customers (returns); a logarithm takes it as 0"),
          "use FAMILY_LEAST_SQUARES with TARGET_PLAIN where losses matter");
    }
  }

  // Largest of a column over all rows, missing ones aside; and the share of rows at or above a bound.
  double Largest(int index) const {
    double largest = 0;
    ForEachNumber(index, [&](float value) { largest = std::max(largest, static_cast<double>(value)); });
    return largest;
  }
  double ShareAtLeast(int index, double bound) const {
    int64_t count = 0;
    ForEachNumber(index, [&](float value) { count += value >= bound; });
    return static_cast<double>(count) / static_cast<double>(rows_);
  }
  template <typename Visit>
  void ForEachNumber(int index, Visit visit) const {
    for (const Shard& shard : dataset_.shards) {
      for (int64_t i = 0; i < shard.rows; ++i) {
        const float value = shard.numbers[i * dataset_.number_columns + index];
        if (!std::isnan(value)) visit(value);
      }
    }
  }

  // Where a feature tells how long customers have been known, or how often they have bought.
  void CheckHistory() {
    const int horizon = dataset::LabelWindowDays(spec_.dataset().label());
    std::optional<double> history_days, repeat_share;
    for (int column = 0; column < dataset_.header.columns_size(); ++column) {
      if (dataset_.places[column].is_category) continue;
      const FeatureDefinition& feature = dataset_.header.columns(column).feature();
      const int index = dataset_.places[column].index;
      if (const auto unit = DaysPerUnitOfAge(feature)) {
        history_days = std::max(history_days.value_or(0), Largest(index) * *unit);
      }
      if (const auto from = RepeatFrom(feature)) {
        repeat_share = std::max(repeat_share.value_or(0), ShareAtLeast(index, *from));
      }
    }
    if (history_days && horizon > 0 && *history_days < rules_.history_horizons * horizon) {
      Add(kWarning, "SHORT_HISTORY", "dataset",
          absl::StrFormat("the longest history is %.0f days, less than %g times the window of %d days", *history_days,
                          rules_.history_horizons, horizon),
          "import more history, choose a later as_of or a shorter window");
    }
    if (repeat_share && *repeat_share < rules_.repeat_share) {
      Add(kWarning, "FEW_REPEAT_BUYERS", "dataset",
          absl::StrFormat("%.1f%% of the customers have bought twice or more, fewer than %.0f%%", 100 * *repeat_share,
                          100 * rules_.repeat_share),
          "add features that do not rest on purchases, or import more history");
    }
  }

  const Dataset& dataset_;
  const TrainingSpec& spec_;
  const Task task_;
  const MinimumData& rules_;
  const int64_t rows_;
  RowSelection training_;
  std::vector<DataIssue> issues_;
};

}  // namespace

const MinimumData& MinimumDataOf(Task task) {
  return *std::find_if(std::begin(kMinimumData), std::end(kMinimumData),
                       [task](const MinimumData& rule) { return rule.task == task; });
}

std::vector<DataIssue> CheckReadiness(const Dataset& dataset, const TrainingSpec& spec) {
  return Readiness(dataset, spec).Check();
}

}  // namespace clientele::training
