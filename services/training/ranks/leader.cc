#include "services/training/ranks/leader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/model/artifact.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/learners/instruction_set.h"
#include "services/training/ranks/collect_dataset.h"
#include "services/training/ranks/learning_group.h"

namespace clientele::training {
namespace {

// The datasets of a job are of different instants.
std::string KeyOf(const dataset::Dataset& dataset) {
  const auto& header = dataset.header;
  return absl::StrCat(header.as_of().SerializeAsString(), "|", header.known_at().SerializeAsString(), "|",
                      header.labels_known_at().SerializeAsString());
}

}  // namespace

absl::Status Leader::Tell(v1::RankTask task) {
  if (is_alone()) return absl::OkStatus();
  task.set_instruction_set(InstructionSet());
  std::string bytes = task.SerializeAsString();
  return groups_.control.Broadcast(0, bytes);
}

absl::StatusOr<dataset::Dataset> Leader::Read(const TenantId& tenant, const common::v1::DatasetSpec& spec,
                                              const StopToken& stop,
                                              absl::FunctionRef<void(int64_t rows, double share)> on_rows) {
  if (is_alone()) return shards_.ReadShards(tenant, spec, 0, kShardCount, stop, on_rows);
  absl::StatusOr<dataset::Dataset> whole = ReadWithAll(tenant, spec, stop, on_rows);
  if (!whole.ok()) groups_.control.Abort(whole.status());
  return whole;
}

absl::StatusOr<dataset::Dataset> Leader::ReadWithAll(const TenantId& tenant, const common::v1::DatasetSpec& spec,
                                                     const StopToken& stop,
                                                     absl::FunctionRef<void(int64_t rows, double share)> on_rows) {
  common::v1::DatasetSpec part_spec = PartSpec(spec);
  // Where ingestion would take the time of the reading, all ranks take the same.
  if (!part_spec.has_labels_known_at()) *part_spec.mutable_labels_known_at() = ToProto(clock_.Now());
  v1::RankTask task;
  task.mutable_read()->set_tenant(tenant.value());
  *task.mutable_read()->mutable_spec() = part_spec;
  CLIENTELE_RETURN_IF_ERROR(Tell(std::move(task)));
  CLIENTELE_ASSIGN_OR_RETURN(
      dataset::Dataset part,
      shards_.ReadShards(tenant, part_spec, 0, FirstShard(1, groups_.control.size()), stop, on_rows));
  CLIENTELE_ASSIGN_OR_RETURN(dataset::Dataset whole, CollectDataset(std::move(part), spec, groups_.control));
  read_.push_back(KeyOf(whole));
  return whole;
}

absl::Status Leader::Learn(const LearnInput& input, model::v1::ModelArtifact& artifact,
                           std::vector<v1::DataIssue>& issues) {
  v1::LearnTask task;
  *task.mutable_artifact() = artifact;
  *task.mutable_split() = input.split;
  if (input.champion != nullptr) task.set_champion(model::SerializeArtifact(input.champion->artifact()).bytes);
  // All that decides the outcome is in there: lineage has the digest of the rows and the instruction set.
  const std::string key = Sha256Hex(task.SerializeAsString());
  v1::Checkpoint found = checkpoints_.Load(key);
  task.set_checkpoint(found.SerializeAsString());
  Journal journal(std::move(found), clock_, checkpoints_.SaverOf(key), checkpoints_.interval());
  if (!is_alone() && LearnsTogether(input.spec.algorithm_case())) {
    return LearnWithAll(input, std::move(task), journal, artifact, issues);
  }
  LocalCommunicator local;
  return LearnTogether(input, local, journal, artifact, issues);
}

absl::Status Leader::LearnWithAll(const LearnInput& input, v1::LearnTask task, Journal& journal,
                                  model::v1::ModelArtifact& artifact, std::vector<v1::DataIssue>& issues) {
  const auto at = std::find(read_.rbegin(), read_.rend(), KeyOf(input.dataset));
  if (at == read_.rend()) return absl::InternalError("a dataset that no rank has read cannot be learnt together");
  task.set_dataset(static_cast<int32_t>(read_.rend() - at - 1));
  v1::RankTask told;
  *told.mutable_learn() = std::move(task);
  CLIENTELE_RETURN_IF_ERROR(Tell(std::move(told)));
  LearningGroup group(groups_.learning);
  const absl::Status status = LearnTogether(input, group, journal, artifact, issues);
  return group.Agree(status, groups_.control);
}

absl::Status Leader::End() {
  v1::RankTask task;
  task.set_end(true);
  return Tell(std::move(task));
}

}  // namespace clientele::training
