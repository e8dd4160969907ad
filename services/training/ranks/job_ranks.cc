#include "services/training/ranks/job_ranks.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clientele/training/v1/rank_task.pb.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/model/artifact.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/from_first.h"
#include "services/training/learners/instruction_set.h"
#include "services/training/ranks/learning_group.h"
#include "services/training/ranks/merge_parts.h"

namespace clientele::training {
namespace {

// That other ranks may know nothing of.
bool IsOfOneRank(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kResourceExhausted: return true;
    default: return false;
  }
}

}  // namespace

absl::Status JobRanks::CheckInstructionSets() {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> sets,
                             groups_.patient.AllGather(std::string(InstructionSet())));
  for (size_t rank = 1; rank < sets.size(); ++rank) {
    if (sets[rank] == sets[0]) continue;
    return absl::FailedPreconditionError(absl::StrCat("rank ", rank, " computes with ", sets[rank],
                                                      ", the first rank with ", sets[0],
                                                      "; a model is made with one"));
  }
  return absl::OkStatus();
}

absl::StatusOr<dataset::Dataset> JobRanks::Read(const TenantId& tenant, const common::v1::DatasetSpec& spec,
                                                const StopToken& stop,
                                                absl::FunctionRef<void(int64_t rows, double share)> on_rows) {
  if (is_alone()) return shards_.ReadShards(tenant, spec, 0, kShardCount, stop, on_rows);
  CLIENTELE_RETURN_IF_ERROR(CheckInstructionSets());
  common::v1::DatasetSpec part_spec = PartSpec(spec);
  // Where ingestion would take the time of the reading, all ranks take the same.
  if (!part_spec.has_labels_known_at()) *part_spec.mutable_labels_known_at() = ToProto(clock_.Now());
  CLIENTELE_RETURN_IF_ERROR(ShareFromFirst(absl::OkStatus(), part_spec, groups_.patient));
  const int rank = groups_.patient.rank(), size = groups_.patient.size();
  const int first = FirstShard(rank, size);
  return MergeParts(
      shards_.ReadShards(tenant, part_spec, first, FirstShard(rank + 1, size) - first, stop, on_rows), spec,
      groups_.patient);
}

absl::Status JobRanks::Learn(const LearnInput& input, model::v1::ModelArtifact& artifact,
                             std::vector<v1::DataIssue>& issues) {
  const bool together = !is_alone() && LearnsTogether(input.spec.algorithm_case());
  v1::Checkpoint found;
  Journal::Save save;
  if (is_first()) {
    v1::LearnTask task;
    *task.mutable_artifact() = artifact;
    *task.mutable_split() = input.split;
    if (input.champion != nullptr) task.set_champion(model::SerializeArtifact(input.champion->artifact()).bytes);
    const std::string key = Sha256Hex(task.SerializeAsString());
    found = checkpoints_.Load(key);
    save = checkpoints_.SaverOf(key);
  }
  if (together) CLIENTELE_RETURN_IF_ERROR(ShareFromFirst(absl::OkStatus(), found, groups_.patient));
  Journal journal(std::move(found), clock_, std::move(save), checkpoints_.interval());
  if (!together) {
    LocalCommunicator local;
    return LearnTogether(input, local, journal, artifact, issues);
  }
  LearningGroup group(groups_.in_step);
  return group.Agree(LearnTogether(input, group, journal, artifact, issues), groups_.patient);
}

absl::Status JobRanks::End(const absl::Status& status) {
  if (is_alone()) return absl::OkStatus();
  if (IsOfOneRank(status)) {
    groups_.patient.Abort(status);
    groups_.in_step.Abort(status);
    return status;
  }
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> ends,
                             groups_.patient.AllGather(absl::StrCat("ended: ", status.ToString())));
  for (size_t rank = 1; rank < ends.size(); ++rank) {
    if (ends[rank] == ends[0]) continue;
    return absl::InternalError(
        absl::StrCat("the ranks disagree: rank ", rank, " ", ends[rank], ", the first rank ", ends[0]));
  }
  return absl::OkStatus();
}

}  // namespace clientele::training
