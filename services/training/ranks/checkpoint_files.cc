#include "services/training/ranks/checkpoint_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "services/training/jobs/file_descriptor.h"
#include "services/training/jobs/worker_wire.h"

namespace clientele::training {
namespace {

using observability::Log;
using observability::LogLevel;

constexpr int kFormatVersion = 1;

absl::Status FromErrno(absl::string_view what, const std::string& path) {
  return absl::UnavailableError(absl::StrCat(what, " ", path, ": ", std::strerror(errno)));
}

// Beside its place first, so that a crash leaves the old file or the new one.
absl::Status Replace(const std::string& path, const std::string& bytes) {
  const std::string beside = absl::StrCat(path, ".", getpid(), ".tmp");
  {
    const FileDescriptor file(open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file.is_open()) return FromErrno("open", beside);
    CLIENTELE_RETURN_IF_ERROR(WriteAll(file.get(), bytes));
    if (fdatasync(file.get()) != 0) return FromErrno("fdatasync", beside);
  }
  if (rename(beside.c_str(), path.c_str()) != 0) return FromErrno("rename", beside);
  return absl::OkStatus();
}

}  // namespace

std::string CheckpointFiles::PathOf(absl::string_view task) const {
  return absl::StrCat(directory_, "/", task, ".checkpoint");
}

v1::Checkpoint CheckpointFiles::Load(absl::string_view task) const {
  v1::Checkpoint begin;
  begin.set_task(std::string(task));
  if (directory_.empty()) return begin;
  std::ifstream in(PathOf(task), std::ios::binary);
  if (!in) return begin;
  std::ostringstream bytes;
  bytes << in.rdbuf();
  v1::CheckpointFile file;
  v1::Checkpoint found;
  const bool sound = file.ParseFromString(bytes.str()) && file.format_version() == kFormatVersion &&
                     file.sha256() == Sha256Hex(file.checkpoint()) && found.ParseFromString(file.checkpoint()) &&
                     found.task() == task;
  if (!sound) {
    Log(LogLevel::kWarn, "checkpoint not usable", {{"path", PathOf(task)}});
    return begin;
  }
  Log(LogLevel::kInfo, "going on from a checkpoint", {{"steps", absl::StrCat(found.ended_size())}});
  return found;
}

Journal::Save CheckpointFiles::SaverOf(std::string task) const {
  if (directory_.empty()) return nullptr;
  return [this, task = std::move(task)](const v1::Checkpoint& checkpoint) {
    v1::CheckpointFile file;
    file.set_format_version(kFormatVersion);
    file.set_checkpoint(checkpoint.SerializeAsString());
    file.set_sha256(Sha256Hex(file.checkpoint()));
    std::error_code error;
    std::filesystem::create_directories(directory_, error);
    const absl::Status status = Replace(PathOf(task), file.SerializeAsString());
    if (!status.ok()) Log(LogLevel::kWarn, "checkpoint not written", {{"error", status.message()}});
  };
}

}  // namespace clientele::training
