#include "services/training/jobs/worker_wire.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace clientele::training {

using google::protobuf::io::CodedInputStream;

std::string Delimited(const google::protobuf::MessageLite& message) {
  const std::string bytes = message.SerializeAsString();
  std::string result;
  {
    google::protobuf::io::StringOutputStream stream(&result);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.WriteVarint32(static_cast<uint32_t>(bytes.size()));
  }
  return result + bytes;
}

absl::StatusOr<bool> WorkerEventReader::Next(v1::WorkerEvent& event) {
  const absl::string_view rest = absl::string_view(buffer_).substr(read_);
  CodedInputStream coded(reinterpret_cast<const uint8_t*>(rest.data()), static_cast<int>(rest.size()));
  uint32_t length = 0;
  if (!coded.ReadVarint32(&length)) {
    if (rest.size() < 10) return false;  // The longest varint.
    return absl::InternalError("the worker wrote something that is no event");
  }
  if (length > kMaxWorkerMessageBytes) {
    return absl::InternalError(absl::StrCat("the worker wrote an event of ", length, " bytes"));
  }
  const size_t start = static_cast<size_t>(coded.CurrentPosition());
  if (rest.size() - start < length) return false;
  if (!event.ParseFromArray(rest.data() + start, static_cast<int>(length))) {
    return absl::InternalError("the worker wrote something that is no event");
  }
  read_ += start + length;
  if (read_ == buffer_.size()) {
    buffer_.clear();
    read_ = 0;
  }
  return true;
}

absl::StatusOr<v1::WorkerJob> ReadWorkerJob(int fd) {
  std::string bytes;
  char piece[1 << 16];
  while (true) {
    const ssize_t n = read(fd, piece, sizeof(piece));
    if (n == 0) break;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::InternalError(absl::StrCat("cannot read the job: ", std::strerror(errno)));
    bytes.append(piece, static_cast<size_t>(n));
    if (bytes.size() > kMaxWorkerMessageBytes) return absl::InternalError("the job is too long");
  }
  v1::WorkerJob job;
  if (bytes.empty() || !job.ParseFromString(bytes)) return absl::InternalError("standard input holds no job");
  return job;
}

absl::Status WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::UnavailableError(absl::StrCat("cannot write: ", std::strerror(errno)));
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

}  // namespace clientele::training
