// One rank's part in learning: from its rows of a dataset to a learner's run, together with the other ranks.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "clientele/model/v1/artifact.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/base/stop_token.h"
#include "common/dataset/dataset.h"
#include "common/dataset/selection.h"
#include "common/model/predictor.h"
#include "services/training/communicator/communicator.h"
#include "services/training/learners/journal.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

struct LearnInput {
  const dataset::Dataset& dataset;
  const dataset::RowSelection& training;  // The rows that teach. Of shards that other ranks own they are not read.
  const model::v1::TrainingSpec& spec;    // Valid, of one algorithm.
  const model::v1::Split& split;          // By which `training` was chosen, before rows of no use were dropped.
  int threads = 1;
  const StopToken& stop;
  const LearnerProgress& progress;
  const model::Predictor* champion = nullptr;  // What serves now, if anything does.
};

// Trains on the rows of the shards that this rank of `communicator` owns. `artifact` has its schema and preprocessing,
// and gets the model and what only the learner knows of its evaluation; `issues`, what a person should know. All ranks
// get the same. Errors: those of the learner and of the communicator.
absl::Status LearnTogether(const LearnInput& input, Communicator& communicator, Journal& journal,
                           model::v1::ModelArtifact& artifact, std::vector<v1::DataIssue>& issues);

// Whether its learner shares the work. Those that do not gather all rows: they learn on the first rank, which has them.
bool LearnsTogether(model::v1::TrainingSpec::AlgorithmCase algorithm);

// The ranks of a job, as the first one sees them: what lets all of them learn the same at the same time.
class Team {
 public:
  virtual ~Team() = default;
  // As LearnTogether, on all ranks. ABORTED or DEADLINE_EXCEEDED: one of them is lost, and with it the job.
  virtual absl::Status Learn(const LearnInput& input, model::v1::ModelArtifact& artifact,
                             std::vector<v1::DataIssue>& issues) = 0;
};

}  // namespace clientele::training
