// MPI's nonblocking calls: whether they are done, and what their errors say.
#pragma once

#include <mpi.h>

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status_macros.h"

namespace clientele::training {

inline absl::Status FromMpi(int error, absl::string_view call) {
  if (error == MPI_SUCCESS) return absl::OkStatus();
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(error, text, &length);
  return absl::UnavailableError(absl::StrCat(call, ": ", absl::string_view(text, static_cast<size_t>(length))));
}

// Requests on their way. Their buffers must live until they are done. Where the group ends before that they are left as
// they are, for MPI can take back no collective: nobody sends to a group that has ended, and this process is about to
// end too.
class Requests {
 public:
  MPI_Request* Add() { return &requests_.emplace_back(MPI_REQUEST_NULL); }
  // Asks MPI about those that were not done. True: all are.
  absl::StatusOr<bool> Test() {
    bool all = true;
    for (MPI_Request& request : requests_) {
      int done = 1;
      if (request == MPI_REQUEST_NULL) continue;
      CLIENTELE_RETURN_IF_ERROR(FromMpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test"));
      all = all && done != 0;
    }
    return all;
  }
  bool IsDone(size_t i) const { return requests_[i] == MPI_REQUEST_NULL; }

 private:
  std::vector<MPI_Request> requests_;
};

}  // namespace clientele::training
