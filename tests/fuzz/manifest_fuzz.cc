// Manifests of backups: refused as damaged, or written and read again as the same, with no path that leads out.
#include <filesystem>
#include <string>

#include "absl/strings/match.h"
#include "common/backup/manifest.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace clientele;
  const auto manifest = backup::ParseManifest(fuzz::Text(data, size));
  if (!manifest.ok()) {
    fuzz::Require(absl::IsDataLoss(manifest.status()), "a damaged manifest is told as such");
    return 0;
  }
  for (const backup::BackupFile& file : manifest->files) {
    const std::string path = std::filesystem::path("/backup/data/" + file.path).lexically_normal().string();
    fuzz::Require(absl::StartsWith(path, "/backup/data/"), "a path stays inside");
  }
  const std::string written = backup::FormatManifest(*manifest);
  const auto again = backup::ParseManifest(written);
  fuzz::Require(again.ok() && backup::FormatManifest(*again) == written, "what is written is read as the same");
  return 0;
}
