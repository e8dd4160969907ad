// How a job's time falls with the number of ranks: whole jobs from rows in memory to an artifact, under mpirun.
//
//   mpirun -np 2 build/release/bin/ranks_bench --rows 1000000 --columns 32 --threads 1 --job segments
//
// The first rank prints one line of JSON: seconds of the learner and of all that the first rank does besides, the
// artifact's digest, what went over the network, and how long a collective takes. scripts/bench_scale.py compares them.
#include <time.h>

#include <cmath>
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
#include "services/training/learners/random.h"
#include "services/training/pipeline.h"
#include "services/training/ranks/follow.h"
#include "services/training/ranks/leader.h"
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
    header.set_has_label(options.job == "churn");
    auto builder = *dataset::DatasetBuilder::Create(header);
    for (int s = first; s < first + count; ++s) (void)builder.Add(Draw(s));
    drawn_ = std::move(builder).Build();
  }
  absl::StatusOr<Dataset> ReadShards(const TenantId&, const common::v1::DatasetSpec&, int, int, const StopToken&,
                                     absl::FunctionRef<void(int64_t, double)>) override {
    return drawn_;
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

double ProcessorSeconds() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// When the stages of a job began, as its progress tells.
struct Stages {
  absl::Time started = absl::Now();
  absl::Time learning, learnt;
  double processor_seconds = 0;  // Of this rank while it learnt, its waiting too.

  void Take(const training::TrainingProgress& progress) {
    if (progress.message == "learning") {
      learning = absl::Now();
      processor_seconds = -ProcessorSeconds();
    } else if (progress.message == "scoring the holdout") {
      learnt = absl::Now();
      processor_seconds += ProcessorSeconds();
    }
  }
};

absl::Status Lead(const Options& options, training::Communicator& control, training::Communicator& learning,
                  training::ShardSource& shards) {
  const SystemClock clock;
  const training::CheckpointFiles checkpoints("");
  CountingCommunicator counted(learning);
  training::Leader leader({control, counted}, shards, checkpoints, clock);
  Stages stages;
  const model::v1::TrainingSpec spec = SpecOf(options);
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse("bench"));
  CLIENTELE_ASSIGN_OR_RETURN(const Dataset dataset,
                             leader.Read(tenant, spec.dataset(), StopToken(), [](int64_t, double) {}));
  const absl::Time read = absl::Now();
  CLIENTELE_ASSIGN_OR_RETURN(const auto trained,
                             training::TrainModel(dataset, spec,
                                                  {.threads = options.threads,
                                                   .on_progress = [&](const auto& progress) { stages.Take(progress); },
                                                   .team = &leader}));
  const absl::Time end = absl::Now();
  CLIENTELE_RETURN_IF_ERROR(leader.End());
  model::v1::ModelArtifact artifact;
  if (!artifact.ParseFromString(trained.artifact_bytes)) return absl::InternalError("no artifact");
  const int iterations =
      artifact.has_kmeans() ? trained.evaluation.clusters().iterations() : artifact.logistic_regression().iterations();
  CLIENTELE_ASSIGN_OR_RETURN(const double latency, TimeFold(learning, 1, 2000));
  CLIENTELE_ASSIGN_OR_RETURN(const double wide, TimeFold(learning, 1 << 17, 50));
  const auto seconds = [](absl::Time from, absl::Time to) { return absl::ToDoubleSeconds(to - from); };
  const nlohmann::json line = {{"job", options.job},
                               {"ranks", control.size()},
                               {"threads", options.threads},
                               {"rows", options.rows},
                               {"columns", options.columns},
                               {"clusters", options.clusters},
                               {"iterations", iterations},
                               {"gathering", seconds(stages.started, read)},
                               {"preparing", seconds(read, stages.learning)},
                               {"learning", seconds(stages.learning, stages.learnt)},
                               {"learning_processor", stages.processor_seconds},
                               {"judging", seconds(stages.learnt, end)},
                               {"collectives", counted.collectives()},
                               {"bytes", counted.bytes()},
                               {"fold_seconds", latency},
                               {"fold_mebibyte_seconds", wide},
                               {"sha256", trained.sha256}};
  std::cout << line << std::endl;
  return absl::OkStatus();
}

absl::Status Run(const Options& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto session, training::MpiSession::Start());
  CLIENTELE_ASSIGN_OR_RETURN(const auto control, session->MakeCommunicator(absl::InfiniteDuration()));
  CLIENTELE_ASSIGN_OR_RETURN(const auto learning, session->MakeCommunicator(absl::Minutes(5)));
  const int first = FirstShard(session->rank(), session->size());
  DrawnShards shards(options, first, FirstShard(session->rank() + 1, session->size()) - first);
  CLIENTELE_RETURN_IF_ERROR(control->Barrier());
  absl::Status status;
  if (session->rank() == 0) {
    status = Lead(options, *control, *learning, shards);
  } else {
    const SystemClock clock;
    status = training::Follow({*control, *learning}, shards, options.threads, clock, StopToken());
    if (status.ok()) status = TimeFold(*learning, 1, 2000).status();
    if (status.ok()) status = TimeFold(*learning, 1 << 17, 50).status();
  }
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
  app.add_option("--job", options.job, "segments or churn.")->check(CLI::IsMember({"segments", "churn"}));
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = clientele::benchmark::Run(options);
  if (!status.ok()) std::cerr << "ranks_bench: " << status << "\n";
  return status.ok() ? 0 : 1;
}
