#include "services/ingestion/keys/key_binding.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/backup/files.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/privacy/master_keys.h"

namespace clientele::ingestion {
namespace {

std::string IdFile(const std::string& data_directory) { return absl::StrCat(data_directory, "/", kKeyStoreIdFile); }

// Whole or not at all.
absl::Status WriteId(const std::string& data_directory, absl::string_view id) {
  const std::string path = IdFile(data_directory), next = path + ".new";
  std::error_code error;
  std::filesystem::remove(next, error);
  CLIENTELE_RETURN_IF_ERROR(backup::WriteFile(next, absl::StrCat(id, "\n")));
  return backup::Rename(next, path);
}

absl::Status WrongKeys(const std::string& data_directory, absl::string_view id, absl::string_view instead) {
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed,
               absl::StrCat("personal fields in ", data_directory, " are sealed with the keys of the store ", id,
                            ", and ", KeyDirectory(data_directory), " ", instead,
                            ": bring back the copy that lies beside the backups, clientele-ingestion-keys/newest, with "
                            "`clientele backup restore`. Where the keys are lost for good, remove ",
                            IdFile(data_directory), ": what they sealed is then never read again"));
}

}  // namespace

std::string KeyDirectory(const std::string& data_directory) { return absl::StrCat(data_directory, "/keys"); }

absl::Status CheckKeysAreThere(const std::string& data_directory) {
  std::error_code error;
  if (std::filesystem::exists(KeyDirectory(data_directory), error)) return absl::OkStatus();
  const auto id = backup::ReadFile(IdFile(data_directory));
  if (absl::IsNotFound(id.status())) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(id.status());
  return WrongKeys(data_directory, absl::StripAsciiWhitespace(*id), "is not there");
}

absl::Status BindKeys(const std::string& data_directory, uint64_t key_store_id) {
  const std::string ours = privacy::FormatKeyId(key_store_id);
  const auto id = backup::ReadFile(IdFile(data_directory));
  if (absl::IsNotFound(id.status())) return WriteId(data_directory, ours);
  CLIENTELE_RETURN_IF_ERROR(id.status());
  if (absl::StripAsciiWhitespace(*id) == ours) return absl::OkStatus();
  return WrongKeys(data_directory, absl::StripAsciiWhitespace(*id), absl::StrCat("is the store ", ours));
}

}  // namespace clientele::ingestion
