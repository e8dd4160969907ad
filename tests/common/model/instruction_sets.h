// Every instruction set that the kernels were compiled for and this processor has.
#pragma once

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <cstdint>

namespace clientele::testutil {

// Calls check() with the kernels on one after the other; on the best again when it ends.
template <typename Check>
void ForEachInstructionSet(Check check) {
  const auto use = [](int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  };
  use(0);
  for (int64_t left = hwy::SupportedTargets() & HWY_TARGETS; left != 0; left &= left - 1) {
    const int64_t target = left & -left;
    use(target);
    SCOPED_TRACE(hwy::TargetName(target));
    check();
  }
  use(0);
}

}  // namespace clientele::testutil
