// `train`: a model from a spec, watched until it is judged.
#include <memory>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/commands/commands.h"
#include "services/cli/commands/job_view.h"
#include "services/cli/training/evaluation_view.h"
#include "services/cli/training/spec_file.h"

namespace clientele::cli {
namespace {

using training::v1::TrainingJob;

struct TrainOptions {
  std::string spec_file;
  std::string model;
  std::string as_of;
  std::string known_at;
  int threads = 0;
  bool watch = true;
  bool check = false;
  bool if_missing = false;
};

std::string RandomId() {
  std::random_device device;
  return absl::StrFormat("%08x%08x%08x%08x", device(), device(), device(), device());
}

absl::StatusOr<model::v1::TrainingSpec> ReadSpec(const Context& context, const TrainOptions& options) {
  model::v1::TrainingSpec spec;
  CLIENTELE_RETURN_IF_ERROR(ReadMessageFile(options.spec_file, spec));
  if (!options.model.empty()) spec.set_model(options.model);
  const absl::Time now = context.clock().Now();
  if (!options.as_of.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const absl::Time as_of, ParseInstant(options.as_of, now));
    *spec.mutable_dataset()->mutable_as_of() = ToProto(as_of);
  }
  if (!options.known_at.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const absl::Time known_at, ParseInstant(options.known_at, now));
    *spec.mutable_dataset()->mutable_known_at() = ToProto(known_at);
  }
  return spec;
}

absl::Status Check(Context& context, const model::v1::TrainingSpec& spec) {
  CLIENTELE_ASSIGN_OR_RETURN(TrainingClient * client, context.training());
  training::v1::CheckDataReadinessRequest request;
  request.set_parent(context.tenant_name());
  *request.mutable_spec() = spec;
  CLIENTELE_ASSIGN_OR_RETURN(const auto response, client->CheckReadiness(request));
  Console& console = context.console();
  console.Say(absl::StrCat(response.ready() ? "Ready" : "Not ready", ": ", response.rows(), " customers",
                           response.positives() > 0 ? absl::StrCat(", ", response.positives(), " positive") : "", "."));
  console.Print(response, IssuesTable(response.data_issues()));
  if (!response.ready()) return absl::FailedPreconditionError("the data cannot train this model yet");
  return absl::OkStatus();
}

// Whether the model has a champion that was trained from this very spec, instants aside where none were given.
absl::StatusOr<bool> IsTrained(Context& context, const TrainOptions& options, const model::v1::TrainingSpec& spec) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::GetModelVersionRequest request;
  request.set_name(context.model_name(spec.model()));
  const auto version = client->GetVersion(request);
  if (absl::IsNotFound(version.status())) return false;
  CLIENTELE_RETURN_IF_ERROR(version.status());
  model::v1::TrainingSpec trained = version->spec(), wanted = spec;
  for (auto* one : {&trained, &wanted}) {
    // "now" is another instant each time it is said.
    if (options.known_at == "now") one->mutable_dataset()->clear_known_at();
    one->mutable_dataset()->clear_labels_known_at();
  }
  return trained.SerializeAsString() == wanted.SerializeAsString();
}

absl::Status Train(Context& context, const TrainOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const model::v1::TrainingSpec spec, ReadSpec(context, options));
  if (options.check) return Check(context, spec);
  Console& console = context.console();
  if (options.if_missing) {
    CLIENTELE_ASSIGN_OR_RETURN(const bool trained, IsTrained(context, options, spec));
    if (trained) {
      console.Note(absl::StrCat(spec.model(), ": a model of this spec is there already"));
      return absl::OkStatus();
    }
  }
  CLIENTELE_ASSIGN_OR_RETURN(TrainingClient * client, context.training());
  training::v1::CreateTrainingJobRequest request;
  request.set_parent(context.tenant_name());
  request.set_request_id(RandomId());
  *request.mutable_training_job()->mutable_spec() = spec;
  request.mutable_training_job()->set_threads(options.threads);
  CLIENTELE_ASSIGN_OR_RETURN(const TrainingJob created, client->CreateJob(request));
  if (!options.watch) return ShowJob(context, created);
  CLIENTELE_ASSIGN_OR_RETURN(const TrainingJob job, WatchUntilEnd(context, created.name(), "Training " + spec.model()));
  return ShowJob(context, job);
}

}  // namespace

void AddTrain(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("train", "Train a model from a spec, judge it and publish it");
  auto options = std::make_shared<TrainOptions>();
  command->add_option("spec", options->spec_file, "A TrainingSpec in JSON, or YAML (.yaml); - is standard input")
      ->required();
  command->add_option("--model", options->model, "The model's id, instead of the spec's");
  command->add_option("--as-of", options->as_of, "Features see what happened until then: 2026-08-31, \"90 days ago\"");
  command->add_option("--known-at", options->known_at,
                      "... and was ingested until then; `now` for history imported later");
  command->add_option("--threads", options->threads, "Changes the speed, never the model [the service's]")
      ->check(CLI::Range(0, 1'024));
  command->add_flag("--watch,!--no-watch", options->watch, "Wait for the result (on unless --no-watch)");
  command->add_flag("--check", options->check, "Say whether the data can train it, and train nothing");
  command->add_flag("--if-missing", options->if_missing, "Do nothing where the champion is of the same spec");
  command->footer(
      "Ends with 6 where the gate rejects the model. Interrupting leaves the job running: see clientele jobs.");
  context.Bind(command, [&context, options] { return Train(context, *options); });
}

}  // namespace clientele::cli
