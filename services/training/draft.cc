#include "services/training/draft.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/error.h"
#include "common/base/free_memory.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/dataset/collect_rows.h"
#include "common/dataset/digest.h"
#include "common/dataset/part_sums.h"
#include "common/model/artifact.h"
#include "common/model/predictor.h"
#include "common/model/preprocessing.h"
#include "services/training/algorithm.h"
#include "services/training/effective_preprocessing.h"
#include "services/training/encode.h"
#include "services/training/from_first.h"
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

// The datasets and their rows, on one rank.
struct Rows {
  const Dataset& learnt;
  const Dataset& judged;
  RowSelection training;         // Of `learnt`.
  RowSelection judged_training;  // The same of `judged`.
  RowSelection judging;

  static absl::StatusOr<Rows> Of(const Dataset& learnt, const Dataset& judged, const DraftInput& input) {
    Rows rows = {learnt, judged, {}, {}, {}};
    CLIENTELE_ASSIGN_OR_RETURN(rows.training, TrainingRows(learnt, input.split));
    CLIENTELE_ASSIGN_OR_RETURN(rows.judged_training, TrainingRows(judged, input.split));
    rows.judging = JudgingRows(rows.judged_training, input.split);
    CLIENTELE_RETURN_IF_ERROR(DropUnusableRows(learnt, input.spec, rows.training));
    if (&judged == &learnt) rows.judged_training = rows.training;
    return rows;
  }
};

class Drafting {
 public:
  explicit Drafting(const DraftInput& input)
      : input_(input),
        spec_(input.spec),
        options_(input.options),
        threads_(std::max(input.options.threads, 1)),
        ranks_(input.options.team->ranks()) {}

  absl::StatusOr<Draft> Run() {
    for (const Dataset* dataset : {&input_.learnt, &input_.judged}) {
      CLIENTELE_RETURN_IF_ERROR(CheckColumns(*dataset, spec_));
    }
    CLIENTELE_RETURN_IF_ERROR(Stage(Progress::STAGE_TRAINING, 0, "checking the data"));
    Draft draft;
    CLIENTELE_ASSIGN_OR_RETURN(draft.issues, CheckReadiness(input_.learnt, spec_, threads_, ranks_));
    CLIENTELE_RETURN_IF_ERROR(FirstError(draft.issues));
    CLIENTELE_RETURN_IF_ERROR(Stage(Progress::STAGE_TRAINING, 0.03, "preprocessing"));
    CLIENTELE_ASSIGN_OR_RETURN(Rows rows, Rows::Of(input_.learnt, input_.judged, input_));
    CLIENTELE_RETURN_IF_ERROR(Prepare(rows, draft.artifact));
    if (ranks_.size() == 1 || LearnsTogether(spec_.algorithm_case())) {
      CLIENTELE_RETURN_IF_ERROR(Learn(rows, draft.artifact, draft.issues));
      CLIENTELE_RETURN_IF_ERROR(Judge(rows, ranks_, draft.artifact));
    } else {
      CLIENTELE_RETURN_IF_ERROR(LearnAndJudgeOnFirst(rows, draft.artifact, draft.issues));
    }
    draft.training = std::move(rows.training);
    return draft;
  }

 private:
  absl::Status Stage(Progress::Stage stage, double fraction, absl::string_view message) const {
    ReleaseFreeMemory();  // What one stage took and the next does not want would add up.
    return TellStage(options_, stage, fraction, message);
  }

  // Everything of the artifact that is known before learning.
  absl::Status Prepare(const Rows& rows, ModelArtifact& artifact) {
    const Dataset& dataset = rows.learnt;
    artifact.set_format_version(model::kFormatVersion);
    *artifact.mutable_spec() = spec_;
    if (spec_.has_split() || (input_.split.none() && !LearnsFromLabel(TaskOf(spec_))))
      *artifact.mutable_spec()->mutable_split() = input_.split;
    *artifact.mutable_schema() = model::SchemaOf(dataset);
    CLIENTELE_ASSIGN_OR_RETURN(
        *artifact.mutable_preprocessing(),
        model::FitPreprocessing(dataset, rows.training, EffectivePreprocessing(spec_, artifact.schema()), threads_,
                                ranks_));
    artifact.set_base_currency(dataset.header.base_currency());
    int64_t counts[] = {dataset.rows(), rows.training.count(), rows.judging.count()};
    CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(counts), ranks_));
    const auto [all, train, holdout] = counts;
    auto& lineage = *artifact.mutable_lineage();
    *lineage.mutable_as_of() = dataset.header.as_of();
    CLIENTELE_ASSIGN_OR_RETURN(*lineage.mutable_dataset_sha256(), dataset::DigestOf(dataset, threads_, ranks_));
    lineage.set_erasure_epoch(std::min(dataset.header.erasure_epoch(), rows.judged.header.erasure_epoch()));
    lineage.set_opted_out_rows(dataset.opted_out_rows);
    *lineage.mutable_retention_cuts() = dataset.header.retention_cuts();
    lineage.set_rows(all);
    lineage.set_train_rows(train);
    lineage.set_instruction_set(InstructionSet());
    artifact.mutable_evaluation()->set_train_rows(train);
    artifact.mutable_evaluation()->set_holdout_rows(holdout);
    return options_.stop.Check();
  }

  absl::Status Learn(const Rows& rows, ModelArtifact& artifact, std::vector<v1::DataIssue>& issues) {
    CLIENTELE_RETURN_IF_ERROR(Stage(Progress::STAGE_TRAINING, kPrepared, "learning"));
    double furthest = 0;
    const LearnerProgress progress = [&](double fraction, absl::string_view message) {
      furthest = std::max(furthest, std::min(fraction, 1.0));
      (void)TellStage(options_, Progress::STAGE_TRAINING, kPrepared + (kLearnt - kPrepared) * furthest, message);
    };
    return options_.team->Learn({rows.learnt, rows.training, spec_, input_.split, threads_, options_.stop, progress,
                                 options_.champion},
                                artifact, issues);
  }

  absl::Status Judge(const Rows& rows, dataset::Parts& parts, ModelArtifact& artifact) {
    CLIENTELE_RETURN_IF_ERROR(Stage(Progress::STAGE_EVALUATING, kLearnt, "scoring the holdout"));
    CLIENTELE_ASSIGN_OR_RETURN(const auto predictor, model::Predictor::Create(artifact));
    CLIENTELE_RETURN_IF_ERROR(FindAlgorithm(spec_.algorithm_case())
                                  ->judge({rows.judged, rows.judged_training, rows.judging, *predictor, threads_,
                                           options_.champion, input_.training_mean, parts},
                                          artifact));
    return options_.stop.Check();
  }

  // The first rank gets all rows of both datasets; what came of them, all know in the end.
  absl::Status LearnAndJudgeOnFirst(const Rows& rows, ModelArtifact& artifact, std::vector<v1::DataIssue>& issues) {
    CLIENTELE_ASSIGN_OR_RETURN(const Dataset learnt, dataset::CollectRows(rows.learnt, ranks_));
    const bool same = &rows.judged == &rows.learnt;
    CLIENTELE_ASSIGN_OR_RETURN(const Dataset judged, same ? Dataset() : dataset::CollectRows(rows.judged, ranks_));
    absl::Status status;
    if (ranks_.rank() == 0) status = LearnAndJudgeAlone(learnt, same ? learnt : judged, artifact, issues);
    v1::LearntModel shared;
    *shared.mutable_artifact() = std::move(artifact);
    *shared.mutable_issues() = {issues.begin(), issues.end()};
    CLIENTELE_RETURN_IF_ERROR(ShareFromFirst(status, shared, options_.team->patient_ranks()));
    artifact = std::move(*shared.mutable_artifact());
    issues.assign(shared.issues().begin(), shared.issues().end());
    return absl::OkStatus();
  }

  // With all rows of both.
  absl::Status LearnAndJudgeAlone(const Dataset& learnt, const Dataset& judged, ModelArtifact& artifact,
                                  std::vector<v1::DataIssue>& issues) {
    CLIENTELE_ASSIGN_OR_RETURN(const Rows rows, Rows::Of(learnt, judged, input_));
    CLIENTELE_RETURN_IF_ERROR(Learn(rows, artifact, issues));
    return Judge(rows, dataset::OnlyPart(), artifact);
  }

  const DraftInput& input_;
  const TrainingSpec& spec_;
  const TrainingOptions& options_;
  const int threads_;
  Communicator& ranks_;
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
  ReleaseFreeMemory();
  CLIENTELE_RETURN_IF_ERROR(TellStage(options, Progress::STAGE_EVALUATING, 0.93, "histograms and golden rows"));
  CLIENTELE_RETURN_IF_ERROR(
      model::CompleteArtifact(learnt, draft.training, std::max(options.threads, 1), draft.artifact,
                              options.team->ranks()));
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
