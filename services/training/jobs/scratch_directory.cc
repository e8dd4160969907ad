#include "services/training/jobs/scratch_directory.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace clientele::training {
namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "clientele-worker-";

bool IsAlive(pid_t pid) { return kill(pid, 0) == 0 || errno != ESRCH; }

// A folder's name says which process made it.
void SweepLeftOvers(const std::string& root) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(root, error)) {
    const std::string name = entry.path().filename().string();
    absl::string_view rest = name;
    int pid = 0;
    if (!absl::ConsumePrefix(&rest, kPrefix) || !absl::SimpleAtoi(rest.substr(0, rest.find('-')), &pid)) continue;
    if (!IsAlive(pid)) fs::remove_all(entry.path(), error);
  }
}

}  // namespace

absl::StatusOr<ScratchDirectory> ScratchDirectory::Make(const std::string& root) {
  SweepLeftOvers(root);
  std::string path = absl::StrCat(root, "/", kPrefix, getpid(), "-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot make a folder in ", root, ": ", std::strerror(errno)));
  }
  return ScratchDirectory(std::move(path));
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code error;
  if (!path_.empty()) fs::remove_all(path_, error);
}

ScratchDirectory::ScratchDirectory(ScratchDirectory&& other) noexcept : path_(std::exchange(other.path_, "")) {}

ScratchDirectory& ScratchDirectory::operator=(ScratchDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

std::string ScratchRoot() {
  constexpr char kMemory[] = "/dev/shm";
  std::error_code error;
  if (access(kMemory, W_OK) == 0) return kMemory;
  return fs::temp_directory_path(error).string();
}

}  // namespace clientele::training
