// A job manager over an embedded store, with workers that the test plays.
#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/storage/rocksdb/job_store.h"
#include "gtest/gtest.h"
#include "services/training/jobs/job_manager.h"
#include "tests/services/training/jobs/fake_launcher.h"

namespace clientele::training {

// A clock that a test sets; each reading is a second later, so that jobs have an order.
class TickingClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(++seconds_); }

 private:
  mutable std::atomic<int64_t> seconds_{1'000'000};
};

class JobManagerFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    static int places = 0;
    place_ = absl::StrCat(::testing::TempDir(), "/job_manager_", getpid(), "_", ++places);
    std::filesystem::remove_all(place_);
    Start();
  }
  void TearDown() override {
    ShutDown();
    std::filesystem::remove_all(place_);
  }

  void Start() {
    store_ = *storage::OpenRocksJobStore(place_);
    launcher_ = std::make_unique<testutil::FakeLauncher>();
    by_state_.clear();
    options_.on_change = [this](const v1::TrainingJob& job, v1::TrainingJob::State before) {
      if (before != v1::TrainingJob::STATE_UNSPECIFIED) --by_state_[before];
      ++by_state_[job.state()];
    };
    auto manager = JobManager::Start(*store_, *launcher_, clock_, options_);
    ASSERT_TRUE(manager.ok()) << manager.status();
    manager_ = *std::move(manager);
  }
  void ShutDown() {
    manager_.reset();
    launcher_.reset();
    store_.reset();
  }
  void Restart() {
    ShutDown();
    Start();
  }

  static TenantId Tenant() { return *TenantId::Parse("acme"); }
  static TrainingJobName Name(const std::string& id) { return {Tenant(), id}; }
  static NewJob Request(const std::string& id, const std::string& request_id = "") {
    NewJob request{.job_id = id, .request_id = request_id, .job = {}};
    request.job.mutable_spec()->set_model("churn");
    return request;
  }
  void Create(const std::string& id) {
    const auto job = manager_->Create(Tenant(), Request(id));
    ASSERT_TRUE(job.ok()) << job.status();
  }
  // Blocks until the job has ended.
  v1::TrainingJob AwaitEnd(const std::string& id) {
    int64_t seen = -1;
    while (true) {
      const auto view = manager_->Await(Name(id), seen, StopToken());
      EXPECT_TRUE(view.ok()) << view.status();
      if (!view.ok() || HasEnded(view->job.state())) return view.ok() ? view->job : v1::TrainingJob();
      seen = view->revision;
    }
  }
  v1::TrainingJob::State StateOf(const std::string& id) { return manager_->Get(Name(id))->state(); }

  static v1::WorkerResult Success() {
    v1::WorkerResult result;
    result.set_model_version("tenants/acme/models/churn/versions/1");
    result.set_artifact_sha256("abc");
    result.mutable_evaluation()->set_train_rows(7);
    result.mutable_gate_decision()->set_decision(model::v1::GateDecision::DECISION_PUBLISHED_ACTIVE);
    result.mutable_segment_migration()->set_champion_version("v1");
    result.add_data_issues()->set_code("FEW_ROWS");
    return result;
  }

  std::string place_;
  TickingClock clock_;
  JobManagerOptions options_;
  std::unique_ptr<storage::JobStore> store_;
  std::unique_ptr<testutil::FakeLauncher> launcher_;
  std::map<v1::TrainingJob::State, int> by_state_;  // As metrics would count them.
  std::unique_ptr<JobManager> manager_;
};

}  // namespace clientele::training
