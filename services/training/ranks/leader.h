// The first rank of a training job: it runs the job as if it were alone, and lets the other ranks read and learn with
// it.
//
//   Leader leader({control, learning}, shards, checkpoints, clock);
//   result = RunTraining(job, leader, models, stop, on_progress, &leader);
//   leader.End();
//
// The others follow (follow.h): they know nothing of jobs, only tasks. A group of one is nothing but a job that reads,
// learns and keeps checkpoints.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/training/v1/rank_task.pb.h"
#include "common/base/clock.h"
#include "services/training/communicator/communicator.h"
#include "services/training/learn.h"
#include "services/training/ranks/checkpoint_files.h"
#include "services/training/worker/peers.h"

namespace clientele::training {

// Two groups of the same ranks.
struct RankGroups {
  Communicator& control;   // For tasks: a rank waits for one as long as it takes.
  Communicator& learning;  // For learners, whose ranks are never long apart.
};

// Thread-compatible. All it is given must outlive it.
class Leader final : public DatasetSource, public Team {
 public:
  Leader(const RankGroups& groups, ShardSource& shards, const CheckpointFiles& checkpoints, const Clock& clock)
      : groups_(groups), shards_(shards), checkpoints_(checkpoints), clock_(clock) {}

  // Every rank reads the shards it owns; what comes is all of them.
  absl::StatusOr<dataset::Dataset> Read(const TenantId& tenant, const common::v1::DatasetSpec& spec,
                                        const StopToken& stop,
                                        absl::FunctionRef<void(int64_t rows, double share)> on_rows) override;

  // `input.dataset` is one that was read here.
  absl::Status Learn(const LearnInput& input, model::v1::ModelArtifact& artifact,
                     std::vector<v1::DataIssue>& issues) override;

  // Lets the others go: the job has ended. An error: they, or some of them, have gone before.
  absl::Status End();

 private:
  bool is_alone() const { return groups_.control.size() == 1; }
  absl::Status Tell(v1::RankTask task);
  absl::StatusOr<dataset::Dataset> ReadWithAll(const TenantId& tenant, const common::v1::DatasetSpec& spec,
                                               const StopToken& stop,
                                               absl::FunctionRef<void(int64_t rows, double share)> on_rows);
  absl::Status LearnWithAll(const LearnInput& input, v1::LearnTask task, Journal& journal,
                            model::v1::ModelArtifact& artifact, std::vector<v1::DataIssue>& issues);

  const RankGroups groups_;
  ShardSource& shards_;
  const CheckpointFiles& checkpoints_;
  const Clock& clock_;
  std::vector<std::string> read_;  // What tells datasets apart, one a ReadTask.
};

}  // namespace clientele::training
