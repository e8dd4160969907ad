#include "common/storage/rocksdb/frozen_database.h"

#include <cstdarg>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/customer_key_records.h"
#include "common/storage/rocksdb/database.h"
#include "common/storage/rocksdb/first_wins.h"
#include "common/storage/rocksdb/report_counters.h"

namespace clientele::storage {
namespace {

// RocksDB would write a log of its own into the directory.
class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// What has not been merged yet is merged as it is read. Families that never merge are not harmed.
std::shared_ptr<rocksdb::MergeOperator> MergeOf(const std::string& family) {
  if (family == "report") return std::make_shared<CounterMerge>();
  if (family == "attributes") return std::make_shared<FirstWins>();
  if (family == "customers") return std::make_shared<AppendMerge>();
  return nullptr;
}

}  // namespace

bool FrozenDatabase::IsThere(const std::string& directory) {
  std::error_code error;
  return std::filesystem::exists(directory + "/CURRENT", error);
}

absl::StatusOr<std::unique_ptr<FrozenDatabase>> FrozenDatabase::Open(const std::string& directory) {
  std::unique_ptr<FrozenDatabase> database(new FrozenDatabase());
  CLIENTELE_RETURN_IF_ERROR(database->Lock(directory));
  CLIENTELE_RETURN_IF_ERROR(database->Read(directory));
  return database;
}

FrozenDatabase::~FrozenDatabase() {
  if (db_ != nullptr) {
    for (const auto& [name, handle] : families_) db_->DestroyColumnFamilyHandle(handle);
    db_->DestroyColumnFamilyHandle(default_);
    db_->Close();
  }
  if (lock_ != nullptr) rocksdb::Env::Default()->UnlockFile(lock_);
}

absl::Status FrozenDatabase::Lock(const std::string& directory) {
  // The lock of whoever writes: that of RocksDB itself.
  if (rocksdb::Env::Default()->LockFile(directory + "/LOCK", &lock_).ok()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed,
               absl::StrCat(directory, " is in use: stop the program first"));
}

absl::Status FrozenDatabase::Read(const std::string& directory) {
  rocksdb::DBOptions options;
  options.info_log = std::make_shared<NoLog>();
  std::vector<std::string> names;
  CLIENTELE_RETURN_IF_ERROR(FromRocks(rocksdb::DB::ListColumnFamilies(options, directory, &names)));
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : names) {
    rocksdb::ColumnFamilyOptions family;
    family.merge_operator = MergeOf(name);
    descriptors.emplace_back(name, family);
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  CLIENTELE_RETURN_IF_ERROR(FromRocks(rocksdb::DB::OpenForReadOnly(options, directory, descriptors, &handles, &db)));
  db_.reset(db);
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == rocksdb::kDefaultColumnFamilyName) {
      default_ = handles[i];
    } else {
      families_[names[i]] = handles[i];
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> FrozenDatabase::Identity() const {
  std::string identity;
  CLIENTELE_RETURN_IF_ERROR(FromRocks(db_->GetDbIdentity(identity)));
  return identity;
}

absl::Status FrozenDatabase::ForEach(const std::string& family, absl::string_view after,
                                     absl::FunctionRef<bool(absl::string_view, absl::string_view)> visit) const {
  const auto handle = families_.find(family);
  if (handle == families_.end()) return absl::OkStatus();
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = 2 << 20;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, handle->second));
  for (it->Seek(ToSlice(after)); it->Valid(); it->Next()) {
    if (!after.empty() && ToView(it->key()) == after) continue;
    if (!visit(ToView(it->key()), ToView(it->value()))) return absl::OkStatus();
  }
  return FromRocks(it->status());
}

}  // namespace clientele::storage
