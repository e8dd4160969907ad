// Delimited protobuf messages over pipes: a varint length, then the message. What a worker and its service speak.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/training/v1/worker.pb.h"

namespace clientele::training {

// Longest message that is read. An evaluation of a thousand clusters over a thousand features fits.
inline constexpr size_t kMaxWorkerMessageBytes = 256 << 20;

// `message` with its length before it.
std::string Delimited(const google::protobuf::MessageLite& message);

// Events out of bytes that come in pieces. Thread-compatible.
class WorkerEventReader {
 public:
  void Append(absl::string_view bytes) { buffer_.append(bytes.data(), bytes.size()); }
  // Whether there was a whole event. INTERNAL where the bytes are none of ours; then nothing more can be read.
  absl::StatusOr<bool> Next(v1::WorkerEvent& event);

 private:
  std::string buffer_;
  size_t read_ = 0;  // Bytes of `buffer_` that are done with.
};

// The one message that `fd` holds, to its end. INTERNAL where it cannot be read.
absl::StatusOr<v1::WorkerJob> ReadWorkerJob(int fd);

// Blocks. UNAVAILABLE where the reader has gone.
absl::Status WriteAll(int fd, absl::string_view bytes);

}  // namespace clientele::training
