// What a worker that ended without an answer said of it, out of the end of its standard error.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace clientele::training {

// What mpirun says of a rank that it lost: "process rank 1 ... exited on signal 9 (Killed)". Empty: nothing.
std::string LostRank(absl::string_view said);

// That; else what a rank said of the others; else the last line.
std::string LastWords(absl::string_view said);

}  // namespace clientele::training
