#include "services/training/communicator/thread_communicator.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/status_macros.h"

namespace clientele::training {
namespace {

// What the ranks share. A collective is one exchange: every rank lays down its bytes, the last to come publishes all of
// them as one round, and everybody takes a pointer to it.
class Group {
 public:
  using Round = std::vector<std::string>;

  Group(int size, absl::Duration timeout) : size_(size), timeout_(timeout), arrived_(size) {}

  int size() const { return size_; }

  // `kind` and `bytes` of every rank, or why the group has ended.
  absl::StatusOr<std::shared_ptr<const Round>> Exchange(int rank, absl::string_view kind, std::string bytes)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (!state_.ok()) return state_;
    if (count_ == 0) kind_ = std::string(kind);
    if (kind_ != kind) {
      state_ = absl::InvalidArgumentError(absl::StrCat("rank ", rank, " called ", kind, ", another rank ", kind_));
      return state_;
    }
    arrived_[rank] = std::move(bytes);
    if (++count_ == size_) {
      last_ = std::make_shared<const Round>(arrived_);
      count_ = 0;
      ++round_;
      return last_;
    }
    return Await(rank, kind);
  }

  void End(const absl::Status& state) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (state_.ok()) state_ = state;
  }

 private:
  absl::StatusOr<std::shared_ptr<const Round>> Await(int rank, absl::string_view kind)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const int64_t mine = round_;
    const auto ready = [this, mine]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return round_ > mine || !state_.ok(); };
    const bool in_time = mutex_.AwaitWithTimeout(absl::Condition(&ready), timeout_);
    // A round that was complete before the group ended counts: the others have taken it too. No further round can have
    // begun and ended without this rank.
    if (round_ > mine) return last_;
    if (!in_time && state_.ok()) {
      state_ = absl::DeadlineExceededError(absl::StrCat("rank ", rank, " waited ", absl::FormatDuration(timeout_), " in ",
                                                        kind, ": ", count_, " of ", size_, " ranks came"));
    }
    return state_;
  }

  const int size_;
  const absl::Duration timeout_;
  absl::Mutex mutex_;
  absl::Status state_ ABSL_GUARDED_BY(mutex_);
  Round arrived_ ABSL_GUARDED_BY(mutex_);  // One a rank.
  std::string kind_ ABSL_GUARDED_BY(mutex_);
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t round_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<const Round> last_ ABSL_GUARDED_BY(mutex_);
};

class ThreadCommunicator final : public Communicator {
 public:
  ThreadCommunicator(std::shared_ptr<Group> group, int rank) : group_(std::move(group)), rank_(rank) {}

  int rank() const override { return rank_; }
  int size() const override { return group_->size(); }

  absl::Status Barrier() override { return group_->Exchange(rank_, "Barrier", "").status(); }

  absl::Status Broadcast(int root, std::string& bytes) override {
    CLIENTELE_RETURN_IF_ERROR(CheckRoot(root));
    CLIENTELE_ASSIGN_OR_RETURN(
        const auto round, group_->Exchange(rank_, absl::StrCat("Broadcast from ", root), rank_ == root ? bytes : ""));
    bytes = (*round)[root];
    return absl::OkStatus();
  }

  absl::Status AllReduceMax(absl::Span<double> values) override {
    std::string bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
    CLIENTELE_ASSIGN_OR_RETURN(
        const auto round, group_->Exchange(rank_, absl::StrCat("AllReduceMax of ", values.size()), std::move(bytes)));
    for (const std::string& given : *round) {
      for (size_t i = 0; i < values.size(); ++i) {
        double value;
        std::memcpy(&value, given.data() + i * sizeof(double), sizeof(double));
        values[i] = std::max(values[i], value);
      }
    }
    return absl::OkStatus();
  }

  // One round a rank: everybody hears what it hands on, and the next one adds to it.
  absl::Status FoldInRankOrder(absl::Span<double> values, absl::FunctionRef<void(absl::Span<double>)> add) override {
    const std::string kind = absl::StrCat("FoldInRankOrder of ", values.size());
    for (int turn = 0; turn < size(); ++turn) {
      std::string mine;
      if (turn == rank_) {
        add(values);
        mine.assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
      }
      CLIENTELE_ASSIGN_OR_RETURN(const auto round, group_->Exchange(rank_, kind, std::move(mine)));
      std::memcpy(values.data(), (*round)[turn].data(), (*round)[turn].size());
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> AllGather(const std::string& bytes) override {
    CLIENTELE_ASSIGN_OR_RETURN(const auto round, group_->Exchange(rank_, "AllGather", bytes));
    return *round;
  }

  absl::StatusOr<std::vector<std::string>> Gather(int root, const std::string& bytes) override {
    CLIENTELE_RETURN_IF_ERROR(CheckRoot(root));
    CLIENTELE_ASSIGN_OR_RETURN(const auto round, group_->Exchange(rank_, absl::StrCat("Gather on ", root), bytes));
    return rank_ == root ? *round : std::vector<std::string>();
  }

  void Abort(const absl::Status& cause) override {
    group_->End(absl::AbortedError(absl::StrCat("rank ", rank_, " aborted: ", cause.message())));
  }

 private:
  absl::Status CheckRoot(int root) {
    if (root >= 0 && root < size()) return absl::OkStatus();
    const absl::Status state =
        absl::InvalidArgumentError(absl::StrCat("root ", root, " is no rank of a group of ", size()));
    group_->End(state);
    return state;
  }

  const std::shared_ptr<Group> group_;
  const int rank_;
};

}  // namespace

std::vector<std::unique_ptr<Communicator>> MakeThreadGroup(int size, absl::Duration timeout) {
  auto group = std::make_shared<Group>(size, timeout);
  std::vector<std::unique_ptr<Communicator>> ranks;
  for (int rank = 0; rank < size; ++rank) ranks.push_back(std::make_unique<ThreadCommunicator>(group, rank));
  return ranks;
}

}  // namespace clientele::training
