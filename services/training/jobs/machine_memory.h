// How much memory this program may use: of its control group where that has a limit, else of the machine.
#pragma once

#include <cstdint>
#include <string>

namespace clientele::training {

struct MachineMemory {
  int64_t bytes = 0;
  bool is_own = false;  // A control group's limit: of this program and what it starts, not shared with others.
};

// `root` is where /proc and /sys are: "" but in tests. 0 bytes: it cannot be told.
MachineMemory MemoryHere(const std::string& root = "");

// What jobs may use together unless the settings say otherwise: three quarters of a limit of our own, for the service
// and its readiness checks live in the rest; half of a machine, which the other programs share. 0: no budget.
int64_t DefaultJobMemory(const MachineMemory& memory);

}  // namespace clientele::training
