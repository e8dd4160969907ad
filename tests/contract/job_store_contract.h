// What every JobStore promises. A backend instantiates it with one line:
//
//   INSTANTIATE_TEST_SUITE_P(Rocks, JobStoreContract, ::testing::Values(JobStoreBackend{"RocksDB", &OpenRocksJobStore}));
#pragma once

#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/storage/job_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace clientele::storage {

// How a backend is opened on a place that keeps its data: opened again, it has what was there.
struct JobStoreBackend {
  std::string name;
  std::function<absl::StatusOr<std::unique_ptr<JobStore>>(const std::string& place)> open;
};

class JobStoreContract : public ::testing::TestWithParam<JobStoreBackend> {
 protected:
  using TrainingJob = training::v1::TrainingJob;

  void SetUp() override {
    static int places = 0;
    place_ = absl::StrCat(::testing::TempDir(), "/job_store_", getpid(), "_", ++places);
    std::filesystem::remove_all(place_);
    Open();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(place_);
  }

  void Open() {
    store_.reset();
    auto opened = GetParam().open(place_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }

  static TenantId Tenant(absl::string_view id = "acme") { return *TenantId::Parse(id); }
  static TrainingJob Job(absl::string_view id, int64_t create_second,
                         TrainingJob::State state = TrainingJob::STATE_QUEUED) {
    TrainingJob job;
    job.set_name(absl::StrCat("tenants/acme/trainingJobs/", id));
    job.set_state(state);
    *job.mutable_create_time() = ToProto(absl::FromUnixSeconds(create_second));
    return job;
  }
  absl::Status Create(absl::string_view id, int64_t second, absl::string_view request_id = "",
                      absl::string_view digest = "d") {
    return store_->Create(Tenant(), id, Job(id, second), request_id, digest);
  }
  // The ids of a page, and the position after it.
  std::vector<std::string> Page(absl::string_view tenant, std::string& position, size_t limit) {
    std::vector<std::string> names;
    const absl::Status status = store_->List(Tenant(tenant), std::string(position),
                                             [&](const TrainingJob& job, absl::string_view at) {
      names.push_back(job.name().substr(job.name().rfind('/') + 1));
      position = std::string(at);
      return names.size() < limit;
    });
    EXPECT_TRUE(status.ok()) << status;
    return names;
  }
  std::vector<std::string> OpenJobs() {
    std::vector<std::string> result;
    const absl::Status status =
        store_->ListOpen([&](const TenantId& tenant, absl::string_view id, const TrainingJob&) {
          result.push_back(absl::StrCat(tenant.value(), "/", id));
        });
    EXPECT_TRUE(status.ok()) << status;
    return result;
  }

  std::string place_;
  std::unique_ptr<JobStore> store_;
};

TEST_P(JobStoreContract, KeepsAJobAcrossReopening) {
  TrainingJob job = Job("a", 10);
  job.mutable_spec()->set_model("churn");
  ASSERT_TRUE(store_->Create(Tenant(), "a", job, "", "").ok());
  Open();
  const auto found = store_->Get(Tenant(), "a");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->SerializeAsString(), job.SerializeAsString());
}

TEST_P(JobStoreContract, SaysThatAJobIsUnknown) {
  ASSERT_TRUE(Create("a", 10).ok());
  EXPECT_EQ(ReasonOf(store_->Get(Tenant(), "b").status()), "TRAINING_JOB_NOT_FOUND");
  EXPECT_EQ(ReasonOf(store_->Get(Tenant("other"), "a").status()), "TRAINING_JOB_NOT_FOUND");
  EXPECT_EQ(ReasonOf(store_->Put(Tenant(), "b", Job("b", 1))), "TRAINING_JOB_NOT_FOUND");
  EXPECT_FALSE(store_->Get(Tenant(), "b").ok());
}

TEST_P(JobStoreContract, RefusesATakenIdAndKeepsTheFirst) {
  ASSERT_TRUE(Create("a", 10).ok());
  const absl::Status again = Create("a", 20, "r");
  EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(again), "TRAINING_JOB_EXISTS");
  EXPECT_EQ(store_->Get(Tenant(), "a")->create_time().seconds(), 10);
  EXPECT_FALSE(store_->FindRequest(Tenant(), "r")->has_value());
}

TEST_P(JobStoreContract, RemembersRequestIdsOfEachTenant) {
  ASSERT_TRUE(Create("a", 10, "request", "digest").ok());
  Open();
  const auto found = store_->FindRequest(Tenant(), "request");
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->job_id, "a");
  EXPECT_EQ((*found)->digest, "digest");
  EXPECT_FALSE(store_->FindRequest(Tenant("other"), "request")->has_value());
  EXPECT_FALSE(store_->FindRequest(Tenant(), "requests")->has_value());
}

TEST_P(JobStoreContract, RefusesAUsedRequestIdAndStoresNothing) {
  ASSERT_TRUE(Create("a", 10, "request").ok());
  EXPECT_EQ(ReasonOf(Create("b", 20, "request")), "REQUEST_ID_REUSED");
  EXPECT_FALSE(store_->Get(Tenant(), "b").ok());
}

TEST_P(JobStoreContract, PutReplacesAllButTheCreateTime) {
  ASSERT_TRUE(Create("a", 10).ok());
  TrainingJob changed = Job("a", 99, TrainingJob::STATE_FAILED);
  changed.mutable_error()->set_message("why");
  ASSERT_TRUE(store_->Put(Tenant(), "a", changed).ok());
  Open();
  const auto found = store_->Get(Tenant(), "a");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->error().message(), "why");
  EXPECT_EQ(found->create_time().seconds(), 10);
}

TEST_P(JobStoreContract, ListsNewestFirstInPages) {
  ASSERT_TRUE(Create("b", 30).ok());
  ASSERT_TRUE(Create("a", 10).ok());
  ASSERT_TRUE(Create("d", 20).ok());
  ASSERT_TRUE(Create("c", 20).ok());  // Equal times: by id.
  ASSERT_TRUE(store_->Create(Tenant("other"), "x", Job("x", 25), "", "").ok());
  ASSERT_TRUE(store_->Create(Tenant("acme-2"), "y", Job("y", 25), "", "").ok());
  std::string position;
  EXPECT_THAT(Page("acme", position, 2), ::testing::ElementsAre("b", "c"));
  ASSERT_TRUE(Create("e", 40).ok());  // Newer than the page: does not disturb the next.
  EXPECT_THAT(Page("acme", position, 2), ::testing::ElementsAre("d", "a"));
  EXPECT_THAT(Page("acme", position, 2), ::testing::IsEmpty());
}

TEST_P(JobStoreContract, ListsOpenJobsOfAllTenantsOldestFirst) {
  ASSERT_TRUE(Create("late", 300).ok());
  ASSERT_TRUE(store_->Create(Tenant("zeta"), "early", Job("early", 100), "", "").ok());
  ASSERT_TRUE(Create("ended", 50).ok());
  ASSERT_TRUE(Create("running", 200).ok());
  ASSERT_TRUE(store_->Put(Tenant(), "ended", Job("ended", 50, TrainingJob::STATE_CANCELLED)).ok());
  ASSERT_TRUE(store_->Put(Tenant(), "running", Job("running", 200, TrainingJob::STATE_RUNNING)).ok());
  Open();
  EXPECT_THAT(OpenJobs(), ::testing::ElementsAre("zeta/early", "acme/running", "acme/late"));
  ASSERT_TRUE(store_->Put(Tenant(), "running", Job("running", 200)).ok());  // Queued again.
  EXPECT_THAT(OpenJobs(), ::testing::ElementsAre("zeta/early", "acme/running", "acme/late"));
}

TEST_P(JobStoreContract, ARequestToCancelStaysUntilTheJobHasEnded) {
  const auto asked = [&] {
    std::vector<std::string> result;
    const absl::Status status = store_->ListCancelRequests([&](const TenantId& tenant, absl::string_view id) {
      result.push_back(absl::StrCat(tenant.value(), "/", id));
    });
    EXPECT_TRUE(status.ok()) << status;
    return result;
  };
  EXPECT_EQ(ReasonOf(store_->RequestCancel(Tenant(), "none")), "TRAINING_JOB_NOT_FOUND");
  ASSERT_TRUE(Create("a", 10).ok());
  ASSERT_TRUE(Create("b", 20).ok());
  EXPECT_THAT(asked(), ::testing::IsEmpty());
  ASSERT_TRUE(store_->RequestCancel(Tenant(), "b").ok());
  ASSERT_TRUE(store_->RequestCancel(Tenant(), "b").ok());  // Once more changes nothing.
  ASSERT_TRUE(store_->Put(Tenant(), "b", Job("b", 20, TrainingJob::STATE_RUNNING)).ok());
  Open();
  EXPECT_THAT(asked(), ::testing::ElementsAre("acme/b")) << "it began meanwhile";
  EXPECT_EQ(OpenJobs().size(), 2u);
  ASSERT_TRUE(store_->Put(Tenant(), "b", Job("b", 20, TrainingJob::STATE_CANCELLED)).ok());
  EXPECT_THAT(asked(), ::testing::IsEmpty());
  ASSERT_TRUE(store_->RequestCancel(Tenant(), "b").ok());
  EXPECT_THAT(asked(), ::testing::IsEmpty()) << "it has ended";
}

TEST_P(JobStoreContract, LetsOneOfManyConcurrentCreatorsWin) {
  std::vector<std::thread> threads;
  std::vector<absl::Status> results(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] { results[i] = Create(absl::StrCat("job-", i), i, "one-request"); });
  }
  for (std::thread& thread : threads) thread.join();
  int winners = 0;
  for (const absl::Status& result : results) {
    winners += result.ok();
    EXPECT_EQ(result.ok() ? "REQUEST_ID_REUSED" : ReasonOf(result), "REQUEST_ID_REUSED");
  }
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(OpenJobs().size(), 1u);
}

}  // namespace clientele::storage
