#include "common/storage/move/move.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/postgresql/row_store.h"
#include "common/storage/rocksdb/row_source.h"
#include "common/storage/rocksdb/row_target.h"

namespace clientele::storage {
namespace {

namespace fs = std::filesystem;
using postgresql::PostgresRowStore;

constexpr absl::string_view kRocks = "rocksdb:";
constexpr absl::string_view kPrograms[] = {"ingestion", "training", "inference"};

bool HasDatabase(const std::string& directory) {
  std::error_code error;
  return fs::exists(directory + "/CURRENT", error);
}

// Whether it is the program's data directory: by the databases that no other program has there.
bool IsDirectoryOf(absl::string_view program, const std::string& directory) {
  if (program == "inference") return HasDatabase(directory + "/metadata");
  if (!HasDatabase(directory)) return false;
  return program == "training" ? HasDatabase(directory + "/schedules") : HasDatabase(directory + "/consents");
}

Layouts LayoutsOf(absl::string_view program, DescribeRecord describe) {
  if (program == "ingestion") return IngestionLayouts(describe);
  return program == "training" ? TrainingLayouts() : InferenceLayouts();
}

absl::Status NotAPlace(absl::string_view option, absl::string_view value, absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat("--", option, " ", value, " is not ", expected));
}

bool IsUrl(absl::string_view place) {
  return absl::StartsWith(place, "postgresql://") || absl::StartsWith(place, "postgres://");
}
bool IsDirectory(absl::string_view place) { return absl::StartsWith(place, kRocks) && place.size() > kRocks.size(); }
std::string DirectoryOf(const std::string& place) { return place.substr(kRocks.size()); }

// A file of a database that lies in the directory itself.
bool IsDatabaseFile(absl::string_view name) {
  for (const absl::string_view prefix : {"CURRENT", "IDENTITY", "LOCK", "LOG", "MANIFEST-", "OPTIONS-"}) {
    if (absl::StartsWith(name, prefix)) return true;
  }
  return absl::EndsWith(name, ".sst") || absl::EndsWith(name, ".log") || absl::EndsWith(name, ".blob");
}

// A program's data directory, and what of it goes, or comes.
struct Program {
  ProgramDirectory directory;
  Layouts layouts, keys;  // `keys` have a database of their own in PostgreSQL.

  Program(ProgramDirectory where, const MoveOptions& options)
      : directory(std::move(where)), layouts(LayoutsOf(directory.program, options.describe)) {
    if (directory.program == "ingestion" && !options.keys.empty()) keys = CustomerKeyLayouts();
  }
  Layouts all() const {
    Layouts both = layouts;
    both.tables.insert(both.tables.end(), keys.tables.begin(), keys.tables.end());
    return both;
  }
  bool HasMoved(const std::string& name) const {
    if (name == "artifacts") return layouts.has_artifacts;
    if (name == "keys") return !keys.tables.empty();
    return std::any_of(layouts.tables.begin(), layouts.tables.end(), [&](const Layout& layout) {
      return layout.database.empty() ? IsDatabaseFile(name) : layout.database == name;
    });
  }
};

// What both directions share: the programs' directories, and the databases.
class BetweenPlaces : public Move {
 public:
  std::vector<Staying> FindStaying() const override {
    std::vector<Staying> all;
    for (const auto& program : programs_) {
      Staying& staying = all.emplace_back(Staying{program->directory, {}});
      std::error_code error;
      for (fs::directory_iterator it(program->directory.path, error), end; !error && it != end; it.increment(error)) {
        const std::string name = it->path().filename().string();
        if (!program->HasMoved(name)) staying.names.push_back(name);
      }
      std::sort(staying.names.begin(), staying.names.end());
    }
    return all;
  }

 protected:
  absl::Status Open(std::vector<ProgramDirectory> directories, const std::string& url, const MoveOptions& options) {
    for (ProgramDirectory& directory : directories) {
      programs_.push_back(std::make_unique<Program>(std::move(directory), options));
    }
    CLIENTELE_ASSIGN_OR_RETURN(database_, PostgresRowStore::Open(url));
    if (options.keys.empty()) return absl::OkStatus();
    CLIENTELE_ASSIGN_OR_RETURN(keys_, PostgresRowStore::Open(options.keys));
    return absl::OkStatus();
  }

  // What is in the data directories.
  using Sources = std::vector<std::unique_ptr<RocksRowSource>>;
  absl::StatusOr<Sources> OpenSources() const {
    Sources sources;
    for (const auto& program : programs_) {
      CLIENTELE_ASSIGN_OR_RETURN(auto source, RocksRowSource::Open(program->directory.path, program->all()));
      sources.push_back(std::move(source));
    }
    return sources;
  }

  // `place` gives the directory's end and the database's end of each.
  std::vector<Part> PartsOf(
      absl::FunctionRef<void(size_t program, PostgresRowStore& database, Part& part)> place) const {
    std::vector<Part> parts;
    for (size_t i = 0; i < programs_.size(); ++i) {
      const Program& program = *programs_[i];
      Part& part = parts.emplace_back(Part{program.directory.program, &program.layouts, nullptr, nullptr, nullptr});
      place(i, *database_, part);
      if (program.keys.tables.empty()) continue;
      Part& of_keys = parts.emplace_back(Part{program.directory.program, &program.keys, nullptr, nullptr, nullptr});
      place(i, *keys_, of_keys);
    }
    return parts;
  }

  std::vector<std::unique_ptr<Program>> programs_;
  std::unique_ptr<PostgresRowStore> database_, keys_;
};

class IntoPostgresql final : public BetweenPlaces {
 public:
  absl::Status Begin(const MoveOptions& options) {
    CLIENTELE_ASSIGN_OR_RETURN(auto directories, FindProgramDirectories(DirectoryOf(options.from)));
    CLIENTELE_RETURN_IF_ERROR(Open(std::move(directories), options.to, options));
    CLIENTELE_ASSIGN_OR_RETURN(sources_, OpenSources());
    return absl::OkStatus();
  }

  absl::Status Copy(ObserveMove observe) override { return CopyParts(Parts(), observe); }
  absl::StatusOr<std::vector<Comparison>> Compare(ObserveMove observe) const override {
    return CompareParts(Parts(), observe);
  }

 private:
  std::vector<Part> Parts() const {
    return PartsOf([&](size_t program, PostgresRowStore& database, Part& part) {
      part.from = sources_[program].get();
      part.to = &database;
      part.there = &database;
    });
  }

  Sources sources_;
};

class IntoDirectories final : public BetweenPlaces {
 public:
  absl::Status Begin(const MoveOptions& options) {
    std::vector<ProgramDirectory> directories;
    for (const absl::string_view program : kPrograms) {
      directories.push_back({std::string(program), absl::StrCat(DirectoryOf(options.to), "/", program)});
    }
    CLIENTELE_RETURN_IF_ERROR(Open(std::move(directories), options.from, options));
    return options.keys.empty() ? LeaveKeys() : absl::OkStatus();
  }

  absl::Status Copy(ObserveMove observe) override {
    std::vector<std::unique_ptr<RocksRowTarget>> targets;
    for (const auto& program : programs_) {
      targets.push_back(std::make_unique<RocksRowTarget>(program->directory.path, program->all()));
    }
    return CopyParts(PartsOf([&](size_t program, PostgresRowStore& database, Part& part) {
                       part.from = &database;
                       part.to = targets[program].get();
                     }),
                     observe);
  }
  absl::StatusOr<std::vector<Comparison>> Compare(ObserveMove observe) const override {
    CLIENTELE_ASSIGN_OR_RETURN(const Sources there, OpenSources());
    return CompareParts(PartsOf([&](size_t program, PostgresRowStore& database, Part& part) {
                          part.from = &database;
                          part.there = there[program].get();
                        }),
                        observe);
  }

 private:
  // The keys stay where they are, which must be the directory: without them, nothing personal could be read there.
  absl::Status LeaveKeys() {
    Program& ingestion = *programs_.front();
    std::vector<Layout>& tables = ingestion.layouts.tables;
    const auto binding =
        std::find_if(tables.begin(), tables.end(), [](const Layout& layout) { return layout.name == "key_binding"; });
    bool is_bound = false;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEachRow(*binding, [&](const Row&) { return is_bound = true; }));
    if (is_bound && !HasDatabase(ingestion.directory.path + "/keys")) {
      return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed,
                   absl::StrCat("the records are sealed with keys that are not in ", ingestion.directory.path,
                                "/keys: say with --keys which database they come from, or bring the directory first"));
    }
    tables.erase(binding);
    return absl::OkStatus();
  }
};

}  // namespace

absl::StatusOr<std::vector<ProgramDirectory>> FindProgramDirectories(const std::string& directory) {
  std::vector<ProgramDirectory> found;
  for (const absl::string_view program : kPrograms) {
    if (IsDirectoryOf(program, directory)) return std::vector<ProgramDirectory>{{std::string(program), directory}};
    std::string folder = absl::StrCat(directory, "/", program);
    if (IsDirectoryOf(program, folder)) found.push_back({std::string(program), std::move(folder)});
  }
  if (!found.empty()) return found;
  return absl::NotFoundError(absl::StrCat(directory,
                                          " is no data directory of clientele-ingestion, clientele-training ",
                                          "or clientele-inference, nor has it theirs as folders"));
}

absl::StatusOr<std::unique_ptr<Move>> Move::Open(const MoveOptions& options) {
  if (!options.keys.empty() && !IsUrl(options.keys)) return NotAPlace("keys", options.keys, "postgresql://...");
  if (IsDirectory(options.from) && IsUrl(options.to)) {
    auto move = std::make_unique<IntoPostgresql>();
    CLIENTELE_RETURN_IF_ERROR(move->Begin(options));
    return move;
  }
  if (IsUrl(options.from) && IsDirectory(options.to)) {
    auto move = std::make_unique<IntoDirectories>();
    CLIENTELE_RETURN_IF_ERROR(move->Begin(options));
    return move;
  }
  const bool from_is_wrong = !IsUrl(options.from) && !IsDirectory(options.from);
  return NotAPlace(from_is_wrong ? "from" : "to", from_is_wrong ? options.from : options.to,
                   IsUrl(options.from) ? "rocksdb:DIRECTORY" : "postgresql://...");
}

}  // namespace clientele::storage
