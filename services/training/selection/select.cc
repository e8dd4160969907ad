#include "services/training/selection/select.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "services/training/algorithms/judging.h"
#include "services/training/draft.h"
#include "services/training/evaluation/baselines.h"
#include "services/training/evaluation/value.h"
#include "services/training/readiness.h"
#include "services/training/selection/candidates.h"
#include "services/training/selection/recommend.h"
#include "services/training/selection/window_values.h"
#include "services/training/split.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using dataset::RowSelection;
using model::v1::TrainingSpec;
using model::v1::ValueEvaluation;
using model::v1::ValueSelection;
using model::v1::ValueSelectionParameters;

// How far the whole training is when all have been tried, and when the winner has learnt anew.
constexpr double kTried = 0.8;
constexpr double kRefitted = 0.9;

void SetMeasures(const ValueEvaluation& evaluation, ValueSelection::Candidate& candidate) {
  candidate.set_mae(evaluation.mae());
  candidate.set_rmse(evaluation.rmse());
  candidate.set_normalised_gini(evaluation.normalised_gini());
  candidate.set_spearman(evaluation.spearman());
  candidate.set_total_ratio(evaluation.total_ratio());
  candidate.set_top_decile_share(evaluation.top_decile_share());
}

// And not about a candidate: the job is to stop, or its ranks have lost one another.
bool IsAboutTheJob(const absl::Status& status) {
  return absl::IsCancelled(status) || absl::IsDeadlineExceeded(status) || absl::IsAborted(status);
}

class Selection {
 public:
  Selection(const Dataset& dataset, const TrainingSpec& spec, const TrainingOptions& options)
      : dataset_(dataset),
        earlier_(*options.earlier),
        spec_(spec),
        options_(options),
        split_(EffectiveSplit(spec)),
        threads_(std::max(options.threads, 1)),
        parts_(options.team->ranks()),
        candidates_(CandidatesOf(spec)) {}

  absl::StatusOr<TrainedModel> Run() {
    CLIENTELE_ASSIGN_OR_RETURN(const auto found, CheckReadiness(dataset_, spec_, threads_, parts_));
    CLIENTELE_RETURN_IF_ERROR(FirstError(found));
    CLIENTELE_RETURN_IF_ERROR(FindRows());
    for (size_t i = 0; i < candidates_.size(); ++i) {
      const absl::Status status = Try(i);
      if (IsAboutTheJob(status)) return status;
      if (!status.ok()) AddFailure(candidates_[i], status);
    }
    if (drafts_.empty()) return NoneTrained();
    CLIENTELE_RETURN_IF_ERROR(AddRules());
    return Choose();
  }

 private:
  // Who judges, what came, and what came before on average.
  absl::Status FindRows() {
    CLIENTELE_ASSIGN_OR_RETURN(const RowSelection training, TrainingRows(dataset_, split_));
    judging_ = JudgingRows(training, split_);
    CLIENTELE_ASSIGN_OR_RETURN(actuals_, dataset::AllGatherRows(LabelsOf(dataset_, judging_), parts_));
    CLIENTELE_ASSIGN_OR_RETURN(const RowSelection before, TrainingRows(earlier_, split_));
    CLIENTELE_ASSIGN_OR_RETURN(earlier_rows_, dataset::SumCount(earlier_.rows(), parts_));
    CLIENTELE_ASSIGN_OR_RETURN(const double mean, LabelMean(earlier_, before, parts_));
    if (!std::isnan(mean)) training_mean_ = mean;
    return absl::OkStatus();
  }

  absl::Status Try(size_t i) {
    const ValueCandidate& candidate = candidates_[i];
    const bool regression = candidate.spec.has_value_regression();
    if (regression && earlier_rows_ == 0) {
      return FailedPrecondition(
          absl::StrCat("nobody was a customer ", WindowDays(),
                       " days before as_of, from where a regression learns: the history is too short"));
    }
    const TrainingOptions options = OptionsOf(i);
    CLIENTELE_ASSIGN_OR_RETURN(Draft draft, MakeDraft({.learnt = regression ? earlier_ : dataset_,
                                                       .judged = dataset_,
                                                       .spec = candidate.spec,
                                                       .split = split_,
                                                       .options = options,
                                                       .training_mean = training_mean_}));
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<double> values,
                               WindowValues(draft.artifact, dataset_, judging_, threads_));
    CLIENTELE_ASSIGN_OR_RETURN(values, dataset::AllGatherRows(std::move(values), parts_));
    ValueSelection::Candidate& judged = *selection_.add_candidates();
    judged.set_name(candidate.name);
    judged.set_algorithm(regression ? "value_regression" : "lifetime_value");
    SetMeasures(draft.artifact.evaluation().value(), judged);
    predictions_.push_back({candidate.name, std::move(values)});
    drafts_.push_back(std::move(draft));
    return absl::OkStatus();
  }

  void AddFailure(const ValueCandidate& candidate, const absl::Status& status) {
    ValueSelection::Candidate& failed = *selection_.add_candidates();
    failed.set_name(candidate.name);
    failed.set_algorithm(candidate.spec.has_value_regression() ? "value_regression" : "lifetime_value");
    failed.set_failure(std::string(status.message()));
    AddModelWarning("CANDIDATE_FAILED", absl::StrCat(candidate.name, " could not be trained: ", status.message()),
                    "mend what it says, or leave the candidate out", issues_);
  }

  absl::Status NoneTrained() const {
    std::string reasons;
    for (const auto& failed : selection_.candidates()) {
      absl::StrAppend(&reasons, reasons.empty() ? "" : "; ", failed.name(), ": ", failed.failure());
    }
    return FailedPrecondition(absl::StrCat("no candidate can be trained: ", reasons));
  }

  static absl::Status FailedPrecondition(const std::string& message) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kDataNotReady, message);
  }

  absl::Status AddRules() {
    CLIENTELE_ASSIGN_OR_RETURN(const double judged_mean, LabelMean(dataset_, judging_, parts_));
    const double mean = training_mean_.value_or(judged_mean);
    CLIENTELE_ASSIGN_OR_RETURN(auto rules, SimpleValueRules(dataset_, judging_, mean, WindowDays(), parts_));
    for (ValueRule& rule : rules) {
      ValueSelection::Candidate& judged = *selection_.add_candidates();
      judged.set_name(rule.name);
      judged.set_algorithm("rule");
      SetMeasures(EvaluateValues(rule.predictions, actuals_, mean), judged);
      predictions_.push_back({rule.name, std::move(rule.predictions), /*can_be_chosen=*/false});
    }
    return absl::OkStatus();
  }

  absl::StatusOr<TrainedModel> Choose() {
    for (const auto decision : {ValueSelectionParameters::DECISION_CUSTOMER, ValueSelectionParameters::DECISION_RANKING,
                                ValueSelectionParameters::DECISION_TOTAL}) {
      auto& recommendation = *selection_.add_recommendations();
      CLIENTELE_ASSIGN_OR_RETURN(recommendation, Recommend(decision, predictions_, actuals_, threads_, parts_));
      if (decision == DecisionOf(spec_.value_selection())) selection_.set_chosen(recommendation.candidate());
      CLIENTELE_RETURN_IF_ERROR(options_.stop.Check());
    }
    size_t winner = 0;  // Drafts are in the order of their predictions.
    while (predictions_[winner].name != selection_.chosen()) ++winner;
    return Complete(drafts_[winner]);
  }

  absl::StatusOr<TrainedModel> Complete(Draft& draft) {
    const bool regression = draft.artifact.has_value_regression();
    const Dataset* learnt = regression ? &earlier_ : &dataset_;
    if (regression || options_.read_newest) {
      const auto newer = LearnAnew(draft);
      if (IsAboutTheJob(newer.status())) return newer.status();
      selection_.set_refitted(newer.ok());
      if (newer.ok()) learnt = *newer;
      if (!newer.ok()) AddNotRefitted(regression, newer.status());
    }
    *draft.artifact.mutable_evaluation()->mutable_selection() = std::move(selection_);
    draft.issues.insert(draft.issues.end(), issues_.begin(), issues_.end());
    return Finish(*learnt, std::move(draft), options_);
  }

  void AddNotRefitted(bool regression, const absl::Status& why) {
    AddModelWarning(
        "NOT_REFITTED",
        absl::StrCat("is as it learnt from ", regression ? "the window before as_of" : "the histories up to as_of",
                     ", for it cannot learn from the newest data: ", why.message()),
        "mend what it says", issues_);
  }

  // The chosen model learns anew from the days that have judged it; from what, is returned. What is said of how good it
  // is stays that of the judging, and so do a regression's intervals, which are of customers it had not seen.
  absl::StatusOr<const Dataset*> LearnAnew(Draft& judged) {
    const bool regression = judged.artifact.has_value_regression();
    if (!regression) {
      CLIENTELE_ASSIGN_OR_RETURN(newest_, options_.read_newest());
    }
    const Dataset& learnt = regression ? dataset_ : *newest_;
    const TrainingOptions options = Telling(kTried, kRefitted, selection_.chosen());
    CLIENTELE_ASSIGN_OR_RETURN(Draft newer, MakeDraft({.learnt = learnt,
                                                       .judged = dataset_,
                                                       .spec = judged.artifact.spec(),
                                                       .split = split_,
                                                       .options = options}));
    if (regression) {
      newer.artifact.mutable_value_regression()->mutable_intervals()->Swap(
          judged.artifact.mutable_value_regression()->mutable_intervals());
    }
    model::v1::Evaluation evaluation = judged.artifact.evaluation();
    *evaluation.mutable_coefficients() = newer.artifact.evaluation().coefficients();
    *newer.artifact.mutable_evaluation() = std::move(evaluation);
    judged = std::move(newer);
    return &learnt;
  }

  TrainingOptions OptionsOf(size_t i) const {
    const double one = kTried / static_cast<double>(candidates_.size());
    return Telling(one * static_cast<double>(i), one * static_cast<double>(i + 1), candidates_[i].name);
  }

  // Tells the progress of one training as that from the one share of all to the other.
  TrainingOptions Telling(double from, double to, const std::string& name) const {
    TrainingOptions options = options_;
    if (!options_.on_progress) return options;
    options.on_progress = [this, from, to, name](const TrainingProgress& progress) {
      options_.on_progress({v1::Progress::STAGE_TRAINING, from + (to - from) * progress.fraction,
                            absl::StrCat(name, ": ", progress.message)});
    };
    return options;
  }

  int WindowDays() const { return spec_.dataset().label().spend_within().days(); }

  const Dataset& dataset_;
  const Dataset& earlier_;
  std::optional<Dataset> newest_;  // Where a model of purchases is chosen.
  const TrainingSpec& spec_;
  const TrainingOptions& options_;
  const model::v1::Split split_;
  const int threads_;
  dataset::Parts& parts_;
  const std::vector<ValueCandidate> candidates_;
  RowSelection judging_;
  int64_t earlier_rows_ = 0;     // Of all parts.
  std::vector<double> actuals_;  // [judging rows of all parts]
  std::optional<double> training_mean_;
  std::vector<Draft> drafts_;                  // Of those that could be trained,
  std::vector<ValuePredictions> predictions_;  // and theirs, in the same order; then those of the rules.
  ValueSelection selection_;
  std::vector<v1::DataIssue> issues_;
};

}  // namespace

absl::StatusOr<TrainedModel> SelectValueModel(const Dataset& dataset, const TrainingSpec& spec,
                                              const TrainingOptions& options) {
  if (options.earlier == nullptr) {
    return InvalidField("earlier", "is missing; value_selection needs the dataset as it was the label's days earlier");
  }
  return Selection(dataset, spec, options).Run();
}

}  // namespace clientele::training
