// Ranks as processes of one MPI job, on one machine or on many.
//
//   CLIENTELE_ASSIGN_OR_RETURN(const auto session, MpiSession::Start());
//   CLIENTELE_ASSIGN_OR_RETURN(const auto communicator, session->MakeCommunicator(absl::Seconds(60)));
//
// MPI moves bytes and takes maxima; it never adds. MPI_THREAD_FUNNELED: the thread that started the session is the one
// that calls it, and Abort from another thread is heard when that one comes next.
//
// A collective has two parts. First every rank tells rank 0 that it has come, and for what; rank 0 answers with what
// each brings. So ranks that call different things, or do not come, are found and named before data moves, for 64 bytes
// and 8 a rank. Then the data go, without blocking calls: whoever waits looks at the clock and for the group's end.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/training/communicator/communicator.h"

namespace clientele::training {

// MPI itself: one a process, once. Thread-compatible.
class MpiSession {
 public:
  static absl::StatusOr<std::unique_ptr<MpiSession>> Start();
  // Waits for the other ranks, as MPI demands. Where one may have gone, call Abandon instead.
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }

  // A group of all ranks, apart from other groups; every rank calls this, in the same order. A rank that does not come
  // to a collective within `timeout` of rank 0 is named by rank 0; one that goes while data move, after twice as long;
  // that rank 0 itself is missing the others notice after twice or three times as long. Where ranks cannot reach one
  // another at all, this ends the process after two minutes.
  absl::StatusOr<std::unique_ptr<Communicator>> MakeCommunicator(absl::Duration timeout);

  // Ends every process of the job, those that hang too. Does not return.
  [[noreturn]] void Abandon(int exit_code);

 private:
  MpiSession(int rank, int size) : rank_(rank), size_(size) {}

  const int rank_;
  const int size_;
};

}  // namespace clientele::training
