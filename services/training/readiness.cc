#include "services/training/readiness.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/dataset/part_sums.h"
#include "common/dataset/label_window.h"
#include "services/training/minimum_data.h"
#include "services/training/readiness_features.h"
#include "services/training/readiness_labels.h"
#include "services/training/readiness_lifetime_value.h"
#include "services/training/readiness_rfm.h"
#include "services/training/readiness_survival.h"
#include "services/training/split.h"

namespace clientele::training {
namespace {

using common::v1::FeatureDefinition;
using dataset::Dataset;
using dataset::Parts;
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
  Readiness(const Dataset& dataset, const TrainingSpec& spec, int threads, Parts& parts)
      : dataset_(dataset),
        spec_(spec),
        threads_(threads),
        parts_(parts),
        task_(TaskOf(spec)),
        rules_(MinimumDataOf(task_)) {}

  absl::StatusOr<std::vector<DataIssue>> Check() && {
    CLIENTELE_ASSIGN_OR_RETURN(rows_, dataset::SumCount(dataset_.rows(), parts_));
    if (rows_ == 0) {
      CheckNoRows();
      return std::move(issues_);
    }
    CheckRows();
    CLIENTELE_RETURN_IF_ERROR(CheckSplit());
    CLIENTELE_RETURN_IF_ERROR(Take(CheckLabels(dataset_, training_, spec_, rows_, parts_)));
    CLIENTELE_RETURN_IF_ERROR(CheckHistory());
    if (task_ == Task::kLifetimeValue) {
      CLIENTELE_RETURN_IF_ERROR(Take(CheckPurchaseHistories(dataset_, spec_, parts_)));
    }
    if (task_ == Task::kScoreRfm) {
      CLIENTELE_RETURN_IF_ERROR(Take(CheckRfmFeatures(dataset_, spec_.rfm(), rules_.rows.must, parts_)));
    }
    if (task_ == Task::kSurvive) {
      CLIENTELE_RETURN_IF_ERROR(Take(CheckDurations(dataset_, training_, spec_, parts_)));
    }
    CLIENTELE_RETURN_IF_ERROR(Take(CheckFeatures(dataset_, task_, threads_, parts_)));
    std::stable_sort(issues_.begin(), issues_.end(),
                     [](const DataIssue& a, const DataIssue& b) { return a.severity() > b.severity(); });
    return std::move(issues_);
  }

 private:
  void Add(DataIssue::Severity severity, absl::string_view code, absl::string_view subject, absl::string_view message,
           absl::string_view recommendation) {
    issues_.push_back(MakeIssue(severity, code, subject, message, recommendation));
  }

  absl::Status Take(absl::StatusOr<std::vector<DataIssue>> found) {
    CLIENTELE_RETURN_IF_ERROR(found.status());
    for (DataIssue& issue : *found) issues_.push_back(std::move(issue));
    return absl::OkStatus();
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

  absl::Status CheckSplit() {
    absl::StatusOr<RowSelection> training = TrainingRows(dataset_, EffectiveSplit(spec_));
    if (!training.ok()) {
      Add(kError, "SPLIT_IMPOSSIBLE", "split", training.status().message(), "split by a category feature, or by hash");
      training = RowSelection::All(dataset_);
    }
    training_ = *std::move(training);
    int64_t counts[] = {training_.count(), JudgingRows(training_, EffectiveSplit(spec_)).count()};
    CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(counts), parts_));
    const auto [trains, judges] = counts;
    if (trains > 0 && (judges > 0 || !LearnsFromLabel(task_))) return absl::OkStatus();
    Add(kError, "EMPTY_SPLIT", "split", absl::StrCat(trains, " rows train and ", judges, " judge"),
        "bring in more customers, or split in another way");
    return absl::OkStatus();
  }

  // Largest of a column over all rows, missing ones aside; and the share of rows at or above a bound.
  absl::StatusOr<double> Largest(int index) const {
    double largest = 0;
    ForEachNumber(index, [&](float value) { largest = std::max(largest, static_cast<double>(value)); });
    CLIENTELE_ASSIGN_OR_RETURN(const auto of_parts, dataset::AllGatherRows(std::vector{largest}, parts_));
    return *std::max_element(of_parts.begin(), of_parts.end());
  }
  absl::StatusOr<double> ShareAtLeast(int index, double bound) const {
    int64_t mine = 0;
    ForEachNumber(index, [&](float value) { mine += value >= bound; });
    CLIENTELE_ASSIGN_OR_RETURN(const int64_t count, dataset::SumCount(mine, parts_));
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
  absl::Status CheckHistory() {
    const int horizon = dataset::LabelWindowDays(spec_.dataset().label());
    std::optional<double> history_days, repeat_share;
    for (int column = 0; column < dataset_.header.columns_size(); ++column) {
      if (dataset_.places[column].is_category) continue;
      const FeatureDefinition& feature = dataset_.header.columns(column).feature();
      const int index = dataset_.places[column].index;
      if (const auto unit = DaysPerUnitOfAge(feature)) {
        CLIENTELE_ASSIGN_OR_RETURN(const double largest, Largest(index));
        history_days = std::max(history_days.value_or(0), largest * *unit);
      }
      if (const auto from = RepeatFrom(feature)) {
        CLIENTELE_ASSIGN_OR_RETURN(const double share, ShareAtLeast(index, *from));
        repeat_share = std::max(repeat_share.value_or(0), share);
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
    return absl::OkStatus();
  }

  const Dataset& dataset_;
  const TrainingSpec& spec_;
  const int threads_;
  Parts& parts_;
  const Task task_;
  const MinimumData& rules_;
  int64_t rows_ = 0;  // Of all parts.
  RowSelection training_;
  std::vector<DataIssue> issues_;
};

}  // namespace

const MinimumData& MinimumDataOf(Task task) {
  return *std::find_if(std::begin(kMinimumData), std::end(kMinimumData),
                       [task](const MinimumData& rule) { return rule.task == task; });
}

absl::StatusOr<std::vector<DataIssue>> CheckReadiness(const Dataset& dataset, const TrainingSpec& spec, int threads,
                                                      Parts& parts) {
  return Readiness(dataset, spec, threads, parts).Check();
}

std::vector<DataIssue> CheckReadiness(const Dataset& dataset, const TrainingSpec& spec) {
  return CheckReadiness(dataset, spec, /*threads=*/1, dataset::OnlyPart()).value();  // Alone nobody fails.
}

}  // namespace clientele::training
