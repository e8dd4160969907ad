#include "common/storage/rocksdb/artifact_files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::storage {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kStaging = "staging";

absl::Status FileError(absl::string_view doing, absl::string_view path, int error) {
  const bool transient = error == ENOSPC || error == EDQUOT || error == EFBIG || error == EMFILE || error == ENFILE;
  return Error(transient ? absl::StatusCode::kUnavailable : absl::StatusCode::kInternal, ErrorReason::kStorageFailed,
               absl::StrCat("cannot ", doing, " ", path, ": ", std::strerror(error)));
}

// Names in a directory last only once the directory is synced.
absl::Status SyncDirectory(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return FileError("open", path, errno);
  const int result = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  return result == 0 ? absl::OkStatus() : FileError("sync", path, error);
}

class MappedFile final : public ArtifactBytes {
 public:
  static absl::StatusOr<std::unique_ptr<ArtifactBytes>> Map(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
      if (errno != ENOENT) return FileError("open", path, errno);
      return absl::NotFoundError(absl::StrCat("there is no artifact at ", path));
    }
    struct stat status = {};
    absl::Status result = absl::OkStatus();
    void* data = nullptr;
    if (::fstat(descriptor, &status) != 0) {
      result = FileError("read", path, errno);
    } else if (status.st_size > 0) {
      data = ::mmap(nullptr, status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
      if (data == MAP_FAILED) result = FileError("map", path, errno);
    }
    ::close(descriptor);
    if (!result.ok()) return result;
    return std::unique_ptr<ArtifactBytes>(new MappedFile(data, status.st_size));
  }
  ~MappedFile() override {
    if (size_ > 0) ::munmap(data_, size_);
  }
  absl::string_view view() const override { return {static_cast<const char*>(data_), size_}; }

 private:
  MappedFile(void* data, size_t size) : data_(data), size_(size) {}
  void* const data_;
  const size_t size_;
};

class StagedFile final : public StagedArtifact {
 public:
  StagedFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  ~StagedFile() override {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!kept_) ::unlink(path_.c_str());
  }

  absl::Status Append(absl::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return FileError("write", path_, errno);
      bytes.remove_prefix(written);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<ArtifactBytes>> Read() const override { return MappedFile::Map(path_); }

  absl::Status MoveTo(const std::string& path) {
    if (::fsync(descriptor_) != 0) return FileError("sync", path_, errno);
    if (::rename(path_.c_str(), path.c_str()) != 0) return FileError("rename", path_, errno);
    kept_ = true;
    return absl::OkStatus();
  }

 private:
  const std::string path_;
  const int descriptor_;
  bool kept_ = false;
};

absl::Status MakeDirectories(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return FileError("create", path, error.value());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ArtifactFiles>> ArtifactFiles::Open(std::string directory) {
  const std::string staging = absl::StrCat(directory, "/", kStaging);
  std::error_code ignored;  // What cannot be removed is only space; a new name never meets an old one: O_EXCL.
  fs::remove_all(staging, ignored);
  CLIENTELE_RETURN_IF_ERROR(MakeDirectories(staging));
  return std::unique_ptr<ArtifactFiles>(new ArtifactFiles(std::move(directory)));
}

absl::StatusOr<std::unique_ptr<StagedArtifact>> ArtifactFiles::Stage() {
  const std::string path = absl::StrCat(directory_, "/", kStaging, "/", next_staged_.fetch_add(1));
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor < 0) return FileError("create", path, errno);
  return std::unique_ptr<StagedArtifact>(std::make_unique<StagedFile>(path, descriptor));
}

absl::Status ArtifactFiles::Keep(StagedArtifact& artifact, const TenantId& tenant, absl::string_view sha256) {
  auto* file = dynamic_cast<StagedFile*>(&artifact);
  if (file == nullptr) {
    return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "an artifact of another store");
  }
  const std::string folder = absl::StrCat(directory_, "/tenants/", tenant.value());
  CLIENTELE_RETURN_IF_ERROR(MakeDirectories(folder));
  CLIENTELE_RETURN_IF_ERROR(file->MoveTo(absl::StrCat(folder, "/", sha256)));
  // The file's name, and the folders' own where this is the tenant's or the store's first.
  CLIENTELE_RETURN_IF_ERROR(SyncDirectory(folder));
  CLIENTELE_RETURN_IF_ERROR(SyncDirectory(absl::StrCat(directory_, "/tenants")));
  return SyncDirectory(directory_);
}

absl::StatusOr<std::unique_ptr<ArtifactBytes>> ReadArtifactFile(const std::string& directory, const TenantId& tenant,
                                                                absl::string_view sha256) {
  return MappedFile::Map(absl::StrCat(directory, "/tenants/", tenant.value(), "/", sha256));
}

void ArtifactFiles::Remove(const Name& name) {
  std::error_code ignored;
  fs::remove(absl::StrCat(directory_, "/tenants/", name.first, "/", name.second), ignored);
}

void ArtifactFiles::RemoveAllBut(const std::set<Name>& wanted) {
  std::vector<fs::path> orphans;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory_ + "/tenants", error), end; !error && it != end;
       it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    if (!wanted.contains({it->path().parent_path().filename(), it->path().filename()})) orphans.push_back(it->path());
  }
  for (const fs::path& orphan : orphans) fs::remove(orphan, error);
}

}  // namespace clientele::storage
