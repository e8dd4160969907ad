// A database as it lies, for who reads all of it: opened without a write, and locked against programs that would write.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"

namespace clientele::storage {

// Thread-compatible.
class FrozenDatabase {
 public:
  // Whether there is a database at all.
  static bool IsThere(const std::string& directory);

  // FAILED_PRECONDITION: a program has it open.
  static absl::StatusOr<std::unique_ptr<FrozenDatabase>> Open(const std::string& directory);
  ~FrozenDatabase();
  FrozenDatabase(const FrozenDatabase&) = delete;
  FrozenDatabase& operator=(const FrozenDatabase&) = delete;

  // Drawn when the database was made.
  absl::StatusOr<std::string> Identity() const;
  // Its families, but for the one that each database has.
  const std::map<std::string, rocksdb::ColumnFamilyHandle*>& families() const { return families_; }

  // The entries behind the key `after` ("": from the first on), in order; false stops. None of a family that is not
  // there.
  absl::Status ForEach(const std::string& family, absl::string_view after,
                       absl::FunctionRef<bool(absl::string_view key, absl::string_view value)> visit) const;

 private:
  FrozenDatabase() = default;
  absl::Status Lock(const std::string& directory);
  absl::Status Read(const std::string& directory);

  rocksdb::FileLock* lock_ = nullptr;
  std::unique_ptr<rocksdb::DB> db_;
  std::map<std::string, rocksdb::ColumnFamilyHandle*> families_;
  rocksdb::ColumnFamilyHandle* default_ = nullptr;
};

}  // namespace clientele::storage
