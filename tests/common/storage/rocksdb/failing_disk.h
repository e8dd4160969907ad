// A disk that fails when it is told to: full, broken, or unable to sync; everything else is the machine's.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "rocksdb/file_system.h"

namespace clientele::testutil {

enum class DiskFault {
  kNone,
  kFull,        // ENOSPC at every write.
  kBroken,      // EIO at every write.
  kShortWrite,  // Half of a write gets through, then EIO.
  kNoSync,      // Writes get through, fsync is EIO.
  kNoTables,    // ENOSPC at every write of a table, so that logs can be written and not flushed.
};

class FailingDisk final : public rocksdb::FileSystemWrapper {
 public:
  FailingDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FailingDisk"; }

  std::atomic<DiskFault> fault = DiskFault::kNone;

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    const rocksdb::IOStatus status = target()->NewWritableFile(path, options, file, debug);
    if (status.ok()) *file = std::make_unique<File>(*this, absl::EndsWith(path, ".sst"), std::move(*file));
    return status;
  }

 private:
  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(const FailingDisk& disk, bool is_table, std::unique_ptr<rocksdb::FSWritableFile> file)
        : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), is_table_(is_table) {}

    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      switch (disk_.fault) {
        case DiskFault::kFull: return rocksdb::IOStatus::NoSpace("No space left on device");
        case DiskFault::kBroken: return rocksdb::IOStatus::IOError("Input/output error");
        case DiskFault::kShortWrite:
          (void)target()->Append(rocksdb::Slice(data.data(), data.size() / 2), options, debug);
          return rocksdb::IOStatus::IOError("Input/output error");
        case DiskFault::kNoTables:
          if (is_table_) return rocksdb::IOStatus::NoSpace("No space left on device");
          [[fallthrough]];
        default: return target()->Append(data, options, debug);
      }
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
      return Append(data, options, debug);
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      return CanSync() ? target()->Sync(options, debug) : rocksdb::IOStatus::IOError("Input/output error");
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      return CanSync() ? target()->Fsync(options, debug) : rocksdb::IOStatus::IOError("Input/output error");
    }

   private:
    bool CanSync() const {
      const DiskFault now = disk_.fault;
      return now != DiskFault::kNoSync && now != DiskFault::kBroken && now != DiskFault::kShortWrite;
    }
    const FailingDisk& disk_;
    const bool is_table_;
  };
};

}  // namespace clientele::testutil
