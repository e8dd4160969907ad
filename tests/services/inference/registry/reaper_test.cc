#include "services/inference/registry/reaper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

namespace clientele::inference {
namespace {

// Tells on which thread it died.
struct Mortal {
  explicit Mortal(std::thread::id& where) : died_on(where) {}
  ~Mortal() { died_on = std::this_thread::get_id(); }
  std::thread::id& died_on;
};

TEST(ReaperTest, WhoLetsGoLastDoesNotFree) {
  std::thread::id died_on;
  absl::Notification freed;
  Reaper reaper;
  auto object = std::make_shared<const Mortal>(died_on);
  std::thread scorer([&freed, held = object] {
    absl::SleepFor(absl::Milliseconds(30));
    EXPECT_FALSE(freed.HasBeenNotified());
  });
  const std::thread::id scorer_id = scorer.get_id();
  reaper.Take(std::move(object), [&freed] { freed.Notify(); });
  scorer.join();
  // The thread's own copy went with it.
  ASSERT_TRUE(freed.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_NE(died_on, std::thread::id());
  EXPECT_NE(died_on, scorer_id);
  EXPECT_NE(died_on, std::this_thread::get_id());
}

TEST(ReaperTest, OneThatIsHeldDoesNotKeepTheOthers) {
  std::thread::id first_died, second_died;
  absl::Notification freed;
  Reaper reaper;
  const auto held = std::make_shared<const Mortal>(first_died);
  reaper.Take(held);
  reaper.Take(std::make_shared<const Mortal>(second_died), [&freed] { freed.Notify(); });
  ASSERT_TRUE(freed.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_EQ(first_died, std::thread::id());
  reaper.Stop();
  EXPECT_EQ(held.use_count(), 1) << "it lets go of what is still held";
}

TEST(ReaperTest, TakesNothingOnceStopped) {
  Reaper reaper;
  reaper.Stop();
  const auto object = std::make_shared<const int>(1);
  reaper.Take(object, [] { ADD_FAILURE(); });
  EXPECT_EQ(object.use_count(), 1);
}

}  // namespace
}  // namespace clientele::inference
