// A program's data directory to be: rows become keys and values, and what follows from them, as its stores would have
// written them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/storage/move/row_store.h"
#include "common/storage/rocksdb/move_progress.h"

namespace clientele::storage {

class ArtifactFiles;

class RocksRowTarget final : public RowTarget {
 public:
  // `layouts`: all that the directory will have. Writes nothing before Begin.
  RocksRowTarget(std::string directory, const Layouts& layouts);
  ~RocksRowTarget() override;

  absl::StatusOr<std::vector<Progress>> Begin(absl::Span<const Layout> layouts, const std::string& source) override;
  // Rows that are written once more, for the note of how far they had come was lost, are as they were.
  absl::Status Write(const Layout& layout, absl::Span<const Row> rows, const Progress& before,
                     const Progress& after) override;
  absl::Status WriteArtifact(const TenantId& tenant, absl::string_view sha256, absl::string_view bytes) override;

 private:
  class Open;  // A database.

  std::string PathOf(const std::string& database) const;
  // FAILED_PRECONDITION: there are databases, and no move into them is under way.
  absl::Status ReadProgress();
  absl::Status OpenDatabases();

  const std::string directory_;
  const Layouts layouts_;
  std::map<std::string, std::unique_ptr<Open>> databases_;  // By name.
  std::unique_ptr<ArtifactFiles> artifacts_;
  MoveProgress progress_;
};

}  // namespace clientele::storage
