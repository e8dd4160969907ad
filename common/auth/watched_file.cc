#include "common/auth/watched_file.h"

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace clientele::auth {
namespace {

constexpr int64_t kLargestFile = 1 << 20;

}  // namespace

FileStamp StampOf(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return {};
  return {static_cast<int64_t>(status.st_ino), static_cast<int64_t>(status.st_size),
          int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

absl::StatusOr<std::string> ReadTextFile(const std::string& path) {
  const FileStamp stamp = StampOf(path);
  std::ifstream file(path, std::ios::binary);
  if (stamp.size < 0 || !file) return absl::NotFoundError(absl::StrCat(path, " cannot be read"));
  if (stamp.size > kLargestFile) return absl::InvalidArgumentError(absl::StrCat(path, " is longer than 1 MiB"));
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

}  // namespace clientele::auth
