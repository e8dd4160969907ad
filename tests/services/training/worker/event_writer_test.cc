#include "services/training/worker/event_writer.h"

#include <signal.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/jobs/worker_wire.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;
using v1::Progress;

class SetClock final : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1);
};

class EventWriterTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe(ends_), 0); }
  void TearDown() override { close(ends_[0]); }

  static Progress At(Progress::Stage stage, double fraction) {
    Progress progress;
    progress.set_stage(stage);
    progress.set_fraction(fraction);
    return progress;
  }
  // What was written, as a service would read it.
  std::vector<v1::WorkerEvent> Written() {
    close(ends_[1]);
    std::string bytes(1 << 16, '\0');
    bytes.resize(static_cast<size_t>(read(ends_[0], bytes.data(), bytes.size())));
    WorkerEventReader reader;
    reader.Append(bytes);
    std::vector<v1::WorkerEvent> events;
    v1::WorkerEvent event;
    while (*reader.Next(event)) events.push_back(event);
    return events;
  }

  int ends_[2];
  SetClock clock_;
};

TEST_F(EventWriterTest, WritesTenTimesASecondAndEveryStagesFirst) {
  EventWriter writer(ends_[1], clock_);
  for (int i = 0; i < 10; ++i) {
    writer.Tell(At(Progress::STAGE_READING, i));  // 0, then 3, 6 and 9: every 40 ms.
    clock_.now += absl::Milliseconds(40);
  }
  writer.Tell(At(Progress::STAGE_TRAINING, 100));
  writer.Tell(At(Progress::STAGE_TRAINING, 101));
  v1::WorkerResult result;
  result.set_model_version("v");
  ASSERT_TRUE(writer.Finish(result).ok());
  std::vector<double> fractions;
  const auto events = Written();
  for (const auto& event : events) {
    if (event.has_progress()) fractions.push_back(event.progress().fraction());
  }
  EXPECT_THAT(fractions, ElementsAre(0, 3, 6, 9, 100));
  EXPECT_EQ(events.back().result().model_version(), "v");
}

TEST_F(EventWriterTest, SaysWhetherItsResultWasTaken) {
  signal(SIGPIPE, SIG_IGN);
  close(ends_[0]);
  EventWriter writer(ends_[1], clock_);
  writer.Tell(At(Progress::STAGE_READING, 0));  // Nobody listens: not a reason to end.
  EXPECT_EQ(writer.Finish({}).code(), absl::StatusCode::kUnavailable);
  close(ends_[1]);
}

}  // namespace
}  // namespace clientele::training
