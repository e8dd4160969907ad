#include "common/storage/rocksdb/database_set.h"

#include <filesystem>
#include <memory>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/database.h"
#include "rocksdb/utilities/checkpoint.h"
#include "rocksdb/utilities/memory_util.h"

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

void DatabaseSet::Add(const std::string& directory, rocksdb::DB& database,
                      std::vector<std::shared_ptr<rocksdb::Cache>> caches) {
  absl::MutexLock lock(&mutex_);
  members_.insert_or_assign(directory, Member{&database, std::move(caches)});
}

void DatabaseSet::Remove(const std::string& directory) {
  absl::MutexLock lock(&mutex_);
  members_.erase(directory);
}

absl::Status DatabaseSet::Copy(const std::string& root, const std::string& target) const {
  absl::MutexLock lock(&mutex_);
  for (const auto& [directory, member] : members_) {
    const fs::path below = fs::path(directory).lexically_normal().lexically_relative(fs::path(root).lexically_normal());
    CLIENTELE_RETURN_IF_ERROR(below == "." ? CopyInto(*member.database, target)
                                           : CopyOne(*member.database, fs::path(target) / below));
  }
  return absl::OkStatus();
}

DatabaseMemory DatabaseSet::Memory() const {
  using rocksdb::MemoryUtil;
  absl::MutexLock lock(&mutex_);
  std::vector<rocksdb::DB*> databases;
  std::unordered_set<const rocksdb::Cache*> caches;
  for (const auto& [directory, member] : members_) {
    databases.push_back(member.database);
    for (const auto& cache : member.caches) caches.insert(cache.get());
  }
  std::map<MemoryUtil::UsageType, uint64_t> usage;
  if (!MemoryUtil::GetApproximateMemoryUsageByType(databases, caches, &usage).ok()) return {};
  return {usage[MemoryUtil::kMemTableTotal], usage[MemoryUtil::kCacheTotal], usage[MemoryUtil::kTableReadersTotal]};
}

}  // namespace clientele::storage
