// The contract of Communicator, for the implementations that run in one process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "services/training/communicator/local_communicator.h"
#include "services/training/communicator/thread_communicator.h"
#include "tests/contract/communicator_contract.h"

namespace clientele::training {
namespace {

void Alone(absl::Duration, const RankBody& body) {
  LocalCommunicator local;
  body(local);
}

CommunicatorCase Threads(const std::string& name, int size) {
  const auto on_every_rank = [size](absl::Duration timeout, const RankBody& body) {
    const auto group = MakeThreadGroup(size, timeout);
    std::vector<std::thread> threads;
    for (const auto& rank : group) threads.emplace_back([&] { body(*rank); });
    for (std::thread& thread : threads) thread.join();
  };
  return {name, on_every_rank, size};
}

INSTANTIATE_TEST_SUITE_P(All, CommunicatorContract,
                         ::testing::Values(CommunicatorCase{"Local", Alone, 1}, Threads("OneThread", 1),
                                           Threads("TwoThreads", 2), Threads("FiveThreads", 5)),
                         CaseName);

}  // namespace
}  // namespace clientele::training
