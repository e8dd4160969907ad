// The ranks of a training job, as each of them sees them. All run the same job at the same time, each on the rows of
// its shards; what comes from outside, the first one asks for and tells the others (shared_registry.h).
//
//   JobRanks ranks({patient, in_step}, shards, checkpoints, clock);
//   result = RunTraining(job, ranks, models, stop, on_progress, &ranks);
//   ranks.End(error of the result);
//
// A group of one is nothing but a job that reads, learns and keeps checkpoints.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "services/training/communicator/communicator.h"
#include "services/training/learn.h"
#include "services/training/ranks/checkpoint_files.h"
#include "services/training/worker/peers.h"

namespace clientele::training {

// Two groups of the same ranks.
struct RankGroups {
  Communicator& patient;  // A rank waits for the others as long as it takes.
  Communicator& in_step;  // For what takes all ranks as long: one that does not come in time is lost.
};

// Thread-compatible. All it is given must outlive it.
class JobRanks final : public DatasetSource, public Team {
 public:
  // Checkpoints are the first rank's.
  JobRanks(const RankGroups& groups, ShardSource& shards, const CheckpointFiles& checkpoints, const Clock& clock)
      : groups_(groups), shards_(shards), checkpoints_(checkpoints), clock_(clock) {}

  // Every rank reads the shards it owns: what comes is its part. FAILED_PRECONDITION: the instruction set of a rank's
  // machine is not the first one's. What one of them could not read, all say.
  absl::StatusOr<dataset::Dataset> Read(const TenantId& tenant, const common::v1::DatasetSpec& spec,
                                        const StopToken& stop,
                                        absl::FunctionRef<void(int64_t rows, double share)> on_rows) override;

  Communicator& ranks() override { return groups_.in_step; }
  Communicator& patient_ranks() override { return groups_.patient; }
  absl::Status Learn(const LearnInput& input, model::v1::ModelArtifact& artifact,
                     std::vector<v1::DataIssue>& issues) override;

  // How the job has ended on this rank. An error: not so on all, or one of them is lost; then no rank waits for another
  // any more.
  absl::Status End(const absl::Status& status);

 private:
  bool is_alone() const { return groups_.patient.size() == 1; }
  bool is_first() const { return groups_.patient.rank() == 0; }
  absl::Status CheckInstructionSets();

  const RankGroups groups_;
  ShardSource& shards_;
  const CheckpointFiles& checkpoints_;
  const Clock& clock_;
};

}  // namespace clientele::training
