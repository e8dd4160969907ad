#include "services/training/readiness_labels.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "common/dataset/label_window.h"
#include "common/dataset/part_sums.h"
#include "common/model/value_regression/family.h"
#include "services/training/minimum_data.h"
#include "services/training/readiness_features.h"
#include "services/training/split.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using dataset::RowSelection;
using dataset::Shard;
using model::v1::TrainingSpec;
using v1::DataIssue;

constexpr auto kError = DataIssue::SEVERITY_ERROR;
constexpr auto kWarning = DataIssue::SEVERITY_WARNING;

class LabelCheck {
 public:
  LabelCheck(const Dataset& dataset, const RowSelection& training, const TrainingSpec& spec, int64_t rows,
             dataset::Parts& parts)
      : dataset_(dataset), training_(training), spec_(spec), rules_(MinimumDataOf(TaskOf(spec))), rows_(rows),
        parts_(parts) {}

  absl::StatusOr<std::vector<DataIssue>> Check() && {
    switch (TaskOf(spec_)) {
      case Task::kClassify: CLIENTELE_RETURN_IF_ERROR(CheckClasses()); break;
      case Task::kClassifyMany: CLIENTELE_RETURN_IF_ERROR(CheckManyClasses()); break;
      case Task::kRegress: CLIENTELE_RETURN_IF_ERROR(CheckValues()); break;
      default: break;
    }
    return std::move(issues_);
  }

 private:
  void Add(DataIssue::Severity severity, absl::string_view code, absl::string_view subject, absl::string_view message,
           absl::string_view recommendation) {
    issues_.push_back(MakeIssue(severity, code, subject, message, recommendation));
  }

  // The first label in row order, over all parts, of those that `is_wrong` of; nothing: there is none.
  template <typename IsWrong>
  absl::StatusOr<std::optional<double>> FirstLabel(IsWrong is_wrong) const {
    std::vector<double> found;
    for (const Shard& shard : dataset_.shards) {
      const auto at = std::find_if(shard.labels.begin(), shard.labels.end(), is_wrong);
      if (at == shard.labels.end()) continue;
      found.push_back(*at);
      break;
    }
    CLIENTELE_ASSIGN_OR_RETURN(found, dataset::AllGatherRows(std::move(found), parts_));
    if (found.empty()) return std::nullopt;
    return found.front();
  }

  struct Classes {
    int64_t rows = 0;
    int64_t positives = 0;
    bool both() const { return positives > 0 && positives < rows; }
    int64_t smaller() const { return std::min(positives, rows - positives); }
  };

  absl::StatusOr<Classes> Count(const RowSelection& selection) const {
    int64_t rows = 0, positives = 0;
    for (int s = 0; s < kShardCount; ++s) {
      for (int64_t i = 0; i < dataset_.shards[s].rows; ++i) {
        if (!selection.Has(s, i)) continue;
        ++rows;
        positives += dataset_.shards[s].labels[i] == 1;
      }
    }
    int64_t counts[] = {rows, positives};
    CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(counts), parts_));
    return Classes{counts[0], counts[1]};
  }

  absl::Status CheckClasses() {
    CLIENTELE_ASSIGN_OR_RETURN(const auto wrong, FirstLabel([](double label) { return label != 0 && label != 1; }));
    if (wrong) {
      Add(kError, "LABEL_NOT_BINARY", "label", absl::StrCat("holds ", *wrong, ", and a classifier learns from 0 and 1"),
          "give the attribute's positive value, or train a value_regression");
      return absl::OkStatus();
    }
    CLIENTELE_ASSIGN_OR_RETURN(const Classes all, Count(RowSelection::All(dataset_)));
    CLIENTELE_ASSIGN_OR_RETURN(const Classes trains, Count(training_));
    CLIENTELE_ASSIGN_OR_RETURN(const Classes judges, Count(JudgingRows(training_, EffectiveSplit(spec_))));
    if (!all.both()) {
      Add(kError, "ONE_CLASS", "label",
          absl::StrCat("is ", all.positives == 0 ? 0 : 1, " for all ", all.rows,
                       " customers; there is nothing to tell apart"),
          OneClassAdvice());
      return absl::OkStatus();
    }
    if (trains.smaller() < rules_.rows_of_each_class.must) {
      Add(kError, "ONE_CLASS", "label",
          absl::StrCat("only ", trains.smaller(), " of the ", trains.rows, " training rows are of the rarer class"),
          "bring in more customers, or split in another way");
    } else if (all.smaller() < rules_.rows_of_each_class.should) {
      Add(kWarning, "FEW_OF_A_CLASS", "label",
          absl::StrFormat("is 1 for %d and 0 for %d customers; each should have %d", all.positives,
                          all.rows - all.positives, rules_.rows_of_each_class.should),
          "bring in more customers or a longer window, or balance_classes");
    }
    if (!judges.both()) {
      Add(kWarning, "ONE_CLASS_IN_HOLDOUT", "split", "all rows that judge have the same label: AUC cannot be told",
          "bring in more customers, or split in another way");
    }
    return absl::OkStatus();
  }

  // The label is the index of a class.
  absl::Status CheckManyClasses() {
    const auto& classes = spec_.dataset().label().attribute().classes();
    CLIENTELE_ASSIGN_OR_RETURN(const auto wrong, FirstLabel([&](double label) {
                                 return !(label >= 0 && label < classes.size() && label == std::floor(label));
                               }));
    if (wrong) {
      Add(kError, "LABEL_NO_CLASS", "label", absl::StrCat("holds ", *wrong, ", which is no index of a class"),
          "give the attribute's values as the label's classes");
      return absl::OkStatus();
    }
    std::vector<int64_t> all(classes.size(), 0), trains(classes.size(), 0);
    for (int s = 0; s < kShardCount; ++s) {
      for (int64_t i = 0; i < dataset_.shards[s].rows; ++i) {
        const double label = dataset_.shards[s].labels[i];
        ++all[static_cast<size_t>(label)];
        trains[static_cast<size_t>(label)] += training_.Has(s, i);
      }
    }
    CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(all), parts_));
    CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(trains), parts_));
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
    return absl::OkStatus();
  }

  std::string OneClassAdvice() const {
    if (dataset::LabelWindowDays(spec_.dataset().label()) == 0) return "look at the label's definition and its values";
    return "let as_of lie at least the window's days before the last record, and labels_known_at after the import; or "
           "choose another window";
  }

  absl::Status CheckValues() {
    CLIENTELE_ASSIGN_OR_RETURN(const auto first, FirstLabel([](double) { return true; }));
    int64_t counts[] = {0, 0, 0};
    auto& [buyers, negative, others] = counts;
    for (const Shard& shard : dataset_.shards) {
      for (const double label : shard.labels) {
        buyers += label > 0;
        negative += label < 0;
        others += label != first;
      }
    }
    CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(counts), parts_));
    if (others == 0) {
      Add(kError, "CONSTANT_LABEL", "label", absl::StrCat("is ", first.value_or(0), " for all ", rows_, " customers"),
          OneClassAdvice());
      return absl::OkStatus();
    }
    if (buyers < rules_.buyers) {
      Add(kWarning, "FEW_BUYERS", "label",
          absl::StrCat("is above 0 for ", buyers, " customers; ", rules_.buyers, " or more give a dependable model"),
          "bring in more customers or choose a longer window");
    }
    CheckFamily(buyers, negative);
    return absl::OkStatus();
  }

  // Whether the values are such as the regression's family can learn.
  void CheckFamily(int64_t buyers, int64_t negative) {
    using Parameters = model::v1::ValueRegressionParameters;
    const auto family = model::OrLeastSquares(spec_.value_regression().family());
    const std::string name = Parameters::Family_Name(family);
    if (family == Parameters::FAMILY_GAMMA && buyers < rows_) {
      Add(kError, "LABEL_NOT_POSITIVE", "label",
          absl::StrCat("is 0 or less for ", rows_ - buyers, " of ", rows_, " customers, and ", name,
                       " learns values above 0"),
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

  const Dataset& dataset_;
  const RowSelection& training_;
  const TrainingSpec& spec_;
  const MinimumData& rules_;
  const int64_t rows_;
  dataset::Parts& parts_;
  std::vector<DataIssue> issues_;
};

}  // namespace

absl::StatusOr<std::vector<DataIssue>> CheckLabels(const Dataset& dataset, const RowSelection& training,
                                                   const TrainingSpec& spec, int64_t rows, dataset::Parts& parts) {
  return LabelCheck(dataset, training, spec, rows, parts).Check();
}

}  // namespace clientele::training
