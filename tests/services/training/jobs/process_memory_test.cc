#include "services/training/jobs/process_memory.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "gtest/gtest.h"

namespace clientele::training {
namespace {

constexpr size_t kBytes = 64 << 20;

// A child that holds kBytes until the test is done with it.
class Holder {
 public:
  Holder() {
    int ready[2];
    EXPECT_EQ(pipe(ready), 0);
    pid_ = fork();
    if (pid_ == 0) {
      std::vector<char> held(kBytes, 1);
      held[kBytes / 2] = static_cast<char>(write(ready[1], "x", 1));
      pause();
      _exit(held.back());
    }
    char answer = 0;
    EXPECT_EQ(read(ready[0], &answer, 1), 1);
    close(ready[0]);
    close(ready[1]);
  }
  ~Holder() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

TEST(ProcessMemoryTest, TellsWhatAProcessHolds) {
  const Holder child;
  const ProcessMemory memory = MemoryOfTree(child.pid());
  EXPECT_GE(memory.resident, static_cast<int64_t>(kBytes));
  EXPECT_GE(memory.peak, memory.resident);
}

TEST(ProcessMemoryTest, CountsWhatItHasStarted) {
  const int64_t alone = MemoryOfTree(getpid()).resident;
  const Holder one, other;
  EXPECT_GE(MemoryOfTree(getpid()).resident, alone + 2 * static_cast<int64_t>(kBytes));
}

TEST(ProcessMemoryTest, APeakStays) {
  {
    std::vector<char> held(2 * kBytes);
    volatile char* const bytes = held.data();  // Else a compiler may leave it out.
    for (size_t page = 0; page < held.size(); page += 4096) bytes[page] = 1;
  }
  EXPECT_GE(MemoryOfTree(getpid()).peak, static_cast<int64_t>(2 * kBytes));
}

TEST(ProcessMemoryTest, AProcessThatIsGoneHoldsNothing) {
  pid_t gone = 0;
  {
    const Holder child;
    gone = child.pid();
  }
  const ProcessMemory memory = MemoryOfTree(gone);
  EXPECT_EQ(memory.resident, 0);
  EXPECT_EQ(memory.peak, 0);
}

}  // namespace
}  // namespace clientele::training
