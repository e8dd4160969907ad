#include "services/training/worker/training_run.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "services/training/algorithms/segments.h"
#include "services/training/comparison/compare.h"
#include "services/training/forget_ids.h"
#include "services/training/gate.h"
#include "services/training/jobs/job_times.h"
#include "services/training/jobs/status_proto.h"
#include "services/training/learn.h"
#include "services/training/pipeline.h"
#include "services/training/readiness.h"
#include "services/training/split.h"

namespace clientele::training {
namespace {

using model::v1::GateDecision;
using v1::DataIssue;
using v1::Progress;

// Which share of a job is behind us when a stage begins.
constexpr double kTrainingBegins = 0.3;
constexpr double kPublishingBegins = 0.95;

class Run {
 public:
  Run(const v1::TrainingJob& job, DatasetSource& data, ModelRegistry& models, const StopToken& stop,
      absl::FunctionRef<void(const Progress&)> on_progress, Team& team)
      : job_(job),
        data_(data),
        models_(models),
        stop_(stop),
        on_progress_(on_progress),
        threads_(std::max(1, job.threads())),
        team_(team) {}

  absl::Status Go(v1::WorkerResult& result) {
    CLIENTELE_ASSIGN_OR_RETURN(const TrainingJobName name, ParseTrainingJobName("name", job_.name()));
    const std::optional<common::v1::DatasetSpec> earlier = EarlierDatasetOf(job_);
    const double share = earlier.has_value() ? 0.5 : 1;  // Of the reading.
    CLIENTELE_ASSIGN_OR_RETURN(dataset::Dataset dataset, ReadData(name.tenant, DatasetOf(job_), 0, share));
    // Where the first rank learns alone it collects all rows, ids included.
    if (LearnsTogether(job_.spec().algorithm_case())) {
      CLIENTELE_RETURN_IF_ERROR(ForgetIds(EffectiveSplit(job_.spec()), threads_, dataset));
    }
    CLIENTELE_RETURN_IF_ERROR(CheckData(dataset, result));
    if (earlier.has_value()) {
      CLIENTELE_ASSIGN_OR_RETURN(earlier_, ReadData(name.tenant, *earlier, share, 1));
    }
    CLIENTELE_RETURN_IF_ERROR(ReadChampion(name.tenant));
    CLIENTELE_ASSIGN_OR_RETURN(const TrainedModel model, Train(name.tenant, dataset));
    *result.mutable_data_issues() = {model.issues.begin(), model.issues.end()};
    CLIENTELE_RETURN_IF_ERROR(AddMigration(dataset, model, result));
    *result.mutable_evaluation() = model.evaluation;
    result.set_artifact_sha256(model.sha256);
    CLIENTELE_RETURN_IF_ERROR(stop_.Check());
    return JudgeAndPublish(name.tenant, dataset, model, result);
  }

 private:
  void Tell(Progress::Stage stage, double fraction, std::string message) {
    fraction_ = std::max(fraction_, fraction);
    Progress progress;
    progress.set_stage(stage);
    progress.set_fraction(fraction_);
    progress.set_message(std::move(message));
    on_progress_(progress);
  }

  // Tells the progress from the one share of the reading to the other.
  absl::StatusOr<dataset::Dataset> ReadData(const TenantId& tenant, const common::v1::DatasetSpec& spec, double from,
                                            double to) {
    Tell(Progress::STAGE_READING, kTrainingBegins * from, "reading the dataset");
    return data_.Read(tenant, spec, stop_, [&](int64_t rows, double share) {
      Tell(Progress::STAGE_READING, kTrainingBegins * (from + (to - from) * share), absl::StrCat(rows, " rows read"));
    });
  }

  absl::Status CheckData(const dataset::Dataset& dataset, v1::WorkerResult& result) {
    CLIENTELE_ASSIGN_OR_RETURN(const int64_t rows, dataset::SumCount(dataset.rows(), team_.ranks()));
    Tell(Progress::STAGE_TRAINING, kTrainingBegins, absl::StrCat("checking ", rows, " rows"));
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<DataIssue> issues,
                               CheckReadiness(dataset, job_.spec(), threads_, team_.ranks()));
    *result.mutable_data_issues() = {issues.begin(), issues.end()};
    for (const DataIssue& issue : issues) {
      if (issue.severity() != DataIssue::SEVERITY_ERROR) continue;
      return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kDataNotReady,
                   absl::StrCat("the data cannot train this: ", issue.message(), " ", issue.recommendation()));
    }
    return absl::OkStatus();
  }

  // Segments continue the champion's; to learn, other models do not need it.
  absl::Status ReadChampion(const TenantId& tenant) {
    if (!job_.spec().has_kmeans() && !job_.spec().has_rfm()) return absl::OkStatus();
    CLIENTELE_ASSIGN_OR_RETURN(const auto version, models_.Champion(tenant, job_.spec().model(), stop_));
    if (!version.has_value()) return absl::OkStatus();
    CLIENTELE_ASSIGN_OR_RETURN(auto champion, Load(version->name()));
    if (champion == nullptr || !HasSegments(champion->artifact())) return absl::OkStatus();
    // Numbers of clusters are no numbers of RFM's segments.
    if (champion->artifact().has_rfm() != job_.spec().has_rfm()) return absl::OkStatus();
    champion_ = std::move(champion);
    champion_version_ = version->name();
    return absl::OkStatus();
  }

  // Null where it is gone or cannot be read: a model without a past is better than none.
  absl::StatusOr<std::shared_ptr<const model::Predictor>> Load(const std::string& version) {
    const auto bytes = models_.Artifact(version, stop_);
    if (absl::IsNotFound(bytes.status()) || absl::IsDataLoss(bytes.status())) return nullptr;
    CLIENTELE_RETURN_IF_ERROR(bytes.status());
    auto predictor = model::Predictor::Load(*bytes);
    return predictor.ok() ? *std::move(predictor) : nullptr;
  }

  absl::Status AddMigration(const dataset::Dataset& dataset, const TrainedModel& model,
                            v1::WorkerResult& result) const {
    if (champion_ == nullptr) return absl::OkStatus();
    CLIENTELE_ASSIGN_OR_RETURN(const auto predictor, model::Predictor::Load(model.artifact_bytes));
    CLIENTELE_ASSIGN_OR_RETURN(
        *result.mutable_segment_migration(),
        MigrationOf(champion_.get(), champion_version_, *predictor, dataset, threads_, team_.ranks()));
    return absl::OkStatus();
  }

  absl::StatusOr<TrainedModel> Train(const TenantId& tenant, const dataset::Dataset& dataset) {
    TrainingOptions options;
    options.team = &team_;
    options.champion = champion_.get();
    options.earlier = earlier_.has_value() ? &*earlier_ : nullptr;
    if (const auto newest = NewestDatasetOf(job_); newest.has_value()) {
      options.read_newest = [this, spec = *newest, tenant] {
        return data_.Read(tenant, spec, stop_, [](int64_t, double) {});
      };
    }
    options.threads = threads_;
    options.stop = stop_;
    options.on_progress = [this](const TrainingProgress& progress) {
      Tell(progress.stage == Progress::STAGE_UNSPECIFIED ? Progress::STAGE_TRAINING : progress.stage,
           kTrainingBegins + (kPublishingBegins - kTrainingBegins) * progress.fraction, progress.message);
    };
    return TrainModel(dataset, job_.spec(), options);
  }

  // Beside the champion on the same holdout; nothing where it cannot be read.
  absl::StatusOr<ComparedChampion> Compare(const dataset::Dataset& dataset, const TrainedModel& model,
                                           const std::string& champion_version) {
    auto champion = champion_;
    if (champion == nullptr || champion_version_ != champion_version) {
      CLIENTELE_ASSIGN_OR_RETURN(champion, Load(champion_version));
    }
    if (champion == nullptr) return ComparedChampion();
    CLIENTELE_ASSIGN_OR_RETURN(const auto predictor, model::Predictor::Load(model.artifact_bytes));
    return CompareWithChampion({.dataset = dataset,
                                .spec = job_.spec(),
                                .model = *predictor,
                                .champion = *champion,
                                .champion_version = champion_version,
                                .threads = threads_,
                                .stop = stop_,
                                .parts = team_.ranks()});
  }

  // By the same rows as the new model where that can be, else as it was judged itself.
  absl::StatusOr<GateDecision> DecideAgainst(const inference::v1::ModelVersion& champion,
                                             const dataset::Dataset& dataset, const TrainedModel& model) {
    CLIENTELE_ASSIGN_OR_RETURN(ComparedChampion compared, Compare(dataset, model, champion.name()));
    GateDecision decision = Decide(job_.spec(), model.evaluation,
                                   compared.evaluation.has_value() ? &*compared.evaluation : &champion.evaluation());
    if (!compared.comparison.champion_version().empty()) {
      *decision.mutable_comparison() = std::move(compared.comparison);
    }
    return decision;
  }

  absl::Status JudgeAndPublish(const TenantId& tenant, const dataset::Dataset& dataset, const TrainedModel& model,
                               v1::WorkerResult& result) {
    Tell(Progress::STAGE_PUBLISHING, kPublishingBegins, "comparing with the champion");
    CLIENTELE_ASSIGN_OR_RETURN(const auto champion, models_.Champion(tenant, job_.spec().model(), stop_));
    // An earlier run of this very job got as far as publishing: the model must not be judged against itself.
    if (champion.has_value() && champion->training_job() == job_.name() && champion->sha256() == model.sha256) {
      *result.mutable_gate_decision() = champion->gate_decision();
      result.set_model_version(champion->name());
      return absl::OkStatus();
    }
    GateDecision decision;
    if (!champion.has_value()) decision = Decide(job_.spec(), model.evaluation, nullptr);
    if (champion.has_value()) {
      CLIENTELE_ASSIGN_OR_RETURN(decision, DecideAgainst(*champion, dataset, model));
    }
    *result.mutable_gate_decision() = decision;
    if (decision.decision() == GateDecision::DECISION_REJECTED) return absl::OkStatus();

    inference::v1::PublishModelVersionRequest::Header header;
    header.set_parent(FormatModel(tenant, job_.spec().model()));
    header.set_sha256(model.sha256);
    header.set_size_bytes(static_cast<int64_t>(model.artifact_bytes.size()));
    header.set_request_id(Sha256Hex(absl::StrCat(job_.name(), "\n", model.sha256)));
    header.set_training_job(job_.name());
    *header.mutable_gate_decision() = decision;
    header.add_aliases(decision.decision() == GateDecision::DECISION_PUBLISHED_ACTIVE ? "champion" : "challenger");
    Tell(Progress::STAGE_PUBLISHING, kPublishingBegins,
         absl::StrCat("publishing ", model.artifact_bytes.size(), " bytes"));
    CLIENTELE_ASSIGN_OR_RETURN(const auto version, models_.Publish(header, model.artifact_bytes, stop_));
    result.set_model_version(version.name());
    return absl::OkStatus();
  }

  const v1::TrainingJob& job_;
  DatasetSource& data_;
  ModelRegistry& models_;
  const StopToken& stop_;
  const absl::FunctionRef<void(const Progress&)> on_progress_;
  const int threads_;
  Team& team_;
  double fraction_ = 0;
  std::optional<dataset::Dataset> earlier_;           // For a selection: what regressions learn from.
  std::shared_ptr<const model::Predictor> champion_;  // One with segments; null: none that can be read.
  std::string champion_version_;
};

}  // namespace

v1::WorkerResult RunTraining(const v1::TrainingJob& job, DatasetSource& data, ModelRegistry& models,
                             const StopToken& stop, absl::FunctionRef<void(const Progress&)> on_progress, Team* team) {
  LoneTeam alone;
  v1::WorkerResult result;
  const absl::Status status =
      Run(job, data, models, stop, on_progress, team != nullptr ? *team : alone).Go(result);
  if (status.ok()) return result;
  v1::WorkerResult failed;
  *failed.mutable_error() = ToStatusProto(status);
  failed.mutable_data_issues()->Swap(result.mutable_data_issues());
  return failed;
}

}  // namespace clientele::training
