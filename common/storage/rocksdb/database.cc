#include "common/storage/rocksdb/database.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/storage/rocksdb/database_set.h"
#include "common/storage/rocksdb/patient_file_system.h"
#include "rocksdb/listener.h"
#include "rocksdb/table.h"

namespace clientele::storage {
namespace {

// A program has a dozen databases: what waits in memory to be written must be little in each.
constexpr size_t kQuietBufferBytes = 512 << 10;
constexpr size_t kBusyBufferBytes = 16 << 20;
constexpr absl::Duration kResumePause = absl::Seconds(1);
constexpr char kEnd[] = {'\0', '\1'};
constexpr char kEscapedZero[] = {'\0', '\xff'};

rocksdb::ColumnFamilyOptions OptionsOf(size_t buffer_bytes) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = buffer_bytes;
  return options;
}

// Null where tables of this kind have none.
std::shared_ptr<rocksdb::Cache> CacheOf(const rocksdb::ColumnFamilyOptions& options) {
  const auto* table = options.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
  return table == nullptr ? nullptr : table->block_cache;
}

}  // namespace

rocksdb::ColumnFamilyOptions BusyOptions() { return OptionsOf(kBusyBufferBytes); }

absl::Status FromRocks(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsNotFound()) return absl::NotFoundError(status.ToString());
  const bool transient = status.IsBusy() || status.IsTimedOut() || status.IsTryAgain() || status.IsNoSpace();
  return Error(transient ? absl::StatusCode::kUnavailable : absl::StatusCode::kInternal, ErrorReason::kStorageFailed,
               absl::StrCat("RocksDB: ", status.ToString()));
}

void AppendText(absl::string_view text, std::string& key) {
  if (text.find('\0') == absl::string_view::npos) {
    key.append(text.data(), text.size());
  } else {
    for (const char c : text) c == '\0' ? key.append(kEscapedZero, 2) : key.append(1, c);
  }
  key.append(kEnd, 2);
}

void AppendByte(uint8_t value, std::string& key) { key.push_back(static_cast<char>(value)); }

void AppendUnsigned64(uint64_t value, std::string& key) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (56 - 8 * i));
  key.append(bytes, 8);
}

void AppendSigned64(int64_t value, std::string& key) {
  AppendUnsigned64(static_cast<uint64_t>(value) ^ (uint64_t{1} << 63), key);
}

bool ReadText(absl::string_view& key, std::string& scratch, absl::string_view& text) {
  bool copied = false;
  size_t begin = 0;
  while (true) {
    const size_t zero = key.find('\0', begin);
    if (zero == absl::string_view::npos || zero + 1 >= key.size()) return false;
    if (key[zero + 1] == '\1') {
      if (copied) {
        scratch.append(key.data() + begin, zero - begin);
        text = scratch;
      } else {
        text = key.substr(0, zero);
      }
      key.remove_prefix(zero + 2);
      return true;
    }
    if (key[zero + 1] != '\xff') return false;
    if (!copied) scratch.clear();
    copied = true;
    scratch.append(key.data() + begin, zero - begin + 1);
    begin = zero + 2;
  }
}

std::string PrefixEnd(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  return end;
}

// Learns that RocksDB has stopped writing, or flushing what was written.
class Database::ErrorListener final : public rocksdb::EventListener {
 public:
  explicit ErrorListener(std::shared_ptr<std::atomic<bool>> failing) : failing_(std::move(failing)) {}
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status*) override { failing_->store(true); }

 private:
  const std::shared_ptr<std::atomic<bool>> failing_;
};

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& directory, std::vector<Family> families,
                                                         const OpenOptions& open_options) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed,
                 absl::StrCat("cannot create the data directory ", directory, ": ", error.message()));
  }
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 3;
  // Neither of its own files keeps keys for longer than the data: the log tells of compactions by their first and last
  // key, the manifest of files, and begins anew with each change.
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.max_manifest_file_size = 1;
  options.max_total_wal_size = 256 << 20;
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors = {
      {rocksdb::kDefaultColumnFamilyName, OptionsOf(kQuietBufferBytes)}};
  for (Family& family : families) {
    descriptors.emplace_back(family.name,
                             family.options ? std::move(*family.options) : OptionsOf(kQuietBufferBytes));
  }
  std::vector<std::shared_ptr<rocksdb::Cache>> caches;
  for (const auto& descriptor : descriptors) {
    if (auto cache = CacheOf(descriptor.options)) caches.push_back(std::move(cache));
  }

  std::unique_ptr<Database> database(new Database(directory, open_options.set));
  database->disk_ = rocksdb::NewCompositeEnv(
      MakePatient(open_options.disk == nullptr ? rocksdb::FileSystem::Default() : open_options.disk));
  options.env = database->disk_.get();
  options.max_bgerror_resume_count = 0;  // A database that RocksDB is resuming by itself cannot be closed.
  options.listeners.push_back(std::make_shared<ErrorListener>(database->failing_));
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status status = rocksdb::DB::Open(options, directory, descriptors, &handles, &db);
  if (!status.ok()) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed,
                 absl::StrCat("cannot open the data directory ", directory,
                              " (is another server using it?): ", status.ToString()));
  }
  database->db_.reset(db);
  db->DestroyColumnFamilyHandle(handles[0]);
  database->handles_.assign(handles.begin() + 1, handles.end());
  if (open_options.set != nullptr) open_options.set->Add(directory, *db, std::move(caches));
  return database;
}

Database::~Database() {
  if (db_ == nullptr) return;
  if (set_ != nullptr) set_->Remove(directory_);
  for (rocksdb::ColumnFamilyHandle* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  db_->Close();
}

absl::StatusOr<std::string> Database::Get(size_t family, absl::string_view key) const {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), handles_[family], ToSlice(key), &value);
  if (!status.ok()) return FromRocks(status);
  return value;
}

absl::Status Database::Write(rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions options;
  options.sync = true;
  if (failing_->load(std::memory_order_relaxed)) Resume();
  const rocksdb::Status status = db_->Write(options, &batch);
  if (!status.IsIOError()) return FromRocks(status);
  return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed,
               absl::StrCat("the disk takes no writes, nothing was stored; reads go on: ", status.ToString()));
}

void Database::Resume() {
  if (!resuming_.TryLock()) return;
  const absl::Time now = absl::Now();
  if (now >= next_resume_) {
    next_resume_ = now + kResumePause;
    failing_->store(false);  // First, for it may fail anew meanwhile.
    if (!db_->Resume().ok()) failing_->store(true);
  }
  resuming_.Unlock();
}

absl::Status Database::Flush() { return FromRocks(db_->Flush(rocksdb::FlushOptions(), handles_)); }

absl::Status Database::Rewrite(size_t family, absl::string_view prefix) {
  const std::string end_key = PrefixEnd(prefix);
  const rocksdb::Slice begin = ToSlice(prefix), end = ToSlice(end_key);
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  return FromRocks(db_->CompactRange(options, handles_[family], &begin, end_key.empty() ? nullptr : &end));
}

absl::Status Database::ForEach(size_t family, absl::string_view prefix,
                               absl::FunctionRef<bool(absl::string_view, absl::string_view)> visit) const {
  const std::string end = PrefixEnd(prefix);
  const rocksdb::Slice upper = ToSlice(end);
  rocksdb::ReadOptions options;
  if (!end.empty()) options.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, handles_[family]));
  for (it->Seek(ToSlice(prefix)); it->Valid(); it->Next()) {
    if (!visit(ToView(it->key()).substr(prefix.size()), ToView(it->value()))) return absl::OkStatus();
  }
  return FromRocks(it->status());
}

}  // namespace clientele::storage
