// Families; keys as common/storage/rocksdb/database.h writes texts and numbers:
//   scores:    text(tenant) text(model) text(customer id) -> inference.v1.CurrentScore
//   changes:   text(tenant) u64(number)                   -> inference.v1.CurrentScore
//   journals:  text(tenant)                               -> u64(last number) u64(last that was forgotten for its age)
//   purges:    ""                                         -> "": there is something to rewrite last
#include "common/storage/rocksdb/current_score_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/status_macros.h"
#include "common/storage/current_score_rules.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

using inference::v1::CurrentScore;

constexpr size_t kScores = 0, kChanges = 1, kJournals = 2, kPurges = 3;
constexpr int kRowsAtOnce = 10'000;  // Of a write.

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored current score is damaged");
}

std::string TenantKey(const TenantId& tenant) {
  std::string key;
  AppendText(tenant.value(), key);
  return key;
}
std::string ModelKey(const TenantId& tenant, absl::string_view model) {
  std::string key = TenantKey(tenant);
  if (!model.empty()) AppendText(model, key);
  return key;
}
std::string ScoreKey(const TenantId& tenant, absl::string_view model, absl::string_view customer_id) {
  std::string key = ModelKey(tenant, model);
  AppendText(customer_id, key);
  return key;
}
std::string ChangeKey(const TenantId& tenant, int64_t sequence) {
  std::string key = TenantKey(tenant);
  AppendUnsigned64(static_cast<uint64_t>(sequence), key);
  return key;
}

absl::StatusOr<CurrentScore> Parse(absl::string_view bytes) {
  CurrentScore score;
  if (!score.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return Damaged();
  return score;
}

struct Journal {
  int64_t last = 0;
  int64_t forgotten = 0;
};

class RocksCurrentScoreStore final : public CurrentScoreStore {
 public:
  explicit RocksCurrentScoreStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  absl::StatusOr<int64_t> Put(const TenantId& tenant, absl::string_view model,
                              absl::Span<const CurrentScore> scores) override {
    absl::MutexLock lock(&writing_);
    CLIENTELE_ASSIGN_OR_RETURN(Journal journal, ReadJournal(tenant));
    rocksdb::WriteBatch batch;
    int64_t group_changes = 0;
    for (const CurrentScore& score : scores) {
      const std::string key = ScoreKey(tenant, model, score.customer_id());
      CurrentScore now = score;
      CLIENTELE_ASSIGN_OR_RETURN(const std::optional<CurrentScore> before, Find(key));
      if (before.has_value()) {
        if (!Supersedes(score, *before)) {
          const bool is_its_own = FromProto(before->feature_time()) == FromProto(score.feature_time());
          group_changes += is_its_own && ChangesGroup(*before) ? 1 : 0;
          continue;
        }
        Succeed(*before, now);
      }
      group_changes += ChangesGroup(now) ? 1 : 0;
      const std::string bytes = now.SerializeAsString();
      batch.Put(database_->family(kScores), key, bytes);
      if (IsChange(now)) batch.Put(database_->family(kChanges), ChangeKey(tenant, ++journal.last), bytes);
    }
    if (batch.Count() == 0) return group_changes;
    WriteJournal(tenant, journal, batch);
    CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
    return group_changes;
  }

  absl::StatusOr<int64_t> Finish(const TenantId& tenant, absl::string_view model, absl::Time feature_time) override {
    absl::MutexLock lock(&writing_);
    std::vector<double> sorted;
    CLIENTELE_RETURN_IF_ERROR(Visit(ModelKey(tenant, model), "", [&](absl::string_view, const CurrentScore& score) {
      if (FromProto(score.feature_time()) >= feature_time && score.segment().empty()) sorted.push_back(score.score());
      return absl::OkStatus();
    }));
    std::sort(sorted.begin(), sorted.end());
    int64_t removed = 0;
    rocksdb::WriteBatch batch;
    CLIENTELE_RETURN_IF_ERROR(Visit(ModelKey(tenant, model), "", [&](absl::string_view key, CurrentScore score) {
      if (FromProto(score.feature_time()) < feature_time) {
        ++removed;
        batch.Delete(database_->family(kScores), ToSlice(key));
      } else if (score.segment().empty()) {
        score.set_percentile(PercentileOf(score.score(), sorted));
        batch.Put(database_->family(kScores), ToSlice(key), score.SerializeAsString());
      }
      return batch.Count() < kRowsAtOnce ? absl::OkStatus() : WriteAndClear(batch);
    }));
    CLIENTELE_RETURN_IF_ERROR(WriteAndClear(batch));
    return removed;
  }

  absl::StatusOr<CurrentScore> Get(const ModelCustomerName& name) const override {
    CLIENTELE_ASSIGN_OR_RETURN(std::optional<CurrentScore> found,
                               Find(ScoreKey(name.tenant, name.model, name.customer_id)));
    if (!found.has_value()) return CurrentScoreNotFound(name);
    return *std::move(found);
  }

  absl::Status List(const TenantId& tenant, absl::string_view model, absl::Span<const std::string> groups,
                    const ModelCustomerName& after, absl::FunctionRef<bool(const CurrentScore&)> visit) const override {
    const std::string from = after.customer_id.empty() ? "" : ScoreKey(tenant, after.model, after.customer_id);
    const absl::Status status = Visit(ModelKey(tenant, model), from, [&](absl::string_view, const CurrentScore& score) {
      return !IsOfGroups(score, groups) || visit(score) ? absl::OkStatus() : absl::CancelledError();
    });
    return absl::IsCancelled(status) ? absl::OkStatus() : status;
  }

  absl::StatusOr<int64_t> LastChange(const TenantId& tenant) const override {
    CLIENTELE_ASSIGN_OR_RETURN(const Journal journal, ReadJournal(tenant));
    return journal.last;
  }

  absl::StatusOr<std::vector<ScoreChange>> ReadChanges(const TenantId& tenant, int64_t after, int most) const override {
    const std::string first = ChangeKey(tenant, after + 1), end = PrefixEnd(TenantKey(tenant));
    const rocksdb::Slice upper = ToSlice(end);
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> it(database_->db().NewIterator(options, database_->family(kChanges)));
    // After the iterator: what it sees was there when this was.
    CLIENTELE_ASSIGN_OR_RETURN(const Journal journal, ReadJournal(tenant));
    if (after < journal.forgotten) return ResumeTokenTooOld();
    std::vector<ScoreChange> changes;
    for (it->Seek(first); it->Valid() && static_cast<int>(changes.size()) < most; it->Next()) {
      absl::string_view key = ToView(it->key());
      key.remove_prefix(key.size() - sizeof(uint64_t));
      uint64_t sequence = 0;
      if (!ReadUnsigned64(key, sequence)) return Damaged();
      CLIENTELE_ASSIGN_OR_RETURN(CurrentScore score, Parse(ToView(it->value())));
      changes.push_back({static_cast<int64_t>(sequence), std::move(score)});
    }
    CLIENTELE_RETURN_IF_ERROR(FromRocks(it->status()));
    return changes;
  }

  absl::Status TrimChanges(const TenantId& tenant, int64_t most) override {
    absl::MutexLock lock(&writing_);
    CLIENTELE_ASSIGN_OR_RETURN(Journal journal, ReadJournal(tenant));
    if (journal.last - journal.forgotten <= most) return absl::OkStatus();
    rocksdb::WriteBatch batch;
    batch.DeleteRange(database_->family(kChanges), ChangeKey(tenant, journal.forgotten + 1),
                      ChangeKey(tenant, journal.last - most + 1));
    journal.forgotten = journal.last - most;
    WriteJournal(tenant, journal, batch);
    return database_->Write(batch);
  }

  absl::Status Forget(const TenantId& tenant, absl::FunctionRef<bool(absl::string_view)> theirs,
                      absl::FunctionRef<absl::Status(const CurrentScoreCounts&)> before) override {
    absl::MutexLock lock(&writing_);
    rocksdb::WriteBatch batch;
    CurrentScoreCounts counts;
    CLIENTELE_ASSIGN_OR_RETURN(counts.scores, DeleteTheirs(kScores, tenant, theirs, batch));
    CLIENTELE_ASSIGN_OR_RETURN(counts.changes, DeleteTheirs(kChanges, tenant, theirs, batch));
    if (batch.Count() == 0) return absl::OkStatus();
    CLIENTELE_RETURN_IF_ERROR(before(counts));
    return database_->Write(batch);
  }

  absl::Status Purge(const TenantId& tenant) override {
    rocksdb::WriteBatch batch;
    batch.Put(database_->family(kPurges), "", "");
    CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
    CLIENTELE_RETURN_IF_ERROR(database_->Flush());
    CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kScores, TenantKey(tenant)));
    CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kChanges, TenantKey(tenant)));
    return database_->Rewrite(kPurges, "");
  }

 private:
  absl::StatusOr<std::optional<CurrentScore>> Find(const std::string& key) const {
    const auto bytes = database_->Get(kScores, key);
    if (absl::IsNotFound(bytes.status())) return std::nullopt;
    CLIENTELE_RETURN_IF_ERROR(bytes.status());
    return Parse(*bytes);
  }

  absl::StatusOr<Journal> ReadJournal(const TenantId& tenant) const {
    const auto bytes = database_->Get(kJournals, TenantKey(tenant));
    if (absl::IsNotFound(bytes.status())) return Journal();
    CLIENTELE_RETURN_IF_ERROR(bytes.status());
    absl::string_view rest = *bytes;
    uint64_t last = 0, forgotten = 0;
    if (!ReadUnsigned64(rest, last) || !ReadUnsigned64(rest, forgotten)) return Damaged();
    return Journal{static_cast<int64_t>(last), static_cast<int64_t>(forgotten)};
  }

  void WriteJournal(const TenantId& tenant, const Journal& journal, rocksdb::WriteBatch& batch) const {
    std::string bytes;
    AppendUnsigned64(static_cast<uint64_t>(journal.last), bytes);
    AppendUnsigned64(static_cast<uint64_t>(journal.forgotten), bytes);
    batch.Put(database_->family(kJournals), TenantKey(tenant), bytes);
  }

  absl::Status WriteAndClear(rocksdb::WriteBatch& batch) {
    if (batch.Count() == 0) return absl::OkStatus();
    const absl::Status status = database_->Write(batch);
    batch.Clear();
    return status;
  }

  // Calls with the whole keys under `prefix` after `after` ("": from the first on), as they are now; an error stops.
  absl::Status Visit(const std::string& prefix, const std::string& after,
                     absl::FunctionRef<absl::Status(absl::string_view key, const CurrentScore&)> visit) const {
    const std::string end = PrefixEnd(prefix);
    const rocksdb::Slice upper = ToSlice(end);
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> it(database_->db().NewIterator(options, database_->family(kScores)));
    for (it->Seek(after.empty() ? prefix : after); it->Valid(); it->Next()) {
      const absl::string_view key = ToView(it->key());
      if (key == after) continue;
      CLIENTELE_ASSIGN_OR_RETURN(const CurrentScore score, Parse(ToView(it->value())));
      CLIENTELE_RETURN_IF_ERROR(visit(key, score));
    }
    return FromRocks(it->status());
  }

  // How many it deletes.
  absl::StatusOr<int64_t> DeleteTheirs(size_t family, const TenantId& tenant,
                                       absl::FunctionRef<bool(absl::string_view)> theirs,
                                       rocksdb::WriteBatch& batch) const {
    const std::string prefix = TenantKey(tenant);
    int64_t count = 0;
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(
        database_->ForEach(family, prefix, [&](absl::string_view suffix, absl::string_view value) {
          const auto score = Parse(value);
          status = score.status();
          if (!status.ok() || !theirs(score->customer_id())) return status.ok();
          batch.Delete(database_->family(family), absl::StrCat(prefix, suffix));
          return ++count > 0;
        }));
    CLIENTELE_RETURN_IF_ERROR(status);
    return count;
  }

  const std::unique_ptr<Database> database_;
  absl::Mutex writing_;  // Held from the look at what is there to the write.
};

}  // namespace

absl::StatusOr<std::unique_ptr<CurrentScoreStore>> OpenRocksCurrentScoreStore(const std::string& directory,
                                                                              const OpenOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(
      std::unique_ptr<Database> database,
      Database::Open(directory,
                     {{"scores", BusyOptions()}, {"changes", BusyOptions()}, {"journals", {}}, {"purges", {}}}, options));
  return std::make_unique<RocksCurrentScoreStore>(std::move(database));
}

}  // namespace clientele::storage
