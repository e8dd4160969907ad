#include "tests/testing/test_data.h"

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"

namespace clientele::testutil {
namespace {

namespace fs = std::filesystem;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// `start` or the nearest directory above it that holds `marker`; "" for none.
std::string Upwards(fs::path start, absl::string_view marker) {
  for (fs::path at = start;; at = at.parent_path()) {
    if (fs::exists(at / std::string(marker))) return at.string();
    if (at == at.root_path() || at.empty()) return "";
  }
}

std::string DataDir() {
  std::string dir = Environment("CLIENTELE_TEST_DATA");
  return dir.empty() ? absl::StrCat(SourceDir(), "/../shared/data") : dir;
}

}  // namespace

std::string SourceDir() {
  std::string dir = Environment("CLIENTELE_SOURCE_DIR");
  return dir.empty() ? Upwards(fs::current_path(), "CMakePresets.json") : dir;
}

std::string ProgramPath(absl::string_view name) {
  std::string dir = Environment("CLIENTELE_BIN_DIR");
  if (dir.empty()) dir = Upwards(fs::read_symlink("/proc/self/exe"), "CMakeCache.txt") + "/bin";
  return absl::StrCat(dir, "/", name);
}

std::optional<std::string> TestData(absl::string_view name) {
  const std::string path = absl::StrCat(DataDir(), "/", name);
  if (!fs::exists(path)) return std::nullopt;
  return path;
}

std::string TestDataMissing(absl::string_view name) {
  return absl::StrCat("no public data at ", DataDir(), "/", name, "; set CLIENTELE_TEST_DATA to its folder");
}

}  // namespace clientele::testutil
