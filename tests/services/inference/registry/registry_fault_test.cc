// What happens when disks are full, artifacts are torn or say what they do not do: no wrong score, nothing lost,
// nothing half visible, and the rest serves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "services/inference/scoring/scorer.h"
#include "tests/services/inference/registry/registry_fixture.h"

namespace clientele::inference {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testutil::ChurnModel;
using testutil::OrderFor;
using testutil::Publish;
using testutil::Serialize;
using testutil::StatusIs;

absl::Status DiskFull() {
  return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed, "no space left on device");
}

class RegistryFaultTest : public RegistryFixture {
 protected:
  double Score(const Version& version) {
    return ScoreRow(*version.model, std::vector<model::Cell>(3), 0).probability().probability();
  }
  absl::StatusOr<v1::ModelVersion> PublishSecond() {
    const std::string bytes = Serialize(ChurnModel(-2));
    PublishOrder order = OrderFor(acme_, "churn", bytes, {"champion"});
    order.request_id = "second";
    return Publish(*registry_, order, bytes);
  }
  // Nothing came of it, neither now nor after a restart, and it can be tried again.
  void ExpectNothingHappened(const absl::Status& status) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_EQ(ReasonOf(status), "STORAGE_FAILED");
    EXPECT_EQ(States("A"), "A");
    EXPECT_EQ(Champion(), 1);
    Open();
    EXPECT_EQ(States("A"), "A");
    EXPECT_EQ(CountFiles(), 1);
    EXPECT_EQ(registry_->ReadAliasJournal(champion_)->size(), 1u);
    const auto again = PublishSecond();
    ASSERT_OK(again);
    EXPECT_EQ(again->name(), "tenants/acme/models/churn/versions/2");
    EXPECT_EQ(Champion(), 2);
  }
};

TEST_F(RegistryFaultTest, ADiskThatIsFullWhileAnArtifactComesInChangesNothing) {
  PublishChurn(-1);
  int pieces = 0;
  store_->before_append = [&] { return ++pieces < 2 ? absl::OkStatus() : DiskFull(); };
  ExpectNothingHappened(PublishSecond().status());
}

TEST_F(RegistryFaultTest, ADiskThatIsFullAtTheLastStepChangesNothing) {
  PublishChurn(-1);
  store_->before_commit = DiskFull;
  ExpectNothingHappened(PublishSecond().status());
}

// The real file system says no: no file may grow beyond a limit.
TEST_F(RegistryFaultTest, AFileThatCannotGrowChangesNothing) {
  PublishChurn(-1);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small = {100, old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status status = PublishSecond().status();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old), 0);
  ExpectNothingHappened(status);
}

TEST_F(RegistryFaultTest, ADiskThatIsFullMovesNoAlias) {
  PublishChurn(-1);
  PublishChurn(-2);
  store_->before_commit = DiskFull;
  EXPECT_THAT(registry_->SetAlias(champion_, 1, {.actor = "a test"}), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(registry_->Delete({acme_, "churn", 1}, "", "a test"), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(registry_->Update(churn_, {}), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(Champion(), 2);
  EXPECT_EQ(States("AA"), "AA");
  store_->before_commit = nullptr;
  EXPECT_OK(registry_->SetAlias(champion_, 1, {.actor = "a test"}));
}

// An alias does not wander by itself: who asks for it is told what is wrong, and what to do is an operator's to say.
TEST_F(RegistryFaultTest, ATornArtifactFailsAloneAndIsNeverScored) {
  PublishChurn(-1);
  PublishChurn(-2);
  const double first = Score(*Find(1));
  const std::string bytes = Serialize(ChurnModel(-2));
  fs::resize_file(FileOf(bytes), bytes.size() / 2);
  Open();
  EXPECT_EQ(States("AF"), "AF");
  const auto champion = Resolve(*registry_->Get(), {acme_, "churn", "champion", 0});
  ASSERT_OK(champion);
  EXPECT_EQ(champion->version->number, 2);
  EXPECT_EQ(champion->version->model, nullptr);
  EXPECT_THAT(CheckAvailable(*champion->version),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("damaged")));
  EXPECT_EQ(Score(*Find(1)), first);
  EXPECT_THAT(registry_->ReadArtifact({acme_, "churn", "", 2}), StatusIs(absl::StatusCode::kDataLoss));
  ASSERT_OK(registry_->RollbackAlias(champion_, 0, {.actor = "an operator"}));
  EXPECT_EQ(Champion(), 1);
  EXPECT_EQ(PublishChurn(-2, {}), 2) << "publishing it again heals it";
  EXPECT_EQ(States("AA"), "AA");
}

TEST_F(RegistryFaultTest, AnArtifactThatCouldNotBeReadServesOnceItCan) {
  PublishChurn(-1);
  PublishChurn(-2);
  const double second = Score(*Find(2));
  const std::string torn = Serialize(ChurnModel(-1));
  fs::resize_file(FileOf(torn), torn.size() / 2);
  std::atomic<int> of_second{0}, of_first{0};
  Open(/*wait=*/true, [&](absl::string_view sha256) {
    if (sha256 == Sha256Hex(torn)) return ++of_first, absl::OkStatus();
    return ++of_second > 2 ? absl::OkStatus() : DiskFull();
  });
  EXPECT_EQ(States("FF"), "FF");
  EXPECT_THAT(Find(2)->metadata.state_reason(), HasSubstr("no space left"));
  EXPECT_EQ(States("FA"), "FA");
  EXPECT_EQ(of_second, 3);
  EXPECT_EQ(of_first, 1) << "what is damaged stays so";
  EXPECT_EQ(Score(*Find(2)), second);
}

TEST_F(RegistryFaultTest, AVersionWhoseGoldenRowsDoNotHoldIsNeverScored) {
  PublishChurn(-1);
  // As another build of the program might have stored it: the digest is right, and yet the scores are others here.
  model::v1::ModelArtifact artifact;
  ASSERT_TRUE(artifact.ParseFromString(Serialize(ChurnModel(-2))));
  artifact.mutable_golden_rows(0)->set_outputs(0, artifact.golden_rows(0).outputs(0) * (1 + 1e-15));
  const std::string bytes = artifact.SerializeAsString();
  storage::ModelChange change;
  change.sequence = 2;
  change.model = "churn";
  change.version.emplace();
  change.version->number = 2;
  change.version->metadata.set_sha256(Sha256Hex(bytes));
  auto staged = *store_->StageArtifact(acme_);
  ASSERT_OK(staged->Append(bytes));
  ASSERT_OK(store_->Commit(acme_, change, std::move(staged)));
  Open();
  EXPECT_EQ(States("AF"), "AF");
  EXPECT_THAT(Find(2)->metadata.state_reason(), HasSubstr("golden row"));
  EXPECT_THAT(registry_->SetAlias(champion_, 2, {.actor = "a test"}), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Champion(), 1);
}

}  // namespace
}  // namespace clientele::inference
