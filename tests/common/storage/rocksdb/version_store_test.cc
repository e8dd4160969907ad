#include "common/storage/rocksdb/version_store.h"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "tests/contract/version_store_contract.h"

namespace clientele::storage {
namespace {

namespace fs = std::filesystem;

class RocksHarness final : public VersionStoreHarness {
 public:
  RocksHarness() {
    static std::atomic<int> next = 0;
    directory_ = absl::StrCat(::testing::TempDir(), "/version_store_test.", getpid(), ".", next++);
    fs::remove_all(directory_);
  }
  ~RocksHarness() override { fs::remove_all(directory_); }

  std::unique_ptr<VersionStore> Open() override {
    auto store = RocksVersionStore::Open(directory_);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }
  int CountArtifacts() override {
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(artifacts())) files += entry.is_regular_file();
    return files;
  }
  std::string artifacts() const { return directory_ + "/artifacts"; }
  const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
};

INSTANTIATE_TEST_SUITE_P(RocksDb, VersionStoreContract, ::testing::Values([] {
                           return std::unique_ptr<VersionStoreHarness>(std::make_unique<RocksHarness>());
                         }));

TEST(RocksVersionStoreTest, OpeningRemovesWhatACrashLeftBehind) {
  RocksHarness harness;
  harness.Open().reset();
  fs::create_directories(harness.artifacts() + "/tenants/acme");
  // A crash while an artifact came in, and one between the artifact's file and the write that names it.
  std::ofstream(harness.artifacts() + "/staging/7") << "half";
  std::ofstream(harness.artifacts() + "/tenants/acme/" + Sha256Hex("orphan")) << "orphan";
  EXPECT_EQ(harness.CountArtifacts(), 2);
  harness.Open().reset();
  EXPECT_EQ(harness.CountArtifacts(), 0);
}

TEST(RocksVersionStoreTest, ASecondProcessCannotHoldTheDirectory) {
  RocksHarness harness;
  const auto store = harness.Open();
  EXPECT_EQ(RocksVersionStore::Open(harness.directory()).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace clientele::storage
