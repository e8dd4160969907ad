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
#include "services/training/communicator/local_communicator.h"
#include "services/training/learners/journal.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

struct LearnInput {
  const dataset::Dataset& dataset;        // This rank's part.
  const dataset::RowSelection& training;  // The rows of it that teach.
  const model::v1::TrainingSpec& spec;    // Valid, of one algorithm.
  const model::v1::Split& split;          // By which `training` was chosen, before rows of no use were dropped.
  int threads = 1;
  const StopToken& stop;
  const LearnerProgress& progress;
  const model::Predictor* champion = nullptr;  // What serves now, if anything does.
};

// Trains together with the other ranks of `communicator`, which have the other rows. `artifact` has its schema and
// preprocessing, and gets the model and what only the learner knows of its evaluation; `issues`, what a person should
// know. All ranks get the same. Errors: those of the learner and of the communicator.
absl::Status LearnTogether(const LearnInput& input, Communicator& communicator, Journal& journal,
                           model::v1::ModelArtifact& artifact, std::vector<v1::DataIssue>& issues);

// Whether its learner shares the work. Those that do not learn on the first rank, which gets all rows; a selection has
// no learner of its own.
bool LearnsTogether(model::v1::TrainingSpec::AlgorithmCase algorithm);

// The ranks of a job, as one of them sees them: all run the same job at the same time, each on its rows.
class Team {
 public:
  virtual ~Team() = default;
  // For what all do at the same time.
  virtual Communicator& ranks() = 0;
  // The same ranks, for what one does while the others wait as long as it takes.
  virtual Communicator& patient_ranks() = 0;
  // As LearnTogether, called by all ranks; or by the first alone, with all rows, where the algorithm does not share the
  // work. ABORTED or DEADLINE_EXCEEDED: one of them is lost, and with it the job.
  virtual absl::Status Learn(const LearnInput& input, model::v1::ModelArtifact& artifact,
                             std::vector<v1::DataIssue>& issues) = 0;
};

// This process alone, which keeps nothing of what it works out.
class LoneTeam final : public Team {
 public:
  Communicator& ranks() override { return ranks_; }
  Communicator& patient_ranks() override { return ranks_; }
  absl::Status Learn(const LearnInput& input, model::v1::ModelArtifact& artifact,
                     std::vector<v1::DataIssue>& issues) override;

 private:
  LocalCommunicator ranks_;
};

}  // namespace clientele::training
