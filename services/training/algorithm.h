// The algorithms the pipeline knows, in one table: how each is trained, and how what it trained is judged.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/model/v1/artifact.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/base/stop_token.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "common/dataset/selection.h"
#include "common/model/predictor.h"
#include "services/training/communicator/communicator.h"
#include "services/training/encode.h"
#include "services/training/learners/journal.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

struct LearnerInput {
  const dataset::Dataset& dataset;
  const dataset::RowSelection& training;  // The rows of `matrix`.
  TrainingMatrix& matrix;  // The learner may take it over.
  const model::v1::TrainingSpec& spec;
  int threads;
  const StopToken& stop;
  const LearnerProgress& progress;
  const model::Predictor* champion;  // What serves now, if anything does; else null.
  Communicator& communicator;        // With the ranks that hold the other rows, where the algorithm learns together.
  Journal& journal;                  // Where it keeps what it has worked out.
};

// On a rank whose `parts` are several, the rows of its own.
struct JudgeInput {
  const dataset::Dataset& dataset;
  const dataset::RowSelection& training;
  const dataset::RowSelection& judging;
  const model::Predictor& predictor;
  int threads = 1;
  const model::Predictor* champion = nullptr;
  // Mean of the labels that taught, where those were not the dataset's.
  std::optional<double> training_mean = {};
  dataset::Parts& parts = dataset::OnlyPart();
};

// How the ranks of a job share an algorithm's learning and judging.
enum class Learns {
  kTogether,  // Each rank goes over its own rows.
  kAlone,     // The first rank gets all rows: they are few once equal ones are one, or one pass is all.
};

struct Algorithm {
  model::v1::TrainingSpec::AlgorithmCase algorithm;
  absl::string_view name;
  Learns learns;
  CategoryLayout categories;  // How its learner wants them.
  // Trains, and sets the artifact's model and what only the learner knows of its evaluation; adds what a person should
  // know to `issues`.
  absl::Status (*train)(const LearnerInput& input, model::v1::ModelArtifact& artifact,
                        std::vector<v1::DataIssue>& issues);
  // Completes the artifact's evaluation, and what of the model follows from it (names of clusters); on every part the
  // same.
  absl::Status (*judge)(const JudgeInput& input, model::v1::ModelArtifact& artifact);
};

absl::Span<const Algorithm> Algorithms();
// Null: none.
const Algorithm* FindAlgorithm(model::v1::TrainingSpec::AlgorithmCase algorithm);

}  // namespace clientele::training
