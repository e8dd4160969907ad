// The contract of Communicator among processes. Run by mpirun: every rank runs every test, and plays its part in it.
#include "services/training/communicator/mpi_communicator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <thread>

#include "tests/contract/communicator_contract.h"

namespace clientele::training {
namespace {

MpiSession* session = nullptr;  // The process's, while tests run.

void OnThisRank(absl::Duration timeout, const RankBody& body) {
  const auto communicator = session->MakeCommunicator(timeout);
  ASSERT_TRUE(communicator.ok()) << communicator.status();
  body(**communicator);
}

TEST(MpiCommunicatorTest, NamesTheRankThatDidNotCome) {
  if (session->size() < 3) GTEST_SKIP() << "takes three ranks";
  OnThisRank(absl::Milliseconds(100), [](Communicator& communicator) {
    if (communicator.rank() == 1) absl::SleepFor(absl::Milliseconds(500));
    EXPECT_THAT(std::string(communicator.AllGather("x").status().message()),
                ::testing::HasSubstr("in AllGather: 2 of 3 ranks came; missing: 1"));
  });
}

TEST(MpiCommunicatorTest, NamesTheRankThatGoesWhileDataMove) {
  if (session->size() < 3) GTEST_SKIP() << "takes three ranks";
  OnThisRank(absl::Milliseconds(100), [](Communicator& communicator) {
    double value[1] = {0};
    const absl::Status status = communicator.FoldInRankOrder(absl::MakeSpan(value), [&](absl::Span<double>) {
      if (communicator.rank() == 1) absl::SleepFor(absl::Milliseconds(800));
    });
    EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("2 of 3 ranks are there; missing: 1"));
  });
}

TEST(MpiCommunicatorTest, TheFirstRankIsMissedByTheOthers) {
  OnThisRank(absl::Milliseconds(100), [](Communicator& communicator) {
    if (communicator.rank() == 0) absl::SleepFor(absl::Seconds(1));
    const absl::Status status = communicator.Barrier();
    EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("rank 0 did not come"));
  });
}

// Stops this process after a while, for a while.
void StopThisProcess(absl::Duration after, absl::Duration duration) {
  const pid_t self = getpid();
  if (fork() != 0) return;
  absl::SleepFor(after);
  kill(self, SIGSTOP);
  absl::SleepFor(duration);
  kill(self, SIGCONT);
  _exit(0);
}

TEST(MpiCommunicatorTest, ARankThatWasStoppedBlamesNobody) {
  OnThisRank(absl::Seconds(1), [](Communicator& communicator) {
    if (communicator.rank() == 0) StopThisProcess(absl::Milliseconds(100), absl::Milliseconds(1400));
    if (communicator.rank() == 1) absl::SleepFor(absl::Milliseconds(1600));
    EXPECT_TRUE(communicator.Barrier().ok());
  });
}

TEST(MpiCommunicatorTest, AnotherThreadMayAbort) {
  OnThisRank(absl::Seconds(60), [](Communicator& communicator) {
    if (communicator.rank() == 0) {
      std::thread([&] { communicator.Abort(absl::CancelledError("nobody wants it")); }).join();
    }
    const absl::Status status = communicator.Barrier();
    EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("rank 0 aborted: nobody wants it"));
  });
}

TEST(MpiCommunicatorTest, AGroupEndsAlone) {
  OnThisRank(absl::Seconds(60), [](Communicator& ended) {
    OnThisRank(absl::Seconds(60), [&](Communicator& other) {
      ended.Abort(absl::InternalError("over"));
      EXPECT_FALSE(ended.Barrier().ok());
      EXPECT_TRUE(other.Barrier().ok());
    });
  });
}

}  // namespace

// The number of ranks is known once MPI runs: cases are instantiated from main.
INSTANTIATE_TEST_SUITE_P(Mpi, CommunicatorContract, ::testing::ValuesIn([] {
                           return std::vector<CommunicatorCase>{{"Ranks", OnThisRank, session->size()}};
                         }()),
                         CaseName);

}  // namespace clientele::training

int main(int argc, char** argv) {
  auto started = clientele::training::MpiSession::Start();
  if (!started.ok()) {
    std::cerr << started.status() << "\n";
    return 1;
  }
  clientele::training::session = started->get();
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
