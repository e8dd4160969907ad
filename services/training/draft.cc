#include "services/training/draft.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/model/artifact.h"
#include "common/model/predictor.h"
#include "common/model/preprocessing.h"
#include "services/training/algorithm.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/effective_preprocessing.h"
#include "services/training/encode.h"
#include "services/training/learn.h"
#include "services/training/learners/instruction_set.h"
#include "services/training/readiness.h"
#include "services/training/spec.h"
#include "services/training/split.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using dataset::RowSelection;
using model::v1::ModelArtifact;
using model::v1::TrainingSpec;
using v1::Progress;

// How far the whole training is when a stage ends.
constexpr double kPrepared = 0.1;
constexpr double kLearnt = 0.85;

// The dataset has the columns the spec asks for, in its order.
absl::Status CheckColumns(const Dataset& dataset, const TrainingSpec& spec) {
  std::vector<std::string> asked(spec.dataset().features().begin(), spec.dataset().features().end());
  asked.insert(asked.end(), spec.dataset().auxiliary_features().begin(), spec.dataset().auxiliary_features().end());
  std::vector<std::string> there;
  for (const auto& column : dataset.header.columns()) there.push_back(column.feature().name());
  if (asked != there) {
    return InvalidField("dataset", absl::StrCat("has the columns ", absl::StrJoin(there, ", "),
                                                " and not those of the spec: ", absl::StrJoin(asked, ", ")));
  }
  if (LearnsFromLabel(TaskOf(spec)) && !dataset.header.has_label()) return InvalidField("dataset", "has no label");
  return absl::OkStatus();
}

// Tells the progress, and whether to go on.
absl::Status TellStage(const TrainingOptions& options, Progress::Stage stage, double fraction,
                       absl::string_view message) {
  if (options.on_progress) options.on_progress({stage, fraction, std::string(message)});
  return options.stop.Check();
}

class Drafting {
 public:
  explicit Drafting(const DraftInput& input)
      : input_(input),
        dataset_(input.learnt),
        spec_(input.spec),
        options_(input.options),
        threads_(std::max(input.options.threads, 1)) {}

  absl::StatusOr<Draft> Run() {
    for (const Dataset* dataset : {&input_.learnt, &input_.judged}) {
      CLIENTELE_RETURN_IF_ERROR(CheckColumns(*dataset, spec_));
    }
    CLIENTELE_RETURN_IF_ERROR(Stage(Progress::STAGE_TRAINING, 0, "checking the data"));
    Draft draft;
    draft.issues = CheckReadiness(dataset_, spec_);
    CLIENTELE_RETURN_IF_ERROR(FirstError(draft.issues));
    CLIENTELE_RETURN_IF_ERROR(Prepare(draft.artifact));
    CLIENTELE_RETURN_IF_ERROR(Learn(draft.artifact, draft.issues));
    CLIENTELE_RETURN_IF_ERROR(Judge(draft.artifact));
    draft.training = std::move(training_);
    return draft;
  }

 private:
  absl::Status Stage(Progress::Stage stage, double fraction, absl::string_view message) const {
    return TellStage(options_, stage, fraction, message);
  }

  // Everything of the artifact that is known before learning.
  absl::Status Prepare(ModelArtifact& artifact) {
    CLIENTELE_RETURN_IF_ERROR(Stage(Progress::STAGE_TRAINING, 0.03, "preprocessing"));
    const model::v1::Split& split = input_.split;
    CLIENTELE_ASSIGN_OR_RETURN(training_, TrainingRows(dataset_, split));
    CLIENTELE_ASSIGN_OR_RETURN(judged_training_, TrainingRows(input_.judged, split));
    judging_ = JudgingRows(judged_training_, split);
    CLIENTELE_RETURN_IF_ERROR(DropUnusableRows(dataset_, spec_, training_));
    if (&input_.judged == &dataset_) judged_training_ = training_;
    artifact.set_format_version(model::kFormatVersion);
    *artifact.mutable_spec() = spec_;
    if (spec_.has_split() || (split.none() && !LearnsFromLabel(TaskOf(spec_))))
      *artifact.mutable_spec()->mutable_split() = split;
    *artifact.mutable_schema() = model::SchemaOf(dataset_);
    CLIENTELE_ASSIGN_OR_RETURN(
        *artifact.mutable_preprocessing(),
        model::FitPreprocessing(dataset_, training_, EffectivePreprocessing(spec_, artifact.schema()), threads_));
    artifact.set_base_currency(dataset_.header.base_currency());
    auto& lineage = *artifact.mutable_lineage();
    *lineage.mutable_as_of() = dataset_.header.as_of();
    lineage.set_dataset_sha256(dataset_.Digest());
    lineage.set_erasure_epoch(std::min(dataset_.header.erasure_epoch(), input_.judged.header.erasure_epoch()));
    lineage.set_opted_out_rows(dataset_.opted_out_rows);
    *lineage.mutable_retention_cuts() = dataset_.header.retention_cuts();
    lineage.set_rows(dataset_.rows());
    lineage.set_train_rows(training_.count());
    lineage.set_instruction_set(InstructionSet());
    artifact.mutable_evaluation()->set_train_rows(training_.count());
    artifact.mutable_evaluation()->set_holdout_rows(judging_.count());
    return options_.stop.Check();
  }

  absl::Status Learn(ModelArtifact& artifact, std::vector<v1::DataIssue>& issues) {
    CLIENTELE_RETURN_IF_ERROR(Stage(Progress::STAGE_TRAINING, kPrepared, "learning"));
    double furthest = 0;
    const LearnerProgress progress = [&](double fraction, absl::string_view message) {
      furthest = std::max(furthest, std::min(fraction, 1.0));
      (void)Stage(Progress::STAGE_TRAINING, kPrepared + (kLearnt - kPrepared) * furthest, message);
    };
    const LearnInput input = {dataset_, training_,     spec_,    input_.split,
                              threads_, options_.stop, progress, options_.champion};
    if (options_.team != nullptr) return options_.team->Learn(input, artifact, issues);
    LocalCommunicator local;
    Journal journal;
    return LearnTogether(input, local, journal, artifact, issues);
  }

  absl::Status Judge(ModelArtifact& artifact) {
    CLIENTELE_RETURN_IF_ERROR(Stage(Progress::STAGE_EVALUATING, kLearnt, "scoring the holdout"));
    CLIENTELE_ASSIGN_OR_RETURN(const auto predictor, model::Predictor::Create(artifact));
    CLIENTELE_RETURN_IF_ERROR(FindAlgorithm(spec_.algorithm_case())
                                  ->judge({input_.judged, judged_training_, judging_, *predictor, threads_,
                                           options_.champion, input_.training_mean},
                                          artifact));
    return options_.stop.Check();
  }

  const DraftInput& input_;
  const Dataset& dataset_;  // That teaches.
  const TrainingSpec& spec_;
  const TrainingOptions& options_;
  const int threads_;
  RowSelection training_;
  RowSelection judged_training_;  // The same of the dataset that judges.
  RowSelection judging_;
};

}  // namespace

absl::Status FirstError(const std::vector<v1::DataIssue>& issues) {
  for (const v1::DataIssue& issue : issues) {
    if (issue.severity() != v1::DataIssue::SEVERITY_ERROR) continue;
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kDataNotReady,
                 absl::StrCat(issue.subject(), ": ", issue.message(), "; ", issue.recommendation()),
                 {{"issue", issue.code()}});
  }
  return absl::OkStatus();
}

absl::StatusOr<Draft> MakeDraft(const DraftInput& input) { return Drafting(input).Run(); }

absl::StatusOr<TrainedModel> Finish(const Dataset& learnt, Draft draft, const TrainingOptions& options) {
  TrainedModel trained;
  trained.issues = std::move(draft.issues);
  trained.evaluation = draft.artifact.evaluation();
  CLIENTELE_RETURN_IF_ERROR(TellStage(options, Progress::STAGE_EVALUATING, 0.93, "histograms and golden rows"));
  CLIENTELE_RETURN_IF_ERROR(
      model::CompleteArtifact(learnt, draft.training, std::max(options.threads, 1), draft.artifact));
  model::SerializedArtifact serialized = model::SerializeArtifact(draft.artifact);
  // What leaves here loads: whoever serves it runs the same check.
  CLIENTELE_RETURN_IF_ERROR(model::Predictor::Load(serialized.bytes).status());
  CLIENTELE_RETURN_IF_ERROR(
      TellStage(options, Progress::STAGE_EVALUATING, 1, absl::StrCat("model ", serialized.sha256.substr(0, 12))));
  trained.artifact_bytes = std::move(serialized.bytes);
  trained.sha256 = std::move(serialized.sha256);
  return trained;
}

}  // namespace clientele::training
