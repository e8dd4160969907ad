// Which of the processor's instruction sets the learners' kernels use.
#pragma once

#include <string>

namespace clientele::training {

// The best one that this processor has and the kernels were compiled for: "AVX3", "AVX2", "SSE4".
std::string InstructionSet();

}  // namespace clientele::training
