// Moves what programs keep from one backend to the other, while they are stopped.
//
//   CLIENTELE_ASSIGN_OR_RETURN(const auto move, Move::Open({.from = "rocksdb:.clientele", .to = "postgresql:///crm"}));
//   CLIENTELE_RETURN_IF_ERROR(move->Copy(observe));
//   CLIENTELE_ASSIGN_OR_RETURN(const std::vector<Comparison> comparisons, move->Compare(observe));
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/move/parts.h"
#include "common/storage/record_columns.h"

namespace clientele::storage {

struct MoveOptions {
  std::string from;       // rocksdb:DIRECTORY, of one program or of all three; or postgresql://...
  std::string to;         // The other of the two; rocksdb:DIRECTORY then gets a folder a program.
  std::string keys = "";  // The database that customers' keys go to, or come from; empty: they stay where they are.
  DescribeRecord describe = nullptr;
};

// A program's data directory.
struct ProgramDirectory {
  std::string program;  // "ingestion"
  std::string path;
};

// Those in `directory`, which is one itself or has them as its folders. NOT_FOUND: there are none.
absl::StatusOr<std::vector<ProgramDirectory>> FindProgramDirectories(const std::string& directory);

// Thread-compatible. While it lives, no program can use what it moves.
class Move {
 public:
  // INVALID_ARGUMENT: these are no such places. FAILED_PRECONDITION: programs use one of them.
  static absl::StatusOr<std::unique_ptr<Move>> Open(const MoveOptions& options);
  virtual ~Move() = default;

  // See parts.h.
  virtual absl::Status Copy(ObserveMove observe) = 0;
  virtual absl::StatusOr<std::vector<Comparison>> Compare(ObserveMove observe) const = 0;

  // What was not moved, by program: names in its data directory, sorted.
  struct Staying {
    ProgramDirectory directory;
    std::vector<std::string> names;
  };
  virtual std::vector<Staying> FindStaying() const = 0;
};

}  // namespace clientele::storage
