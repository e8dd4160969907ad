#include "common/base/snapshot.h"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

namespace clientele {
namespace {

TEST(SnapshotTest, AReaderKeepsWhatItTookUntilItLetsGo) {
  Snapshot<int> snapshot(std::make_shared<const int>(1));
  std::shared_ptr<const int> taken = snapshot.Get();
  std::weak_ptr<const int> old = snapshot.Set(std::make_shared<const int>(2));
  EXPECT_EQ(*taken, 1);
  EXPECT_EQ(*snapshot.Get(), 2);
  EXPECT_FALSE(old.expired());
  taken.reset();
  EXPECT_TRUE(old.expired());
}

// Both halves of a value are of the same write, however often it is swapped while it is read.
TEST(SnapshotTest, ReadersNeverSeeHalfAValue) {
  struct Pair {
    int a, b;
  };
  Snapshot<Pair> snapshot(std::make_shared<const Pair>(Pair{0, 0}));
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      int last = 0;
      while (last < 10'000) {
        const auto pair = snapshot.Get();
        ASSERT_EQ(pair->a, pair->b);
        ASSERT_GE(pair->a, last);
        last = pair->a;
      }
    });
  }
  for (int i = 1; i <= 10'000; ++i) snapshot.Set(std::make_shared<const Pair>(Pair{i, i}));
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace clientele
