// How a job's time falls with the number of ranks: whole jobs from rows in memory to an artifact, under mpirun.
//
//   mpirun -np 2 build/release/bin/ranks_bench --rows 1000000 --columns 32 --threads 1 --job segments
//
// The first rank prints one line of JSON: seconds of each stage and processor seconds of the slowest rank's work in it,
// the artifact's digest, what went over the network, the most memory the first rank had, in all and as a ratio to the
// bytes of its matrix in each stage, and how long a collective takes. scripts/bench_scale.py compares them.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/clock.h"
#include "common/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "services/training/communicator/mpi_communicator.h"
#include "services/training/forget_ids.h"
#include "services/training/learners/random.h"
#include "services/training/pipeline.h"
#include "services/training/ranks/job_ranks.h"
#include "services/training/split.h"
#include "tests/benchmark/ranks/counting_communicator.h"

namespace clientele::benchmark {
namespace {

using dataset::Dataset;
using training::FirstShard;

constexpr int64_t kAsOf = 1'600'000'000;

struct Options {
  int64_t rows = 1'000'000;
  int columns = 32;
  int threads = 1;
  int clusters = 16;
  std::string job = "segments";
};

// Customers around eight centres; the label leans on the first columns. Each shard is drawn by itself.
class DrawnShards final : public training::ShardSource {
 public:
  DrawnShards(const Options& options, int first, int count) : options_(options) {
    common::v1::DatasetHeader header;
    for (int j = 0; j < options.columns; ++j) {
      auto& column = *header.add_columns();
      column.mutable_feature()->set_name(absl::StrCat("x", j));
      column.set_type(common::v1::FEATURE_TYPE_NUMBER);
    }
    header.mutable_as_of()->set_seconds(kAsOf);
    header.set_has_label(options.job != "segments");
    auto builder = *dataset::DatasetBuilder::Create(header);
    for (int s = first; s < first + count; ++s) (void)builder.Add(Draw(s));
    drawn_ = std::move(builder).Build();
  }
  absl::StatusOr<Dataset> ReadShards(const TenantId&, const common::v1::DatasetSpec&, int, int, const StopToken&,
                                     absl::FunctionRef<void(int64_t, double)>) override {
    return std::move(drawn_);  // Asked once.
  }

 private:
  common::v1::DatasetChunk Draw(int s) const {
    training::Random random(/*seed=*/1, static_cast<uint64_t>(s));
    common::v1::DatasetChunk chunk;
    chunk.set_shard(s);
    const int64_t rows = options_.rows * (s + 1) / kShardCount - options_.rows * s / kShardCount;
    for (int64_t i = 0; i < rows; ++i) {
      const auto centre = static_cast<double>(random.Next() % 8);
      double score = 0;
      chunk.add_customer_ids(absl::StrCat("c", 1'000'000'000 + i));
      for (int j = 0; j < options_.columns; ++j) {
        const double noise = random.Uniform() + random.Uniform() + random.Uniform() - 1.5;
        const double value = noise + std::sin(centre * (j + 1));
        chunk.add_numbers(static_cast<float>(value));
        if (j < 4) score += value / (j + 1);
      }
      if (options_.job == "churn") chunk.add_labels(random.Uniform() < 1 / (1 + std::exp(-score)) ? 1 : 0);
      if (options_.job == "spend") chunk.add_labels(random.Uniform() * std::exp(score / 2));
    }
    return chunk;
  }

  const Options options_;
  Dataset drawn_;
};

model::v1::TrainingSpec SpecOf(const Options& options) {
  model::v1::TrainingSpec spec;
  spec.set_model("bench");
  spec.mutable_dataset()->mutable_as_of()->set_seconds(kAsOf);
  for (int j = 0; j < options.columns; ++j) spec.mutable_dataset()->add_features(absl::StrCat("x", j));
  if (options.job == "churn") {
    spec.mutable_dataset()->mutable_label()->mutable_attribute()->set_attribute("left");
    spec.mutable_dataset()->mutable_label()->mutable_attribute()->mutable_positive()->set_text("yes");
    spec.mutable_logistic_regression();
  } else if (options.job == "spend") {
    spec.mutable_dataset()->mutable_label()->mutable_spend_within()->set_days(90);
    spec.mutable_value_regression();
  } else {
    auto& kmeans = *spec.mutable_kmeans();
    kmeans.set_num_clusters(options.clusters);
    kmeans.set_restarts(1);
    kmeans.set_max_iterations(30);
    kmeans.set_min_relative_progress(-1);
    kmeans.set_stability_resamples(-1);
  }
  return spec;
}

// Seconds of a fold of `width` doubles over all ranks.
absl::StatusOr<double> TimeFold(training::Communicator& group, int64_t width, int times) {
  std::vector<double> values(width, 1.0);
  CLIENTELE_RETURN_IF_ERROR(group.Barrier());
  const absl::Time start = absl::Now();
  for (int i = 0; i < times; ++i) {
    CLIENTELE_RETURN_IF_ERROR(group.FoldInRankOrder(absl::MakeSpan(values), [](absl::Span<double>) {}));
  }
  return absl::ToDoubleSeconds(absl::Now() - start) / times;
}

constexpr const char* kStages[] = {"reading", "preparing", "learning", "judging", "completing"};
constexpr int kLearning = 2;

// A kernel that cannot forget the peak tells that of all stages so far.
void ForgetPeak() { std::ofstream("/proc/self/clear_refs") << 5; }

// Kilobytes that this process has held at most since then.
int64_t PeakKilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stoll(line.substr(6));
  }
  return 0;
}

// What each stage of a job takes on this rank, as its progress tells: seconds, processor seconds without those inside
// of collectives, memory at its peak, and what goes over the network.
class Stages {
 public:
  Stages(const CountingCommunicator& patient, const CountingCommunicator& in_step)
      : patient_(patient), in_step_(in_step) {}

  void Take(const training::TrainingProgress& progress) {
    if (progress.message == "learning" || progress.message == "scoring the holdout" ||
        progress.message == "histograms and golden rows") {
      End();
    }
  }
  // The running stage; the next one begins.
  void End() {
    const absl::Time now = absl::Now();
    const double work = Work();
    seconds_.push_back(absl::ToDoubleSeconds(now - begin_));
    work_.push_back(work - work_before_);
    begin_ = now;
    work_before_ = work;
    collectives_.push_back(patient_.collectives() + in_step_.collectives());
    bytes_.push_back(patient_.bytes() + in_step_.bytes());
    peaks_.push_back(PeakKilobytes());
    ForgetPeak();
  }
  double seconds(int stage) const { return seconds_[stage]; }
  std::vector<double>& work() { return work_; }
  const std::vector<int64_t>& peaks() const { return peaks_; }  // Kilobytes.
  int64_t collectives(int stage) const { return collectives_[stage] - collectives_[stage - 1]; }
  int64_t bytes(int stage) const { return bytes_[stage] - bytes_[stage - 1]; }
  int64_t all_bytes() const { return bytes_.back(); }

 private:
  double Work() const { return ProcessorSeconds() - patient_.seconds() - in_step_.seconds(); }

  const CountingCommunicator& patient_;
  const CountingCommunicator& in_step_;
  absl::Time begin_ = absl::Now();
  double work_before_ = Work();
  std::vector<double> seconds_, work_;
  std::vector<int64_t> collectives_, bytes_;  // Until the end of each stage.
  std::vector<int64_t> peaks_;
};

// The job on this rank, which held `empty` kilobytes without a dataset; the first one tells.
absl::Status Train(const Options& options, training::Communicator& patient, training::Communicator& in_step,
                   training::ShardSource& shards, int64_t empty) {
  const SystemClock clock;
  const training::CheckpointFiles checkpoints("");
  CountingCommunicator counted_patient(patient), counted_in_step(in_step);
  training::JobRanks ranks({counted_patient, counted_in_step}, shards, checkpoints, clock);
  Stages stages(counted_patient, counted_in_step);
  const model::v1::TrainingSpec spec = SpecOf(options);
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse("bench"));
  CLIENTELE_ASSIGN_OR_RETURN(Dataset dataset, ranks.Read(tenant, spec.dataset(), StopToken(), [](int64_t, double) {}));
  CLIENTELE_RETURN_IF_ERROR(training::ForgetIds(training::EffectiveSplit(spec), options.threads, dataset));
  stages.End();
  CLIENTELE_ASSIGN_OR_RETURN(const auto trained,
                             training::TrainModel(dataset, spec,
                                                  {.threads = options.threads,
                                                   .on_progress = [&](const auto& progress) { stages.Take(progress); },
                                                   .team = &ranks}));
  stages.End();
  CLIENTELE_RETURN_IF_ERROR(ranks.End(absl::OkStatus()));
  CLIENTELE_ASSIGN_OR_RETURN(const double latency, TimeFold(in_step, 1, 2000));
  CLIENTELE_ASSIGN_OR_RETURN(const double wide, TimeFold(in_step, 1 << 17, 50));
  CLIENTELE_RETURN_IF_ERROR(patient.AllReduceMax(absl::MakeSpan(stages.work())));
  if (patient.rank() != 0) return absl::OkStatus();
  model::v1::ModelArtifact artifact;
  if (!artifact.ParseFromString(trained.artifact_bytes)) return absl::InternalError("no artifact");
  const int iterations = artifact.has_kmeans()             ? trained.evaluation.clusters().iterations()
                         : artifact.has_value_regression() ? artifact.value_regression().iterations()
                                                           : artifact.logistic_regression().iterations();
  const double matrix = sizeof(float) / 1024.0 * static_cast<double>(dataset.rows()) * options.columns;  // Kilobytes.
  nlohmann::json line = {{"job", options.job},
                               {"ranks", patient.size()},
                               {"threads", options.threads},
                               {"rows", options.rows},
                               {"columns", options.columns},
                               {"clusters", options.clusters},
                               {"iterations", iterations},
                               {"collectives", stages.collectives(kLearning)},
                               {"bytes", stages.bytes(kLearning)},
                               {"other_bytes", stages.all_bytes() - stages.bytes(kLearning)},
                               {"kilobytes", *std::max_element(stages.peaks().begin(), stages.peaks().end())},
                               {"fold_seconds", latency},
                               {"fold_mebibyte_seconds", wide},
                               {"sha256", trained.sha256}};
  for (int stage = 0; stage < 5; ++stage) {
    line[kStages[stage]] = stages.seconds(stage);
    line["work"][kStages[stage]] = stages.work()[stage];
    line["memory"][kStages[stage]] = static_cast<double>(stages.peaks()[stage] - empty) / matrix;
  }
  std::cout << line << std::endl;
  return absl::OkStatus();
}

absl::Status Run(const Options& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto session, training::MpiSession::Start());
  CLIENTELE_ASSIGN_OR_RETURN(const auto patient, session->MakeCommunicator(absl::InfiniteDuration()));
  CLIENTELE_ASSIGN_OR_RETURN(const auto in_step, session->MakeCommunicator(absl::Minutes(5)));
  const int first = FirstShard(session->rank(), session->size());
  const int64_t empty = PeakKilobytes();
  DrawnShards shards(options, first, FirstShard(session->rank() + 1, session->size()) - first);
  CLIENTELE_RETURN_IF_ERROR(patient->Barrier());
  const absl::Status status = Train(options, *patient, *in_step, shards, empty);
  if (status.ok()) return status;
  std::cerr << "ranks_bench: " << status << std::endl;
  session->Abandon(1);
}

}  // namespace
}  // namespace clientele::benchmark

int main(int argc, char** argv) {
  clientele::benchmark::Options options;
  CLI::App app("Times one training job on all ranks.");
  app.add_option("--rows", options.rows, "Customers.");
  app.add_option("--columns", options.columns, "Number features.");
  app.add_option("--threads", options.threads, "Of each rank.");
  app.add_option("--clusters", options.clusters, "Of the job \"segments\".");
  app.add_option("--job", options.job, "segments, churn or spend.")
      ->check(CLI::IsMember({"segments", "churn", "spend"}));
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = clientele::benchmark::Run(options);
  if (!status.ok()) std::cerr << "ranks_bench: " << status << "\n";
  return status.ok() ? 0 : 1;
}
