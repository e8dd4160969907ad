#include "common/storage/rocksdb/row_target.h"

#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/move/codecs.h"
#include "common/storage/rocksdb/artifact_files.h"
#include "common/storage/rocksdb/consent_records.h"
#include "common/storage/rocksdb/customer_key_records.h"
#include "common/storage/rocksdb/database.h"
#include "common/storage/rocksdb/fields.h"
#include "common/storage/rocksdb/frozen_database.h"
#include "common/storage/rocksdb/index_entries.h"

namespace clientele::storage {
namespace {

absl::Status Refuse(absl::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed, why);
}
absl::Status Damaged(const Layout& layout) {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed,
               absl::StrCat("a row of ", layout.name, " is damaged"));
}

}  // namespace

// What goes into it at once, and is seen before it is written.
class RocksRowTarget::Open {
 public:
  static absl::StatusOr<std::unique_ptr<Open>> At(const std::string& path, const std::set<std::string>& families) {
    auto open = std::make_unique<Open>();
    std::vector<Family> all;
    for (const std::string& family : families) {
      open->families_[family] = all.size();
      all.push_back({family, BusyOptions()});
    }
    CLIENTELE_ASSIGN_OR_RETURN(open->database_, Database::Open(path, std::move(all)));
    return open;
  }

  absl::Status Add(const Layout& layout, const Row& row) {
    std::string key, value;
    const bool encoded =
        layout.codec != nullptr ? layout.codec->encode(row, key, value) : EncodeRow(layout, row, key, value);
    if (!encoded) return Damaged(layout);
    if (layout.codec == &kCustomerKeyCodec) return AppendKey(layout, key, value);
    Put(layout.family, key, value);
    for (IndexEntry& entry : IndexEntries(layout, row)) Put(entry.family, entry.key, std::move(entry.value));
    return layout.name == "consent_requests" ? NameRequest(layout, row) : absl::OkStatus();
  }

  absl::Status Write() {
    rocksdb::WriteBatch batch;
    for (const auto& [place, value] : pending_) batch.Put(database_->family(place.first), place.second, value);
    pending_.clear();
    return database_->Write(batch);
  }

 private:
  void Put(const std::string& family, const std::string& key, std::string value) {
    pending_[{families_.at(family), key}] = std::move(value);
  }
  // Empty where there is nothing.
  absl::StatusOr<std::string> Get(const std::string& family, const std::string& key) const {
    if (const auto found = pending_.find({families_.at(family), key}); found != pending_.end()) return found->second;
    auto stored = database_->Get(families_.at(family), key);
    return absl::IsNotFound(stored.status()) ? std::string() : std::move(stored);
  }

  // All of a customer's keys are one value: this one comes last, unless it is there.
  absl::Status AppendKey(const Layout& layout, const std::string& key, const std::string& added) {
    CLIENTELE_ASSIGN_OR_RETURN(std::string value, Get(layout.family, key));
    std::vector<CustomerKey> known, fresh;
    if (!ReadCustomerKeys(value, known) || !ReadCustomerKeys(added, fresh) || fresh.size() != 1) return Damaged(layout);
    for (const CustomerKey& one : known) {
      if (one.id == fresh[0].id) return absl::OkStatus();
    }
    Put(layout.family, key, value + added);
    return absl::OkStatus();
  }

  // tenant, request_id, digest, ...: an entry of the customer's journal names it, so that it goes with the journal.
  absl::Status NameRequest(const Layout& layout, const Row& row) {
    std::string prefix, unnamed, unnamed_value;
    AppendText(row[0], prefix);
    absl::StrAppend(&prefix, "j", row[2]);
    absl::Status status;
    bool is_named = false;
    CLIENTELE_RETURN_IF_ERROR(
        database_->ForEach(families_.at(layout.family), prefix, [&](absl::string_view suffix, absl::string_view) {
          const std::string key = absl::StrCat(prefix, suffix);
          const auto value = Get(layout.family, key);
          const auto entry = value.ok() ? DecodeConsentEntry(*value) : value.status();
          status = entry.status();
          is_named = status.ok() && entry->request_id == row[1];
          if (status.ok() && entry->request_id.empty() && unnamed.empty()) {
            unnamed = key;
            unnamed_value = Encode(ConsentEntry{std::string(row[1]), entry->change});
          }
          return status.ok() && !is_named;
        }));
    CLIENTELE_RETURN_IF_ERROR(status);
    if (!is_named && !unnamed.empty()) Put(layout.family, unnamed, unnamed_value);
    return absl::OkStatus();
  }

  std::unique_ptr<Database> database_;
  std::map<std::string, size_t> families_;                         // Places by name.
  std::map<std::pair<size_t, std::string>, std::string> pending_;  // By family and key.
};

RocksRowTarget::RocksRowTarget(std::string directory, const Layouts& layouts)
    : directory_(std::move(directory)), layouts_(layouts) {}

RocksRowTarget::~RocksRowTarget() = default;

std::string RocksRowTarget::PathOf(const std::string& database) const {
  return database.empty() ? directory_ : absl::StrCat(directory_, "/", database);
}

absl::Status RocksRowTarget::ReadProgress() {
  auto progress = ReadMoveProgress(directory_);
  if (progress.ok()) {
    progress_ = *std::move(progress);
    return absl::OkStatus();
  }
  if (!absl::IsNotFound(progress.status())) return progress.status();
  for (const Layout& layout : layouts_.tables) {
    const std::string path = PathOf(layout.database);
    if (!FrozenDatabase::IsThere(path)) continue;
    return Refuse(absl::StrCat(path, " has a database of its own already: move into a directory without"));
  }
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  return error ? Refuse(absl::StrCat("cannot make ", directory_, ": ", error.message())) : absl::OkStatus();
}

absl::Status RocksRowTarget::OpenDatabases() {
  std::map<std::string, std::set<std::string>> families;  // By database.
  for (const Layout& layout : layouts_.tables) families[layout.database].insert(layout.family);
  for (const Layout& layout : layouts_.indices) {
    if (const auto known = families.find(layout.database); known != families.end()) known->second.insert(layout.family);
  }
  for (const auto& [name, of_database] : families) {
    CLIENTELE_ASSIGN_OR_RETURN(databases_[name], Open::At(PathOf(name), of_database));
  }
  if (layouts_.has_artifacts) {
    CLIENTELE_ASSIGN_OR_RETURN(artifacts_, ArtifactFiles::Open(directory_ + "/artifacts"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Progress>> RocksRowTarget::Begin(absl::Span<const Layout> layouts,
                                                            const std::string& source) {
  if (progress_.empty()) CLIENTELE_RETURN_IF_ERROR(ReadProgress());
  std::vector<Progress> all;
  for (const Layout& layout : layouts) {
    const auto [known, is_new] = progress_.try_emplace(layout.name, LayoutProgress{source, {}});
    if (known->second.source != source) {
      return Refuse(absl::StrCat(directory_, " has ", layout.store, " that were moved there from another place"));
    }
    all.push_back(known->second.progress);
  }
  CLIENTELE_RETURN_IF_ERROR(WriteMoveProgress(directory_, progress_));  // Before there is a database.
  if (databases_.empty()) CLIENTELE_RETURN_IF_ERROR(OpenDatabases());
  return all;
}

absl::Status RocksRowTarget::Write(const Layout& layout, absl::Span<const Row> rows, const Progress&,
                                   const Progress& after) {
  Open& open = *databases_.at(layout.database);
  for (const Row& row : rows) CLIENTELE_RETURN_IF_ERROR(open.Add(layout, row));
  CLIENTELE_RETURN_IF_ERROR(open.Write());
  progress_[layout.name].progress = after;
  return WriteMoveProgress(directory_, progress_);
}

absl::Status RocksRowTarget::WriteArtifact(const TenantId& tenant, absl::string_view sha256, absl::string_view bytes) {
  const absl::Status there = artifacts_->Read(tenant, sha256).status();
  if (!absl::IsNotFound(there)) return there;
  CLIENTELE_ASSIGN_OR_RETURN(const auto staged, artifacts_->Stage());
  CLIENTELE_RETURN_IF_ERROR(staged->Append(bytes));
  return artifacts_->Keep(*staged, tenant, sha256);
}

}  // namespace clientele::storage
