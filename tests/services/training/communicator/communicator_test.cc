// The contract of Communicator, for every implementation that runs in one process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/communicator/thread_communicator.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using MakeGroup = std::function<std::vector<std::unique_ptr<Communicator>>()>;

struct Implementation {
  std::string name;
  MakeGroup make;
};

std::vector<std::unique_ptr<Communicator>> MakeLocal() {
  std::vector<std::unique_ptr<Communicator>> group;
  group.push_back(std::make_unique<LocalCommunicator>());
  return group;
}

void OnEveryRank(const std::vector<std::unique_ptr<Communicator>>& group,
                 const std::function<void(Communicator&)>& body) {
  std::vector<std::thread> threads;
  for (const auto& rank : group) threads.emplace_back([&] { body(*rank); });
  for (std::thread& thread : threads) thread.join();
}

class CommunicatorTest : public ::testing::TestWithParam<Implementation> {
 protected:
  std::vector<std::unique_ptr<Communicator>> group_ = GetParam().make();
  const int size_ = static_cast<int>(group_.size());
};

TEST_P(CommunicatorTest, RanksKnowTheirPlace) {
  for (int rank = 0; rank < size_; ++rank) {
    EXPECT_EQ(group_[rank]->rank(), rank);
    EXPECT_EQ(group_[rank]->size(), size_);
  }
}

TEST_P(CommunicatorTest, BroadcastReachesEveryRankFromAnyRoot) {
  OnEveryRank(group_, [&](Communicator& communicator) {
    for (int root = 0; root < size_; ++root) {
      std::string bytes = absl::StrCat("of rank ", communicator.rank());
      ASSERT_TRUE(communicator.Broadcast(root, bytes).ok());
      EXPECT_EQ(bytes, absl::StrCat("of rank ", root));
    }
  });
}

TEST_P(CommunicatorTest, MaximumIsTakenElementByElement) {
  OnEveryRank(group_, [&](Communicator& communicator) {
    const double rank = communicator.rank();
    std::vector<double> values = {rank, -rank, -std::numeric_limits<double>::infinity()};
    ASSERT_TRUE(communicator.AllReduceMax(absl::MakeSpan(values)).ok());
    EXPECT_THAT(values, ElementsAre(size_ - 1, 0, -std::numeric_limits<double>::infinity()));
  });
}

TEST_P(CommunicatorTest, AFoldGoesFromRankToRankAndReachesAll) {
  double expected = 1;
  for (int rank = 0; rank < size_; ++rank) expected = expected * 3 + rank;  // Not the same in any other order.
  OnEveryRank(group_, [&](Communicator& communicator) {
    for (int round = 0; round < 50; ++round) {
      // What ranks behind the first begin with does not count.
      std::vector<double> values = {communicator.rank() == 0 ? 1.0 : -7.0, 0.5};
      ASSERT_TRUE(communicator
                      .FoldInRankOrder(absl::MakeSpan(values),
                                       [&](absl::Span<double> so_far) { so_far[0] = so_far[0] * 3 + communicator.rank(); })
                      .ok());
      EXPECT_THAT(values, ElementsAre(expected, 0.5));
    }
  });
}

TEST_P(CommunicatorTest, GatherKeepsRankOrderOverManyRounds) {
  OnEveryRank(group_, [&](Communicator& communicator) {
    for (int round = 0; round < 200; ++round) {
      // Sizes differ between ranks, and may be zero.
      const auto all = communicator.AllGather(std::string(communicator.rank() * (round % 3), 'a' + communicator.rank()));
      ASSERT_TRUE(all.ok());
      ASSERT_EQ(all->size(), size_);
      for (int rank = 0; rank < size_; ++rank) EXPECT_EQ((*all)[rank], std::string(rank * (round % 3), 'a' + rank));
    }
  });
}

TEST_P(CommunicatorTest, NobodyLeavesABarrierBeforeAllHaveCome) {
  std::atomic<int> come = 0;
  OnEveryRank(group_, [&](Communicator& communicator) {
    ++come;
    ASSERT_TRUE(communicator.Barrier().ok());
    EXPECT_EQ(come, size_);
  });
}

TEST_P(CommunicatorTest, AbortWakesEveryRankWithTheCause) {
  OnEveryRank(group_, [&](Communicator& communicator) {
    if (communicator.rank() == size_ - 1) communicator.Abort(absl::DataLossError("a shard is damaged"));
    const absl::Status status = communicator.Barrier();
    EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
    EXPECT_THAT(std::string(status.message()), HasSubstr("a shard is damaged"));
    // It stays so, and a later cause does not replace the first.
    communicator.Abort(absl::InternalError("later"));
    EXPECT_THAT(std::string(communicator.AllGather("").status().message()), HasSubstr("a shard is damaged"));
  });
}

TEST_P(CommunicatorTest, RefusesARootThatIsNoRank) {
  std::string bytes;
  EXPECT_EQ(group_[0]->Broadcast(size_, bytes).code(), absl::StatusCode::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(
    All, CommunicatorTest,
    ::testing::Values(Implementation{"Local", MakeLocal},
                      Implementation{"OneThread", [] { return MakeThreadGroup(1, absl::Seconds(60)); }},
                      Implementation{"TwoThreads", [] { return MakeThreadGroup(2, absl::Seconds(60)); }},
                      Implementation{"FiveThreads", [] { return MakeThreadGroup(5, absl::Seconds(60)); }}),
    [](const auto& test) { return test.param.name; });

TEST(ThreadCommunicatorTest, SaysWhoWaitedWhenARankDoesNotCome) {
  const auto group = MakeThreadGroup(3, absl::Milliseconds(20));
  std::thread other([&] { EXPECT_FALSE(group[1]->Barrier().ok()); });
  const absl::Status status = group[0]->Barrier();
  other.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("2 of 3 ranks came"));
  EXPECT_EQ(group[2]->Barrier().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(ThreadCommunicatorTest, DifferentCollectivesAreAnErrorOnBothRanks) {
  const auto group = MakeThreadGroup(2, absl::Seconds(60));
  OnEveryRank(group, [](Communicator& communicator) {
    double value[1] = {1};
    const absl::Status status = communicator.rank() == 0 ? communicator.Barrier()
                                                         : communicator.AllReduceMax(absl::MakeSpan(value));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  });
}

}  // namespace
}  // namespace clientele::training
