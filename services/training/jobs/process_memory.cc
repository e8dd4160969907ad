#include "services/training/jobs/process_memory.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace clientele::training {
namespace {

void Add(pid_t process, ProcessMemory& memory) {
  std::ifstream file(absl::StrCat("/proc/", process, "/status"));
  std::string key, rest;
  while (file >> key) {
    int64_t kilobytes = 0;
    if (key == "VmHWM:" && file >> kilobytes) memory.peak += kilobytes * 1024;
    if (key == "VmRSS:" && file >> kilobytes) {  // Comes after it.
      memory.resident += kilobytes * 1024;
      return;
    }
    std::getline(file, rest);
  }
}

}  // namespace

ProcessMemory MemoryOfTree(pid_t root) {
  ProcessMemory memory;
  std::vector<pid_t> processes = {root};
  for (size_t i = 0; i < processes.size(); ++i) {
    Add(processes[i], memory);
    std::error_code error;  // It may end at any time.
    std::filesystem::directory_iterator thread(absl::StrCat("/proc/", processes[i], "/task"), error);
    while (!error && thread != std::filesystem::directory_iterator()) {
      std::ifstream children(thread->path() / "children");
      for (pid_t child = 0; children >> child;) processes.push_back(child);
      thread.increment(error);
    }
  }
  return memory;
}

}  // namespace clientele::training
