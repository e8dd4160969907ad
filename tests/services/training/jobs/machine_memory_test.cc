#include "services/training/jobs/machine_memory.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "tests/testing/temp_dir.h"

namespace clientele::training {
namespace {

constexpr int64_t kGiB = int64_t{1} << 30;

class MachineMemoryTest : public ::testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root_.path() + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void WriteMachine() const { Write("/proc/meminfo", "MemTotal:       16777216 kB\nMemFree:        1 kB\n"); }

  const testutil::TempDir root_;
};

TEST_F(MachineMemoryTest, AMachineIsSharedWithTheOtherPrograms) {
  WriteMachine();
  Write("/sys/fs/cgroup/memory.max", "max\n");
  const MachineMemory memory = MemoryHere(root_.path());
  EXPECT_EQ(memory.bytes, 16 * kGiB);
  EXPECT_FALSE(memory.is_own);
  EXPECT_EQ(DefaultJobMemory(memory), 8 * kGiB);
}

TEST_F(MachineMemoryTest, AContainersLimitIsItsOwn) {
  WriteMachine();
  Write("/sys/fs/cgroup/memory.max", "4294967296\n");
  const MachineMemory memory = MemoryHere(root_.path());
  EXPECT_EQ(memory.bytes, 4 * kGiB);
  EXPECT_TRUE(memory.is_own);
  EXPECT_EQ(DefaultJobMemory(memory), 3 * kGiB);
}

TEST_F(MachineMemoryTest, OldControlGroupsHaveLimitsToo) {
  WriteMachine();
  Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "2147483648\n");
  EXPECT_EQ(MemoryHere(root_.path()).bytes, 2 * kGiB);
  Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");  // None.
  EXPECT_EQ(MemoryHere(root_.path()).bytes, 16 * kGiB);
}

TEST_F(MachineMemoryTest, WhereNothingCanBeToldThereIsNoBudget) {
  EXPECT_EQ(DefaultJobMemory(MemoryHere(root_.path())), 0);
  EXPECT_GT(DefaultJobMemory(MemoryHere()), 0);  // Here it can.
}

}  // namespace
}  // namespace clientele::training
