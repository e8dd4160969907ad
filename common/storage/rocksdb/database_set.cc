#include "common/storage/rocksdb/database_set.h"

#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/database.h"
#include "rocksdb/utilities/checkpoint.h"

namespace clientele::storage {
namespace {

namespace fs = std::filesystem;

absl::Status CannotWrite(const fs::path& target, const std::error_code& error) {
  return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed,
               absl::StrCat("cannot write to ", target.string(), ": ", error.message()));
}

// To a directory that is not there yet.
absl::Status CopyOne(rocksdb::DB& database, const fs::path& target) {
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  if (error) return CannotWrite(target, error);
  rocksdb::Checkpoint* created = nullptr;
  CLIENTELE_RETURN_IF_ERROR(FromRocks(rocksdb::Checkpoint::Create(&database, &created)));
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(created);
  return FromRocks(checkpoint->CreateCheckpoint(target.string()));
}

// To one in which other things lie, too.
absl::Status CopyInto(rocksdb::DB& database, const fs::path& target) {
  const fs::path copy = target / "checkpoint.unfinished";
  CLIENTELE_RETURN_IF_ERROR(CopyOne(database, copy));
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(copy, error)) {
    fs::rename(entry.path(), target / entry.path().filename(), error);
    if (error) return CannotWrite(target, error);
  }
  if (!error) fs::remove(copy, error);
  return error ? CannotWrite(target, error) : absl::OkStatus();
}

}  // namespace

void DatabaseSet::Add(const std::string& directory, rocksdb::DB& database) {
  absl::MutexLock lock(&mutex_);
  databases_[directory] = &database;
}

void DatabaseSet::Remove(const std::string& directory) {
  absl::MutexLock lock(&mutex_);
  databases_.erase(directory);
}

absl::Status DatabaseSet::Copy(const std::string& root, const std::string& target) const {
  absl::MutexLock lock(&mutex_);
  for (const auto& [directory, database] : databases_) {
    const fs::path below = fs::path(directory).lexically_normal().lexically_relative(fs::path(root).lexically_normal());
    CLIENTELE_RETURN_IF_ERROR(below == "." ? CopyInto(*database, target)
                                           : CopyOne(*database, fs::path(target) / below));
  }
  return absl::OkStatus();
}

}  // namespace clientele::storage
