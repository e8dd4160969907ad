#include "common/storage/rocksdb/patient_file_system.h"

#include <string>
#include <utility>

namespace clientele::storage {
namespace {

using rocksdb::FileOptions;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// As it is, but that it can be got over, a full disk too.
IOStatus MayPass(IOStatus status) {
  if (!status.IsIOError()) return status;
  IOStatus result = IOStatus::IOError(status.getState() == nullptr ? status.ToString() : status.getState());
  result.SetRetryable(true);
  result.SetScope(IOStatus::kIOErrorScopeFile);
  return result;
}

class PatientFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return MayPass(target()->Append(data, options, debug));
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& info,
                  IODebugContext* debug) override {
    return MayPass(target()->Append(data, options, info, debug));
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    return MayPass(target()->Close(options, debug));
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    return MayPass(target()->Flush(options, debug));
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return MayPass(target()->Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return MayPass(target()->Fsync(options, debug));
  }
  IOStatus RangeSync(uint64_t offset, uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    return MayPass(target()->RangeSync(offset, size, options, debug));
  }
};

class PatientFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "clientele.PatientFileSystem"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options, std::unique_ptr<FSWritableFile>* file,
                           IODebugContext* debug) override {
    return Wrap(target()->NewWritableFile(path, options, file, debug), file);
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<FSWritableFile>* file, IODebugContext* debug) override {
    return Wrap(target()->ReopenWritableFile(path, options, file, debug), file);
  }
  IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path, const FileOptions& options,
                             std::unique_ptr<FSWritableFile>* file, IODebugContext* debug) override {
    return Wrap(target()->ReuseWritableFile(path, old_path, options, file, debug), file);
  }

 private:
  static IOStatus Wrap(IOStatus status, std::unique_ptr<FSWritableFile>* file) {
    if (status.ok()) *file = std::make_unique<PatientFile>(std::move(*file));
    return MayPass(std::move(status));
  }
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> MakePatient(std::shared_ptr<rocksdb::FileSystem> disk) {
  return std::make_shared<PatientFileSystem>(std::move(disk));
}

}  // namespace clientele::storage
