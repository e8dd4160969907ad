#include "services/inference/monitoring/paced_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;

TEST(PacedQueueTest, RefusesWhatIsTooMuch) {
  PacedQueue<int> queue(10, absl::ZeroDuration());
  EXPECT_TRUE(queue.Put(1, 6));
  EXPECT_FALSE(queue.Put(2, 5));
  EXPECT_FALSE(queue.HasRoom(5));
  EXPECT_TRUE(queue.Put(3, 4));
  EXPECT_THAT(*queue.Take(), ElementsAre(1, 3));
  EXPECT_TRUE(queue.HasRoom(10));
  EXPECT_TRUE(queue.Take()->empty());
}

TEST(PacedQueueTest, RowsAreAlsoPutIntoTheItemThatWaits) {
  PacedQueue<int> queue(4, absl::ZeroDuration());
  const auto put = [&queue](int row) {
    return queue.PutInto(1, [row](std::vector<int>& items) {
      if (items.empty() || items.back() + row > 10) items.push_back(0);
      items.back() += row;
    });
  };
  for (const int row : {6, 3, 2}) EXPECT_TRUE(put(row));
  EXPECT_TRUE(queue.HasRoom(1));
  EXPECT_FALSE(queue.HasRoom(2)) << "rows are counted, not items";
  EXPECT_THAT(*queue.Take(), ElementsAre(9, 2));
  EXPECT_TRUE(put(1));
  EXPECT_THAT(*queue.Take(), ElementsAre(1)) << "not into what was taken";
}

TEST(PacedQueueTest, GivesWhatIsLeftAfterItIsStoppedAndThenNoMore) {
  PacedQueue<int> queue(10, absl::InfiniteDuration());
  EXPECT_TRUE(queue.Put(1, 1));
  queue.Stop();
  EXPECT_FALSE(queue.Put(2, 1));
  EXPECT_THAT(*queue.Take(), ElementsAre(1));
  EXPECT_FALSE(queue.Take().has_value());
}

TEST(PacedQueueTest, AwaitRoundsWaitsForWhatWasPutBeforeWhateverComesMeanwhile) {
  PacedQueue<int> queue(1'000'000, absl::Hours(1));
  std::atomic<int> done = 0;
  std::atomic<bool> enough = false;
  std::thread worker([&] {
    while (const auto taken = queue.Take()) {
      for (const int one : *taken) done += one;
    }
  });
  std::thread flood([&] {
    while (!enough) queue.Put(0, 1);
  });
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(queue.Put(1, 1));
    queue.AwaitRounds();
    EXPECT_EQ(done, i + 1);
  }
  enough = true;
  flood.join();
  queue.Stop();
  queue.AwaitRounds();  // Does not wait for a worker that ends.
  worker.join();
}

TEST(PacedQueueTest, AwaitIdleEndsThePaceAndWaitsUntilItIsDone) {
  PacedQueue<int> queue(10, absl::Hours(1));
  int done = 0;
  std::thread worker([&] {
    while (const auto taken = queue.Take()) {
      for (const int one : *taken) done += one;
    }
  });
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(queue.Put(1, 1));
    queue.AwaitIdle();
    EXPECT_EQ(done, i + 1);
  }
  queue.Stop();
  worker.join();
}

}  // namespace
}  // namespace clientele::inference
