#include "services/training/communicator/mpi_communicator.h"

#include <mpi.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "services/training/communicator/meeting_timeout.h"
#include "services/training/communicator/mpi_requests.h"

namespace clientele::training {
namespace {

enum Tag { kArrivalTag, kAnswerTag, kEndTag, kDataTag, kRollCallTag, kPresentTag };

constexpr int64_t kPieceBytes = int64_t{1} << 30;  // MPI counts in ints.
constexpr size_t kMostCauseBytes = 1000;           // Small enough that MPI sends it without asking the receiver.

// How a rank waits: at first it only yields, for an answer is near; later it sleeps, for others may need the core.
constexpr absl::Duration kYieldingTime = absl::Milliseconds(2);
constexpr absl::Duration kShortSleep = absl::Microseconds(100);
constexpr absl::Duration kImpatience = absl::Seconds(1);
constexpr absl::Duration kLongSleep = absl::Milliseconds(2);
// More than this between two looks is no waiting: this process was stopped, or had no core. It must not blame the
// others.
constexpr absl::Duration kLongestLook = absl::Milliseconds(100);
constexpr absl::Duration kFarewell = absl::Seconds(1);  // For telling the others that the group has ended.

constexpr unsigned kMeetingSeconds = 120;

// What a rank tells rank 0 when it comes to a collective. Cut where it is longer: names of collectives are not.
struct Arrival {
  char kind[56];
  int64_t bytes;  // It brings.
};

class MpiCommunicator final : public Communicator {
 public:
  MpiCommunicator(MPI_Comm comm, int rank, int size, absl::Duration timeout)
      : comm_(comm),
        rank_(rank),
        size_(size),
        timeout_(timeout),
        thread_(std::this_thread::get_id()),
        arrivals_(size),
        bytes_(size) {}

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  absl::Status Barrier() override { return Meet("Barrier", 0); }

  absl::Status Broadcast(int root, std::string& bytes) override {
    CLIENTELE_RETURN_IF_ERROR(CheckRoot(root));
    CLIENTELE_RETURN_IF_ERROR(Meet(absl::StrCat("Broadcast from ", root), rank_ == root ? bytes.size() : 0));
    bytes.resize(bytes_[root]);
    Requests requests;
    return AwaitData(SendToAll(root, bytes.data(), bytes_[root], requests), requests, "Broadcast");
  }

  absl::Status AllReduceMax(absl::Span<double> values) override {
    const int64_t width = static_cast<int64_t>(values.size());
    CLIENTELE_RETURN_IF_ERROR(Meet(absl::StrCat("AllReduceMax of ", width), 0));
    if (width > kPieceBytes) return End(absl::InvalidArgumentError(absl::StrCat(width, " maxima are too many")));
    const std::vector<double> mine(values.begin(), values.end());
    Requests requests;
    const int error =
        MPI_Iallreduce(mine.data(), values.data(), static_cast<int>(width), MPI_DOUBLE, MPI_MAX, comm_, requests.Add());
    return AwaitData(FromMpi(error, "MPI_Iallreduce"), requests, "AllReduceMax");
  }

  // From rank to rank, and from the last one to all.
  absl::Status FoldInRankOrder(absl::Span<double> values, absl::FunctionRef<void(absl::Span<double>)> add) override {
    CLIENTELE_RETURN_IF_ERROR(Meet(absl::StrCat("FoldInRankOrder of ", values.size()), 0));
    char* data = reinterpret_cast<char*>(values.data());
    const auto size = static_cast<int64_t>(values.size() * sizeof(double));
    if (rank_ > 0) {
      Requests requests;
      CLIENTELE_RETURN_IF_ERROR(AwaitData(Receive(rank_ - 1, data, size, requests), requests,
                                          absl::StrCat("FoldInRankOrder for rank ", rank_ - 1)));
    }
    add(values);
    Requests requests;
    absl::Status started;
    // The last rank's is the result, which comes back into `values`: what goes on to the next rank is a copy.
    const std::string mine(data, rank_ + 1 < size_ ? static_cast<size_t>(size) : 0);
    if (rank_ + 1 < size_) started = Send(rank_ + 1, mine.data(), size, requests);
    if (started.ok()) started = SendToAll(size_ - 1, data, size, requests);
    return AwaitData(started, requests, "FoldInRankOrder");
  }

  absl::StatusOr<std::vector<std::string>> AllGather(const std::string& bytes) override {
    CLIENTELE_RETURN_IF_ERROR(Meet("AllGather", static_cast<int64_t>(bytes.size())));
    std::vector<std::string> all = RoomForAll(bytes);
    Requests requests;
    absl::Status started;
    for (int root = 0; root < size_ && started.ok(); ++root) {
      started = SendToAll(root, all[root].data(), bytes_[root], requests);
    }
    CLIENTELE_RETURN_IF_ERROR(AwaitData(started, requests, "AllGather"));
    return all;
  }

  absl::StatusOr<std::vector<std::string>> Gather(int root, const std::string& bytes) override {
    CLIENTELE_RETURN_IF_ERROR(CheckRoot(root));
    CLIENTELE_RETURN_IF_ERROR(Meet(absl::StrCat("Gather on ", root), static_cast<int64_t>(bytes.size())));
    Requests requests;
    if (rank_ != root) {
      CLIENTELE_RETURN_IF_ERROR(AwaitData(Send(root, bytes.data(), bytes_[rank_], requests), requests,
                                          absl::StrCat("Gather on rank ", root)));
      return std::vector<std::string>();
    }
    std::vector<std::string> all = RoomForAll(bytes);
    absl::Status started;
    for (int rank = 0; rank < size_ && started.ok(); ++rank) {
      if (rank != rank_) started = Receive(rank, all[rank].data(), bytes_[rank], requests);
    }
    CLIENTELE_RETURN_IF_ERROR(AwaitData(started, requests, "Gather"));
    return all;
  }

  void Abort(const absl::Status& cause) override {
    const absl::Status state = absl::AbortedError(absl::StrCat("rank ", rank_, " aborted: ", cause.message()));
    if (std::this_thread::get_id() == thread_) {
      (void)End(state);
      return;
    }
    absl::MutexLock lock(&mutex_);
    if (asked_.ok()) asked_ = state;
  }

 private:
  // ---- Who has come, and for what.

  // Every rank calls it with the same `kind`; bytes_ has what each brings afterwards.
  absl::Status Meet(absl::string_view kind, int64_t bytes) {
    CLIENTELE_RETURN_IF_ERROR(Check());
    return rank_ == 0 ? Welcome(kind, bytes) : Arrive(kind, bytes);
  }

  absl::Status Welcome(absl::string_view kind, int64_t bytes) {
    Requests coming;
    for (int rank = 1; rank < size_; ++rank) {
      const absl::Status started = FromMpi(
          MPI_Irecv(&arrivals_[rank], sizeof(Arrival), MPI_BYTE, rank, kArrivalTag, comm_, coming.Add()), "MPI_Irecv");
      if (!started.ok()) return End(started);
    }
    absl::Status state = Await(coming, timeout_);
    if (absl::IsDeadlineExceeded(state)) state = Missing(absl::StrCat("in ", kind), "came", coming);
    if (!state.ok()) return End(state);
    CLIENTELE_RETURN_IF_ERROR(Check());  // Who had come may have lost patience since.
    bytes_[0] = bytes;
    for (int rank = 1; rank < size_; ++rank) {
      const absl::string_view theirs(arrivals_[rank].kind);
      if (theirs != Cut(kind)) {
        return End(absl::InvalidArgumentError(absl::StrCat("rank ", rank, " called ", theirs, ", rank 0 ", kind)));
      }
      bytes_[rank] = arrivals_[rank].bytes;
    }
    Requests answers;
    for (int rank = 1; rank < size_; ++rank) {
      const absl::Status started =
          FromMpi(MPI_Isend(bytes_.data(), size_, MPI_INT64_T, rank, kAnswerTag, comm_, answers.Add()), "MPI_Isend");
      if (!started.ok()) return End(started);
    }
    return AwaitData(absl::OkStatus(), answers, kind);
  }

  absl::Status Arrive(absl::string_view kind, int64_t bytes) {
    Arrival& mine = arrivals_[rank_];
    std::memset(&mine, 0, sizeof(mine));
    std::memcpy(mine.kind, kind.data(), Cut(kind).size());
    mine.bytes = bytes;
    Requests requests;
    absl::Status state =
        FromMpi(MPI_Irecv(bytes_.data(), size_, MPI_INT64_T, 0, kAnswerTag, comm_, requests.Add()), "MPI_Irecv");
    if (state.ok()) {
      state = FromMpi(MPI_Isend(&mine, sizeof(mine), MPI_BYTE, 0, kArrivalTag, comm_, requests.Add()), "MPI_Isend");
    }
    if (state.ok()) state = Await(requests, 2 * timeout_);  // Rank 0 may have come late, and wait for others since.
    if (state.ok()) return state;
    if (absl::IsDeadlineExceeded(state) && Check().ok()) {
      state = absl::DeadlineExceededError(absl::StrCat("rank ", rank_, " waited ", absl::FormatDuration(2 * timeout_),
                                                       " in ", kind, ": rank 0 did not come"));
    }
    return End(state);
  }

  // One request of `coming` for each rank but 0.
  absl::Status Missing(absl::string_view where, absl::string_view what, const Requests& coming) const {
    std::vector<int> missing;
    for (int rank = 1; rank < size_; ++rank) {
      if (!coming.IsDone(static_cast<size_t>(rank - 1))) missing.push_back(rank);
    }
    return absl::DeadlineExceededError(absl::StrCat("rank 0 waited ", absl::FormatDuration(timeout_), " ", where, ": ",
                                                    size_ - missing.size(), " of ", size_, " ranks ", what,
                                                    "; missing: ", absl::StrJoin(missing, ", ")));
  }

  static absl::string_view Cut(absl::string_view kind) { return kind.substr(0, sizeof(Arrival::kind) - 1); }

  absl::Status CheckRoot(int root) {
    if (root >= 0 && root < size_) return absl::OkStatus();
    return End(absl::InvalidArgumentError(absl::StrCat("root ", root, " is no rank of a group of ", size_)));
  }

  // ---- Data.

  std::vector<std::string> RoomForAll(const std::string& mine) const {
    std::vector<std::string> all(size_);
    for (int rank = 0; rank < size_; ++rank) all[rank].resize(rank == rank_ ? 0 : static_cast<size_t>(bytes_[rank]));
    all[rank_] = mine;
    return all;
  }

  // Starts `piece` (offset, bytes as MPI counts them) for each piece of `size` bytes.
  template <typename Piece>
  static absl::Status InPieces(int64_t size, absl::string_view call, Piece piece) {
    for (int64_t at = 0; at < size; at += kPieceBytes) {
      CLIENTELE_RETURN_IF_ERROR(FromMpi(piece(at, static_cast<int>(std::min(kPieceBytes, size - at))), call));
    }
    return absl::OkStatus();
  }
  absl::Status SendToAll(int root, char* data, int64_t size, Requests& requests) {
    return InPieces(size, "MPI_Ibcast", [&](int64_t at, int bytes) {
      return MPI_Ibcast(data + at, bytes, MPI_BYTE, root, comm_, requests.Add());
    });
  }
  absl::Status Send(int to, const char* data, int64_t size, Requests& requests) {
    return InPieces(size, "MPI_Isend", [&](int64_t at, int bytes) {
      return MPI_Isend(data + at, bytes, MPI_BYTE, to, kDataTag, comm_, requests.Add());
    });
  }
  absl::Status Receive(int from, char* data, int64_t size, Requests& requests) {
    return InPieces(size, "MPI_Irecv", [&](int64_t at, int bytes) {
      return MPI_Irecv(data + at, bytes, MPI_BYTE, from, kDataTag, comm_, requests.Add());
    });
  }

  // ---- Waiting, and the end.

  // All ranks have come; one may go while data move. Rank 0 finds out which, and the others give it the time.
  absl::Status AwaitData(absl::Status started, Requests& requests, absl::string_view what) {
    const absl::Duration patience = rank_ == 0 ? timeout_ : 3 * timeout_;
    if (started.ok()) started = Await(requests, patience);
    if (started.ok()) return started;
    if (absl::IsDeadlineExceeded(started) && Check().ok()) {
      started =
          rank_ == 0
              ? CallTheRoll(what)
              : absl::DeadlineExceededError(absl::StrCat("rank ", rank_, " waited ", absl::FormatDuration(patience),
                                                         " for data in ", what, ": rank 0 has gone"));
    }
    return End(started);
  }

  // Why data do not move: whoever waits answers.
  absl::Status CallTheRoll(absl::string_view what) {
    Requests calls, coming;
    absl::Status state;
    for (int rank = 1; rank < size_ && state.ok(); ++rank) {
      state = FromMpi(MPI_Irecv(nullptr, 0, MPI_BYTE, rank, kPresentTag, comm_, coming.Add()), "MPI_Irecv");
      if (!state.ok()) break;
      state = FromMpi(MPI_Isend(nullptr, 0, MPI_BYTE, rank, kRollCallTag, comm_, calls.Add()), "MPI_Isend");
    }
    if (state.ok()) state = Await(coming, timeout_);
    if (state.ok())
      return absl::DeadlineExceededError(absl::StrCat("no data move in ", what, ", but all ranks are there"));
    return absl::IsDeadlineExceeded(state) ? Missing(absl::StrCat("for data in ", what), "are there", coming) : state;
  }

  absl::Status AnswerTheRoll() {
    int called = 0;
    CLIENTELE_RETURN_IF_ERROR(FromMpi(MPI_Iprobe(0, kRollCallTag, comm_, &called, MPI_STATUS_IGNORE), "MPI_Iprobe"));
    if (called == 0) return absl::OkStatus();
    CLIENTELE_RETURN_IF_ERROR(
        FromMpi(MPI_Recv(nullptr, 0, MPI_BYTE, 0, kRollCallTag, comm_, MPI_STATUS_IGNORE), "MPI_Recv"));
    // Of no bytes: it does not wait for the receiver.
    return FromMpi(MPI_Send(nullptr, 0, MPI_BYTE, 0, kPresentTag, comm_), "MPI_Send");
  }

  // DEADLINE_EXCEEDED: they are not done in time. Else why the group has ended.
  absl::Status Await(Requests& requests, absl::Duration patience) {
    absl::Duration waited;
    absl::Time last_look = absl::Now();
    while (true) {
      CLIENTELE_ASSIGN_OR_RETURN(const bool done, requests.Test());
      if (done) return absl::OkStatus();
      CLIENTELE_RETURN_IF_ERROR(Check());
      const absl::Time now = absl::Now();
      waited += std::min(now - std::exchange(last_look, now), kLongestLook);
      if (waited > patience) return absl::DeadlineExceededError("");
      if (waited < kYieldingTime) {
        sched_yield();
      } else {
        absl::SleepFor(waited < kImpatience ? kShortSleep : kLongSleep);
      }
    }
  }

  // Why the group has ended, if it has: here, on another thread of this rank, or on another rank.
  absl::Status Check() {
    if (!state_.ok()) return state_;
    absl::Status asked;
    {
      absl::MutexLock lock(&mutex_);
      asked = asked_;
    }
    if (!asked.ok()) return End(asked);
    CLIENTELE_RETURN_IF_ERROR(AnswerTheRoll());
    int found = 0;
    MPI_Status envelope;
    CLIENTELE_RETURN_IF_ERROR(FromMpi(MPI_Iprobe(MPI_ANY_SOURCE, kEndTag, comm_, &found, &envelope), "MPI_Iprobe"));
    if (found == 0) return absl::OkStatus();
    char text[kMostCauseBytes + 1];
    int size = 0;
    MPI_Get_count(&envelope, MPI_BYTE, &size);
    const int error = MPI_Recv(text, sizeof(text), MPI_BYTE, envelope.MPI_SOURCE, kEndTag, comm_, MPI_STATUS_IGNORE);
    if (error != MPI_SUCCESS || size < 1) return End(FromMpi(error, "MPI_Recv"));
    state_ = absl::Status(static_cast<absl::StatusCode>(text[0]),
                          absl::string_view(text + 1, static_cast<size_t>(size - 1)));
    return state_;
  }

  // Ends the group here and tells the others; returns why it has ended, which is what ended it first.
  absl::Status End(const absl::Status& state) {
    if (!state_.ok()) return state_;
    state_ = state;
    farewell_ = absl::StrCat(std::string(1, static_cast<char>(state.code())),
                             absl::string_view(state.message()).substr(0, kMostCauseBytes));
    Requests sent;
    for (int rank = 0; rank < size_; ++rank) {
      if (rank == rank_) continue;
      MPI_Isend(farewell_.data(), static_cast<int>(farewell_.size()), MPI_BYTE, rank, kEndTag, comm_, sent.Add());
    }
    for (const absl::Time end = absl::Now() + kFarewell; absl::Now() < end; absl::SleepFor(kShortSleep)) {
      if (sent.Test().value_or(true)) break;
    }
    return state_;
  }

  const MPI_Comm comm_;  // Never freed: a group that has ended may still be waited in by others.
  const int rank_;
  const int size_;
  const absl::Duration timeout_;
  const std::thread::id thread_;
  std::vector<Arrival> arrivals_;  // [size]; on rank 0 of all, elsewhere its own.
  std::vector<int64_t> bytes_;     // [size]: what each rank brings to the collective.
  absl::Status state_;             // Why the group has ended.
  std::string farewell_;
  absl::Mutex mutex_;
  absl::Status asked_ ABSL_GUARDED_BY(mutex_);  // To end it, by another thread.
};

}  // namespace

absl::StatusOr<std::unique_ptr<MpiSession>> MpiSession::Start() {
  int provided = 0;
  CLIENTELE_RETURN_IF_ERROR(
      FromMpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread"));
  int rank = 0, size = 0;
  CLIENTELE_RETURN_IF_ERROR(FromMpi(MPI_Comm_rank(MPI_COMM_WORLD, &rank), "MPI_Comm_rank"));
  CLIENTELE_RETURN_IF_ERROR(FromMpi(MPI_Comm_size(MPI_COMM_WORLD, &size), "MPI_Comm_size"));
  if (provided < MPI_THREAD_FUNNELED) return absl::FailedPreconditionError("this MPI allows no threads beside it");
  return std::unique_ptr<MpiSession>(new MpiSession(rank, size));
}

MpiSession::~MpiSession() { MPI_Finalize(); }

absl::StatusOr<std::unique_ptr<Communicator>> MpiSession::MakeCommunicator(absl::Duration timeout) {
  const MeetingTimeout meeting(kMeetingSeconds);
  MPI_Comm comm = MPI_COMM_NULL;
  CLIENTELE_RETURN_IF_ERROR(FromMpi(MPI_Comm_dup(MPI_COMM_WORLD, &comm), "MPI_Comm_dup"));
  CLIENTELE_RETURN_IF_ERROR(FromMpi(MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler"));
  return std::make_unique<MpiCommunicator>(comm, rank_, size_, timeout);
}

void MpiSession::Abandon(int exit_code) {
  MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::_Exit(exit_code);
}

}  // namespace clientele::training
