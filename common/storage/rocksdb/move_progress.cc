#include "common/storage/rocksdb/move_progress.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::storage {
namespace {

namespace fs = std::filesystem;

std::string PathIn(const std::string& directory) { return directory + "/unfinished_move"; }

absl::Status Fails(absl::string_view doing, const std::string& path) {
  return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed, absl::StrCat("cannot ", doing, " ", path));
}

absl::Status Sync(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  return synced ? absl::OkStatus() : Fails("sync", path);
}

}  // namespace

absl::StatusOr<MoveProgress> ReadMoveProgress(const std::string& directory) {
  std::ifstream file(PathIn(directory), std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("no move into ", directory, " is under way"));
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  MoveProgress progress;
  for (const std::string& line : lines) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 3));
    if (parts.size() != 4) return Fails("read", PathIn(directory));
    progress[parts[0]] = {parts[3], {absl::HexStringToBytes(parts[2]), parts[1] == "1"}};
  }
  return progress;
}

absl::Status WriteMoveProgress(const std::string& directory, const MoveProgress& progress) {
  const std::string path = PathIn(directory), next = path + ".new";
  std::error_code error;
  const bool is_done =
      std::all_of(progress.begin(), progress.end(), [](const auto& entry) { return entry.second.progress.is_done; });
  if (is_done) {
    fs::remove(path, error);
    return error ? Fails("remove", path) : Sync(directory);
  }
  {
    std::ofstream file(next, std::ios::binary | std::ios::trunc);
    for (const auto& [layout, at] : progress) {
      file << layout << (at.progress.is_done ? " 1 " : " 0 ") << absl::BytesToHexString(at.progress.position) << " "
           << at.source << "\n";
    }
    if (!file.flush()) return Fails("write", next);
  }
  CLIENTELE_RETURN_IF_ERROR(Sync(next));
  fs::rename(next, path, error);
  return error ? Fails("write", path) : Sync(directory);
}

absl::Status CheckNoMove(const std::string& directory) {
  std::error_code error;
  if (!fs::exists(PathIn(directory), error)) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed,
               absl::StrCat("`clientele move` into ", directory,
                            " has not ended: run it again, until it says that all is equal"));
}

}  // namespace clientele::storage
