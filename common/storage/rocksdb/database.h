// What every RocksDB store here shares: opening with its column families, synced writes, ordered keys, and statuses.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/storage/rocksdb/open_options.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/write_batch.h"

namespace clientele::storage {

inline rocksdb::Slice ToSlice(absl::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline absl::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// UNAVAILABLE where trying again may help (busy, timed out), NOT_FOUND, else INTERNAL; reason STORAGE_FAILED.
absl::Status FromRocks(const rocksdb::Status& status);

// Keys whose byte order is the order of their parts. Text is escaped and ended, so that no part can run into the next:
// 0x00 becomes 0x00 0xff, and the end is 0x00 0x01.
void AppendText(absl::string_view text, std::string& key);
void AppendByte(uint8_t value, std::string& key);
void AppendSigned64(int64_t value, std::string& key);     // Big-endian, sign bit flipped.
void AppendUnsigned64(uint64_t value, std::string& key);  // Big-endian.
// Take a part off the front of `key`; false where it is damaged. ReadText copies only where there was an escape:
// `text` then points into `scratch`.
bool ReadText(absl::string_view& key, std::string& scratch, absl::string_view& text);
inline bool ReadByte(absl::string_view& key, uint8_t& value) {
  if (key.empty()) return false;
  value = static_cast<uint8_t>(key[0]);
  key.remove_prefix(1);
  return true;
}
inline bool ReadUnsigned64(absl::string_view& key, uint64_t& value) {
  if (key.size() < 8) return false;
  std::memcpy(&value, key.data(), 8);
  value = __builtin_bswap64(value);  // Every machine we run on is little-endian.
  key.remove_prefix(8);
  return true;
}
inline bool ReadSigned64(absl::string_view& key, int64_t& value) {
  uint64_t bits = 0;
  if (!ReadUnsigned64(key, bits)) return false;
  value = static_cast<int64_t>(bits ^ (uint64_t{1} << 63));
  return true;
}
// The first key after all that begin with `prefix`.
std::string PrefixEnd(absl::string_view prefix);

// A column family: its name and what is particular about it.
struct Family {
  std::string name;
  std::optional<rocksdb::ColumnFamilyOptions> options = {};  // None: those of a table that is written a little at a time.
};

// For a table into which rows stream.
rocksdb::ColumnFamilyOptions BusyOptions();

// Thread-safe. Holds the directory's lock while it lives.
class Database {
 public:
  // Creates what is missing. FAILED_PRECONDITION when another process holds the directory.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& directory, std::vector<Family> families,
                                                        const OpenOptions& open_options = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB& db() { return *db_; }
  rocksdb::ColumnFamilyHandle* family(size_t index) const { return handles_[index]; }  // In Open's order.

  absl::StatusOr<std::string> Get(size_t family, absl::string_view key) const;  // NOT_FOUND.
  // Durable when it returns: concurrent writers share one sync of the log. UNAVAILABLE with STORAGE_FAILED while the
  // disk takes no writes: nothing is stored then, reads go on, and writes are taken again a second after the disk is
  // well.
  absl::Status Write(rocksdb::WriteBatch& batch);
  // Takes what was deleted out of the files: begin with Flush, then rewrite the ranges that it was in, [prefix,
  // PrefixEnd). The range that is rewritten last must never be empty. Scans that are under way keep old files until
  // they end.
  absl::Status Flush();
  absl::Status Rewrite(size_t family, absl::string_view prefix);
  // Calls with every key, without the prefix, and value under `prefix`, in order; false stops.
  absl::Status ForEach(size_t family, absl::string_view prefix,
                       absl::FunctionRef<bool(absl::string_view suffix, absl::string_view value)> visit) const;

 private:
  class ErrorListener;

  Database(std::string directory, DatabaseSet* set) : directory_(std::move(directory)), set_(set) {}
  // Once a second at most; others go on meanwhile.
  void Resume() ABSL_LOCKS_EXCLUDED(resuming_);

  const std::string directory_;
  DatabaseSet* const set_;  // Null: in none.
  // Set by RocksDB when it stops writing.
  const std::shared_ptr<std::atomic<bool>> failing_ = std::make_shared<std::atomic<bool>>(false);
  absl::Mutex resuming_;
  absl::Time next_resume_ ABSL_GUARDED_BY(resuming_) = absl::InfinitePast();
  std::unique_ptr<rocksdb::Env> disk_;  // Outlives the database.
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

}  // namespace clientele::storage
