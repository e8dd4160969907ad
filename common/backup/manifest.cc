#include "common/backup/manifest.h"

#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "nlohmann/json.hpp"

namespace clientele::backup {
namespace {

using Json = nlohmann::json;

absl::Status Damaged(absl::string_view what) {
  return Error(absl::StatusCode::kDataLoss, ErrorReason::kStorageFailed,
               absl::StrCat("the manifest is damaged: ", what));
}

bool LeadsOut(const std::string& path) {
  const std::filesystem::path parts(path);
  if (path.empty() || parts.is_absolute()) return true;
  for (const auto& part : parts) {
    if (part == ".." || part == ".") return true;
  }
  return false;
}

}  // namespace

std::string FormatManifest(const Backup& backup) {
  Json files = Json::array();
  for (const BackupFile& file : backup.files) {
    files.push_back({{"path", file.path}, {"size", file.size}, {"sha256", file.sha256}});
  }
  const Json manifest = {{"program", backup.program},
                         {"id", backup.id},
                         {"create_time", absl::FormatTime(absl::RFC3339_full, backup.create_time, absl::UTCTimeZone())},
                         {"files", std::move(files)}};
  return manifest.dump(2) + "\n";
}

absl::StatusOr<Backup> ParseManifest(absl::string_view text) {
  const Json manifest = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  const auto is_text = [](const Json& object, const char* key) {
    return object.contains(key) && object[key].is_string();
  };
  if (!manifest.is_object() || !is_text(manifest, "program") || !is_text(manifest, "id") ||
      !is_text(manifest, "create_time") || !manifest.contains("files") || !manifest["files"].is_array()) {
    return Damaged("it is not one of ours");
  }
  Backup backup;
  backup.program = manifest["program"].get<std::string>();
  backup.id = manifest["id"].get<std::string>();
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, manifest["create_time"].get<std::string>(), &backup.create_time, &error)) {
    return Damaged(error);
  }
  for (const Json& file : manifest["files"]) {
    if (!file.is_object() || !is_text(file, "path") || !is_text(file, "sha256") || !file.contains("size") ||
        !file["size"].is_number_integer()) {
      return Damaged("a file has no path, size or digest");
    }
    backup.files.push_back(
        {file["path"].get<std::string>(), file["size"].get<int64_t>(), file["sha256"].get<std::string>()});
    if (LeadsOut(backup.files.back().path)) return Damaged(absl::StrCat(backup.files.back().path, " leads out of it"));
  }
  return backup;
}

}  // namespace clientele::backup
