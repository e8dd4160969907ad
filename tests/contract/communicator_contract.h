// What every Communicator promises. An implementation says how a body runs on every rank of a fresh group: as threads
// of one process, or as this process's own rank among others.
//
//   INSTANTIATE_TEST_SUITE_P(Threads, CommunicatorContract, ::testing::Values(CommunicatorCase{"Two", OnThreads(2)}),
//   CaseName);
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/training/communicator/communicator.h"

namespace clientele::training {

using RankBody = std::function<void(Communicator& communicator)>;

struct CommunicatorCase {
  std::string name;
  // Runs the body on every rank of a new group whose ranks wait so long for one another.
  std::function<void(absl::Duration timeout, const RankBody& body)> on_every_rank;
  int size = 1;
};

inline std::string CaseName(const ::testing::TestParamInfo<CommunicatorCase>& test) { return test.param.name; }

class CommunicatorContract : public ::testing::TestWithParam<CommunicatorCase> {
 protected:
  void OnEveryRank(const RankBody& body, absl::Duration timeout = absl::Seconds(60)) {
    GetParam().on_every_rank(timeout, body);
  }
  const int size_ = GetParam().size;
};

TEST_P(CommunicatorContract, RanksKnowTheirPlace) {
  OnEveryRank([&](Communicator& communicator) {
    EXPECT_EQ(communicator.size(), size_);
    const auto all = communicator.AllGather(absl::StrCat(communicator.rank()));
    ASSERT_TRUE(all.ok()) << all.status();
    for (int rank = 0; rank < size_; ++rank) EXPECT_EQ((*all)[rank], absl::StrCat(rank));
  });
}

TEST_P(CommunicatorContract, BroadcastReachesEveryRankFromAnyRoot) {
  OnEveryRank([&](Communicator& communicator) {
    for (int root = 0; root < size_; ++root) {
      std::string bytes = absl::StrCat("of rank ", communicator.rank());
      ASSERT_TRUE(communicator.Broadcast(root, bytes).ok());
      EXPECT_EQ(bytes, absl::StrCat("of rank ", root));
    }
  });
}

TEST_P(CommunicatorContract, MaximumIsTakenElementByElement) {
  OnEveryRank([&](Communicator& communicator) {
    const double rank = communicator.rank();
    std::vector<double> values = {rank, -rank, -std::numeric_limits<double>::infinity()};
    ASSERT_TRUE(communicator.AllReduceMax(absl::MakeSpan(values)).ok());
    EXPECT_THAT(values, ::testing::ElementsAre(size_ - 1, 0, -std::numeric_limits<double>::infinity()));
  });
}

TEST_P(CommunicatorContract, AFoldGoesFromRankToRankAndReachesAll) {
  double expected = 1;
  for (int rank = 0; rank < size_; ++rank) expected = expected * 3 + rank;  // Not the same in any other order.
  OnEveryRank([&](Communicator& communicator) {
    for (int round = 0; round < 50; ++round) {
      // What ranks behind the first begin with does not count.
      std::vector<double> values = {communicator.rank() == 0 ? 1.0 : -7.0, 0.5};
      ASSERT_TRUE(
          communicator
              .FoldInRankOrder(absl::MakeSpan(values),
                               [&](absl::Span<double> so_far) { so_far[0] = so_far[0] * 3 + communicator.rank(); })
              .ok());
      EXPECT_THAT(values, ::testing::ElementsAre(expected, 0.5));
    }
  });
}

TEST_P(CommunicatorContract, AFoldOfManyNumbersKeepsEachInItsPlace) {
  OnEveryRank([&](Communicator& communicator) {
    std::vector<double> values(200'000, 0.0);
    ASSERT_TRUE(communicator
                    .FoldInRankOrder(absl::MakeSpan(values),
                                     [](absl::Span<double> so_far) {
                                       for (size_t i = 0; i < so_far.size(); ++i) so_far[i] += static_cast<double>(i);
                                     })
                    .ok());
    for (size_t i = 0; i < values.size(); i += 997) ASSERT_EQ(values[i], static_cast<double>(i) * size_);
  });
}

TEST_P(CommunicatorContract, GatherKeepsRankOrderOverManyRounds) {
  OnEveryRank([&](Communicator& communicator) {
    for (int round = 0; round < 200; ++round) {
      // Sizes differ between ranks, and may be zero.
      const auto all =
          communicator.AllGather(std::string(communicator.rank() * (round % 3), 'a' + communicator.rank()));
      ASSERT_TRUE(all.ok());
      ASSERT_EQ(all->size(), size_);
      for (int rank = 0; rank < size_; ++rank) EXPECT_EQ((*all)[rank], std::string(rank * (round % 3), 'a' + rank));
    }
  });
}

TEST_P(CommunicatorContract, OneRankAloneGathers) {
  OnEveryRank([&](Communicator& communicator) {
    for (int root = 0; root < size_; ++root) {
      const auto all =
          communicator.Gather(root, std::string(1'000'000 + communicator.rank(), 'a' + communicator.rank()));
      ASSERT_TRUE(all.ok());
      ASSERT_EQ(all->size(), communicator.rank() == root ? size_ : 0);
      for (size_t rank = 0; rank < all->size(); ++rank) {
        EXPECT_EQ((*all)[rank], std::string(1'000'000 + rank, static_cast<char>('a' + rank)));
      }
    }
  });
}

TEST_P(CommunicatorContract, NobodyLeavesABarrierBeforeAllHaveCome) {
  OnEveryRank([&](Communicator& communicator) {
    absl::SleepFor(absl::Milliseconds(10) * communicator.rank());
    const int64_t came = absl::ToUnixNanos(absl::Now());
    ASSERT_TRUE(communicator.Barrier().ok());
    std::vector<double> last = {static_cast<double>(came)};
    const int64_t left = absl::ToUnixNanos(absl::Now());
    ASSERT_TRUE(communicator.AllReduceMax(absl::MakeSpan(last)).ok());
    EXPECT_GE(static_cast<double>(left), last[0]);
  });
}

TEST_P(CommunicatorContract, AbortWakesEveryRankWithTheCause) {
  OnEveryRank([&](Communicator& communicator) {
    if (communicator.rank() == size_ - 1) communicator.Abort(absl::DataLossError("a shard is damaged"));
    const absl::Status status = communicator.Barrier();
    EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("a shard is damaged"));
    // It stays so, and a later cause does not replace the first.
    communicator.Abort(absl::InternalError("later"));
    EXPECT_THAT(std::string(communicator.AllGather("").status().message()), ::testing::HasSubstr("a shard is damaged"));
  });
}

TEST_P(CommunicatorContract, RefusesARootThatIsNoRank) {
  OnEveryRank([&](Communicator& communicator) {
    std::string bytes;
    EXPECT_EQ(communicator.Broadcast(size_, bytes).code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(communicator.Gather(-1, bytes).status().code(), absl::StatusCode::kInvalidArgument);
  });
}

TEST_P(CommunicatorContract, DifferentCollectivesAreAnErrorOnEveryRank) {
  if (size_ == 1) GTEST_SKIP() << "one rank agrees with itself";
  OnEveryRank([&](Communicator& communicator) {
    double value[1] = {1};
    const absl::Status status =
        communicator.rank() == size_ - 1 ? communicator.AllReduceMax(absl::MakeSpan(value)) : communicator.Barrier();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  });
}

TEST_P(CommunicatorContract, ARankThatDoesNotComeEndsTheGroupInTime) {
  if (size_ == 1) GTEST_SKIP() << "one rank waits for nobody";
  OnEveryRank(
      [&](Communicator& communicator) {
        if (communicator.rank() == size_ - 1) absl::SleepFor(absl::Milliseconds(500));
        const absl::Status status = communicator.Barrier();
        EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
        EXPECT_THAT(std::string(status.message()),
                    ::testing::HasSubstr(absl::StrCat(size_ - 1, " of ", size_, " ranks came")));
      },
      absl::Milliseconds(100));
}

}  // namespace clientele::training
