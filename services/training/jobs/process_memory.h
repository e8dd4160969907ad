// What a process and all it has started hold in memory, as /proc shows it.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace clientele::training {

struct ProcessMemory {
  int64_t resident = 0;  // Now. Pages that several of them share count for each.
  int64_t peak = 0;      // The sum of each one's most, of those that are there now.
};

// Of `root` and its descendants, in bytes; those that end meanwhile are left out.
ProcessMemory MemoryOfTree(pid_t root);

}  // namespace clientele::training
