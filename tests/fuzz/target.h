// A fuzz target: a function that takes any bytes and must neither crash nor break what it requires.
//
// One file a target, used two ways: libFuzzer drives it for as long as one likes (scripts/fuzz), and replay.cc drives
// it through the kept corpus and seeded mutations of it inside the tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/string_view.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace clientele::fuzz {

inline absl::string_view Text(const uint8_t* data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

// What must hold whatever the input; else the target stops where it is.
inline void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// Takes the first byte off, for targets that have a choice to make.
inline uint8_t TakeByte(absl::string_view& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<uint8_t>(input[0]);
  input.remove_prefix(1);
  return byte;
}

}  // namespace clientele::fuzz
