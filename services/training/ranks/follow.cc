#include "services/training/ranks/follow.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/predictor.h"
#include "services/training/encode.h"
#include "services/training/learners/instruction_set.h"
#include "services/training/ranks/collect_dataset.h"
#include "services/training/ranks/learning_group.h"
#include "services/training/split.h"

namespace clientele::training {
namespace {

class Follower {
 public:
  Follower(const RankGroups& groups, ShardSource& shards, int threads, const Clock& clock, const StopToken& stop)
      : groups_(groups), shards_(shards), threads_(threads), clock_(clock), stop_(stop) {}

  // False: that was the last task.
  absl::StatusOr<bool> FollowOnce() {
    std::string bytes;
    CLIENTELE_RETURN_IF_ERROR(groups_.control.Broadcast(0, bytes));
    v1::RankTask task;
    if (!task.ParseFromString(bytes)) return absl::InternalError("the first rank told something that is no task");
    if (task.has_end()) return false;
    if (task.instruction_set() != InstructionSet()) {
      return absl::FailedPreconditionError(absl::StrCat("rank ", groups_.control.rank(), " computes with ",
                                                        InstructionSet(), ", the first rank with ",
                                                        task.instruction_set(), "; a model is made with one"));
    }
    CLIENTELE_RETURN_IF_ERROR(task.has_read() ? Read(task.read()) : Learn(task.learn()));
    return true;
  }

 private:
  absl::Status Read(const v1::ReadTask& task) {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(task.tenant()));
    const int rank = groups_.control.rank(), ranks = groups_.control.size();
    const int first = FirstShard(rank, ranks);
    CLIENTELE_ASSIGN_OR_RETURN(
        auto part, shards_.ReadShards(tenant, task.spec(), first, FirstShard(rank + 1, ranks) - first, stop_,
                                      [](int64_t, double) {}));
    CLIENTELE_RETURN_IF_ERROR(HandInDataset(part, groups_.control));
    parts_.push_back(std::move(part));
    return absl::OkStatus();
  }

  // What the learner says is the first rank's to tell.
  absl::Status Learn(const v1::LearnTask& task) {
    if (task.dataset() < 0 || task.dataset() >= static_cast<int>(parts_.size())) {
      return absl::InternalError("the first rank named a dataset that was not read");
    }
    LearningGroup group(groups_.learning);
    const absl::Status learnt = LearnFrom(parts_[task.dataset()], task, group);
    const absl::Status agreed = group.Agree(learnt, groups_.control);
    return agreed == learnt && (absl::IsFailedPrecondition(learnt) || absl::IsInvalidArgument(learnt))
               ? absl::OkStatus()
               : agreed;
  }

  absl::Status LearnFrom(const dataset::Dataset& part, const v1::LearnTask& task, Communicator& group) {
    model::v1::ModelArtifact artifact = task.artifact();
    const model::v1::TrainingSpec& spec = task.artifact().spec();
    CLIENTELE_ASSIGN_OR_RETURN(dataset::RowSelection training, TrainingRows(part, task.split()));
    CLIENTELE_RETURN_IF_ERROR(DropUnusableRows(part, spec, training));
    std::shared_ptr<const model::Predictor> champion;
    if (!task.champion().empty()) {
      CLIENTELE_ASSIGN_OR_RETURN(champion, model::Predictor::Load(task.champion()));
    }
    v1::Checkpoint checkpoint;
    if (!checkpoint.ParseFromString(task.checkpoint())) return absl::InternalError("the first rank told no checkpoint");
    Journal journal(std::move(checkpoint), clock_, /*save=*/nullptr);
    std::vector<v1::DataIssue> issues;
    return LearnTogether({part, training, spec, task.split(), threads_, stop_, LearnerProgress(), champion.get()},
                         group, journal, artifact, issues);
  }

  const RankGroups groups_;
  ShardSource& shards_;
  const int threads_;
  const Clock& clock_;
  const StopToken& stop_;
  std::vector<dataset::Dataset> parts_;  // One a ReadTask; empty but for this rank's shards.
};

}  // namespace

absl::Status Follow(const RankGroups& groups, ShardSource& shards, int threads, const Clock& clock,
                    const StopToken& stop) {
  Follower follower(groups, shards, threads, clock, stop);
  while (true) {
    const absl::StatusOr<bool> more = follower.FollowOnce();
    if (!more.ok()) groups.control.Abort(more.status());
    if (!more.ok() || !*more) return more.status();
  }
}

}  // namespace clientele::training
