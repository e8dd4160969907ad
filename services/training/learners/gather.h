// What every rank has, one after the other: the same on all of them.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/status_macros.h"
#include "services/training/communicator/communicator.h"

namespace clientele::training {

// The values of all ranks, in rank order. Errors of the communicator.
template <typename T>
absl::StatusOr<std::vector<T>> GatherValues(Communicator& communicator, const std::vector<T>& mine) {
  const std::string bytes(reinterpret_cast<const char*>(mine.data()), mine.size() * sizeof(T));
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> parts, communicator.AllGather(bytes));
  std::vector<T> all;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    const size_t before = all.size();
    all.resize(before + part.size() / sizeof(T));
    std::memcpy(all.data() + before, part.data(), part.size());
  }
  return all;
}

}  // namespace clientele::training
