#include "services/training/learners/instruction_set.h"

#include <hwy/highway.h>

namespace clientele::training {

std::string InstructionSet() {
  const int64_t usable = hwy::SupportedTargets() & HWY_TARGETS;
  return hwy::TargetName(usable & -usable);  // Better sets have lower bits.
}

}  // namespace clientele::training
