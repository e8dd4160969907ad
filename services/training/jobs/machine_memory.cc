#include "services/training/jobs/machine_memory.h"

#include <fstream>

namespace clientele::training {
namespace {

// The number that a file holds; 0: none ("max" among them).
int64_t NumberIn(const std::string& path) {
  std::ifstream file(path);
  int64_t number = 0;
  return file >> number && number > 0 ? number : 0;
}

int64_t MachineBytes(const std::string& root) {
  std::ifstream file(root + "/proc/meminfo");
  std::string key;
  int64_t kilobytes = 0;
  for (std::string unit; file >> key >> kilobytes && std::getline(file, unit);) {
    if (key == "MemTotal:") return kilobytes * 1024;
  }
  return 0;
}

}  // namespace

MachineMemory MemoryHere(const std::string& root) {
  const int64_t machine = MachineBytes(root);
  // Inside a container its group is the root; version 2 of control groups, then version 1.
  for (const char* file : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    const int64_t limit = NumberIn(root + file);
    if (limit > 0 && (machine == 0 || limit < machine)) return {limit, /*is_own=*/true};
  }
  return {machine, /*is_own=*/false};
}

int64_t DefaultJobMemory(const MachineMemory& memory) {
  return memory.is_own ? memory.bytes / 4 * 3 : memory.bytes / 2;
}

}  // namespace clientele::training
