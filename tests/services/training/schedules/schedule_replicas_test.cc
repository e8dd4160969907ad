// Schedules of several programs on one store.
#include "tests/services/training/schedules/scheduler_fixture.h"

namespace clientele::training {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// An embedded store that counts its changes, as one that programs share does.
class CountingStore final : public storage::ScheduleStore {
 public:
  explicit CountingStore(storage::ScheduleStore& store) : store_(store) {}

  absl::Status Create(const TenantId& tenant, absl::string_view id, const RetrainSchedule& schedule) override {
    ++changes_;
    return store_.Create(tenant, id, schedule);
  }
  absl::Status Replace(const TenantId& tenant, absl::string_view id, absl::string_view etag,
                       const RetrainSchedule& schedule) override {
    ++changes_;
    return store_.Replace(tenant, id, etag, schedule);
  }
  absl::Status Delete(const TenantId& tenant, absl::string_view id, absl::string_view etag) override {
    ++changes_;
    return store_.Delete(tenant, id, etag);
  }
  absl::Status AddRun(const TenantId& tenant, absl::string_view id, const ScheduleRun& run) override {
    ++changes_;
    return store_.AddRun(tenant, id, run);
  }
  absl::StatusOr<std::vector<ScheduleRun>> ListRuns(const TenantId& tenant, absl::string_view id,
                                                    int most) const override {
    return store_.ListRuns(tenant, id, most);
  }
  absl::StatusOr<int64_t> Changes() const override { return changes_; }
  absl::Status ForEach(
      absl::FunctionRef<void(const TenantId&, absl::string_view, const RetrainSchedule&)> visit) const override {
    ++readings_;
    return store_.ForEach(visit);
  }
  int readings() const { return readings_; }

 private:
  storage::ScheduleStore& store_;
  int64_t changes_ = 0;
  mutable int readings_ = 0;
};

class ScheduleReplicasTest : public SchedulerTest {};

TEST_F(ScheduleReplicasTest, ABookTakesOverWhatAnotherHasWritten) {
  CountingStore shared(*store_);
  const auto one = *ScheduleBook::Open(shared, clock_), other = *ScheduleBook::Open(shared, clock_);
  ASSERT_OK(other->Create(kName, Nightly(), /*validate_only=*/false));
  EXPECT_THAT(one->All(), IsEmpty());
  ASSERT_OK(one->Refresh());
  EXPECT_THAT(one->All(), SizeIs(1));
  RetrainSchedule paused = Nightly();
  paused.set_paused(true);
  ASSERT_OK(one->Replace(kName, paused));
  ASSERT_OK(other->Refresh());
  EXPECT_TRUE(other->Get(kName)->paused());
  ScheduleRun run;
  *run.mutable_scheduled_time() = ToProto(kMidnight);
  ASSERT_OK(other->AddRun(kName, run));
  ASSERT_OK(one->Refresh());
  EXPECT_EQ(one->Get(kName)->last_run().scheduled_time().seconds(), run.scheduled_time().seconds());
  ASSERT_OK(one->Delete(kName, ""));
  ASSERT_OK(other->Refresh());
  EXPECT_THAT(other->All(), IsEmpty());
  const int readings = shared.readings();
  ASSERT_OK(other->Refresh());
  ASSERT_OK(other->Refresh());
  EXPECT_EQ(shared.readings(), readings) << "nothing has changed";
}

// Two that both believe to lead, as may be for a moment after one stood still.
TEST_F(ScheduleReplicasTest, ATimeThatTwoDecideHasOneJob) {
  CountingStore shared(*store_);
  const auto one = *ScheduleBook::Open(shared, clock_), other = *ScheduleBook::Open(shared, clock_);
  ASSERT_OK(one->Create(kName, Nightly(), /*validate_only=*/false));
  ASSERT_OK(other->Refresh());
  Scheduler first(*one, *jobs_, due_versions_, measures_, AskIntervals(), clock_, metrics_);
  Scheduler second(*other, *jobs_, due_versions_, measures_, AskIntervals(), clock_, metrics_);
  clock_.Set(kMidnight + absl::Hours(3));
  first.Step();
  second.Step();
  EXPECT_THAT(Jobs(), SizeIs(1));
  EXPECT_THAT(*one->ListRuns(kName, 100), SizeIs(1));
}

TEST_F(ScheduleReplicasTest, ASchedulerMayStartAgain) {
  Create(Nightly());
  scheduler_->Start();
  scheduler_->Stop();
  clock_.Set(kMidnight + absl::Hours(3));
  scheduler_->Start();
  const auto run = launcher_.Next();  // Blocks until its job has begun.
  EXPECT_EQ(run->job().spec().model(), Nightly().spec().model());
  scheduler_->Stop();
}

}  // namespace
}  // namespace clientele::training
