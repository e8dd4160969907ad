#include "services/cli/output/file.h"

#include <cerrno>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace clientele::cli {

absl::Status WriteFile(absl::string_view bytes, const std::string& path) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file) return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return file ? absl::OkStatus() : absl::InternalError(absl::StrCat("cannot write ", path));
}

}  // namespace clientele::cli
