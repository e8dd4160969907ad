#include "common/storage/rocksdb/row_source.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/artifact_files.h"
#include "common/storage/rocksdb/fields.h"
#include "common/storage/rocksdb/frozen_database.h"

namespace clientele::storage {
namespace {

absl::Status Damaged(const Layout& layout) {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed,
               absl::StrCat("a stored row of ", layout.name, " is damaged"));
}

absl::Status Unknown(absl::string_view database, absl::string_view family) {
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed,
               absl::StrCat("in ", database, " there is something that this version does not know, in the family \"",
                            family, "\": move it with the version that wrote it"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksRowSource>> RocksRowSource::Open(const std::string& directory,
                                                                     const Layouts& layouts) {
  std::unique_ptr<RocksRowSource> source(new RocksRowSource(directory, layouts));
  for (const Layout& layout : layouts.tables) {
    if (source->databases_.contains(layout.database)) continue;
    CLIENTELE_RETURN_IF_ERROR(source->OpenDatabase(layout.database));
  }
  return source;
}

RocksRowSource::RocksRowSource(std::string directory, const Layouts& layouts)
    : directory_(std::move(directory)), layouts_(layouts) {}

RocksRowSource::~RocksRowSource() = default;

absl::Status RocksRowSource::OpenDatabase(const std::string& name) {
  const std::string path = name.empty() ? directory_ : absl::StrCat(directory_, "/", name);
  if (!FrozenDatabase::IsThere(path)) return absl::OkStatus();  // It has nothing yet.
  CLIENTELE_ASSIGN_OR_RETURN(auto database, FrozenDatabase::Open(path));
  std::set<std::string> known;
  for (const std::vector<Layout>* all : {&layouts_.tables, &layouts_.indices}) {
    for (const Layout& layout : *all) {
      if (layout.database == name) known.insert(layout.family);
    }
  }
  for (const auto& [family, handle] : database->families()) {
    if (!known.contains(family)) return Unknown(path, family);
  }
  databases_[name] = std::move(database);
  return absl::OkStatus();
}

absl::StatusOr<std::string> RocksRowSource::Identity() const {
  std::string identity = "rocksdb";
  for (const auto& [name, database] : databases_) {
    CLIENTELE_ASSIGN_OR_RETURN(const std::string own, database->Identity());
    absl::StrAppend(&identity, " ", name, ":", own);
  }
  return identity;
}

bool RocksRowSource::IsKnown(const Layout& layout, absl::string_view key) const {
  for (const std::vector<Layout>* all : {&layouts_.tables, &layouts_.indices}) {
    for (const Layout& other : *all) {
      if (other.database == layout.database && other.family == layout.family && Claims(other, key)) return true;
    }
  }
  return false;
}

absl::Status RocksRowSource::ForEachRow(const Layout& layout, absl::FunctionRef<bool(const Row&)> visit) const {
  return ForEachRowFrom(layout, "", [&](const Row& row, absl::string_view) { return visit(row); });
}

absl::Status RocksRowSource::ForEachRowFrom(const Layout& layout, absl::string_view position,
                                            absl::FunctionRef<bool(const Row&, absl::string_view)> visit) const {
  const auto database = databases_.find(layout.database);
  if (database == databases_.end()) return absl::OkStatus();
  absl::Status status;
  Row row;
  const auto visit_entry = [&](absl::string_view key, absl::string_view value) {
    if (!Claims(layout, key)) {
      if (!IsKnown(layout, key)) status = Unknown(directory_, layout.family);
      return status.ok();
    }
    if (layout.codec == nullptr) {
      row.Clear();
      if (!DecodeRow(layout, key, value, row)) status = Damaged(layout);
      return status.ok() && visit(row, key.empty() ? absl::string_view("\0", 1) : key);
    }
    std::vector<Row> rows;
    if (!layout.codec->decode(key, value, [&](const Row& one) { rows.push_back(one); })) status = Damaged(layout);
    bool more = status.ok();
    for (size_t i = 0; i < rows.size() && more; ++i) more = visit(rows[i], i + 1 == rows.size() ? key : "");
    return more;
  };
  CLIENTELE_RETURN_IF_ERROR(database->second->ForEach(layout.family, position, visit_entry));
  return status;
}

absl::StatusOr<std::unique_ptr<ArtifactBytes>> RocksRowSource::ReadArtifact(const TenantId& tenant,
                                                                            absl::string_view sha256) const {
  return ReadArtifactFile(directory_ + "/artifacts", tenant, sha256);
}

}  // namespace clientele::storage
