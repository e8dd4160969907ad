#include "services/cli/local/staying_files.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/backup/files.h"
#include "common/base/status_macros.h"

namespace clientele::cli {
namespace {

namespace fs = std::filesystem;

absl::Status CopyOne(const std::string& from, const std::string& to) {
  CLIENTELE_RETURN_IF_ERROR(backup::MakeDirectories(fs::path(to).parent_path().string()));
  std::error_code ignored;
  fs::remove(to, ignored);  // Of a call that was ended in the middle.
  return backup::CopyFile(from, to).status();
}

}  // namespace

absl::StatusOr<int64_t> CopyStaying(const storage::Move::Staying& staying, const std::string& target) {
  int64_t copied = 0;
  for (const std::string& name : staying.names) {
    const std::string from = absl::StrCat(staying.directory.path, "/", name), to = absl::StrCat(target, "/", name);
    std::error_code error;
    if (!fs::is_directory(from, error)) {
      CLIENTELE_RETURN_IF_ERROR(CopyOne(from, to));
      ++copied;
      continue;
    }
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> files, backup::ListFiles(from));
    for (const std::string& file : files) {
      CLIENTELE_RETURN_IF_ERROR(CopyOne(absl::StrCat(from, "/", file), absl::StrCat(to, "/", file)));
      ++copied;
    }
  }
  CLIENTELE_RETURN_IF_ERROR(backup::MakeDirectories(target));
  CLIENTELE_RETURN_IF_ERROR(backup::SyncDirectories(target));
  return copied;
}

}  // namespace clientele::cli
