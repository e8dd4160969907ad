// Families; keys as common/storage/rocksdb/database.h writes texts and numbers, d being a day, m a time in
// microseconds:
//   scores:    s64(d) text(tenant) text(model) s64(m) text(pseudonym) s64(version)
//              -> text(arm) text(alias) f64(score) s64(decision) f64(micros) u64(feature digest)
//   pairs:     s64(d) text(tenant) text(model) s64(m) text(pseudonym) s64(served version) s64(shadow version)
//              -> f64(score) s64(decision) f64(micros) of the served, then of the shadow
//   counts:    s64(d) text(tenant) text(model) s64(version) -> s64(count)*
//   customers: text(tenant) text(pseudonym) -> s64(last day) text(customer id)
//   secret:    "" -> 32 bytes
// f64 is a number's bits as u64. Days come first, so that old ones go as one range.
#include "common/storage/rocksdb/score_log.h"

#include <openssl/rand.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

constexpr size_t kScores = 0, kPairs = 1, kCounts = 2, kCustomers = 3, kSecret = 4;
constexpr int kSecretBytes = 32;

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "the score log is damaged");
}

void AppendDouble(double value, std::string& out) { AppendUnsigned64(std::bit_cast<uint64_t>(value), out); }
bool ReadDouble(absl::string_view& in, double& value) {
  uint64_t bits = 0;
  if (!ReadUnsigned64(in, bits)) return false;
  value = std::bit_cast<double>(bits);
  return true;
}
bool ReadString(absl::string_view& in, std::string& value) {
  absl::string_view text;
  std::string scratch;
  if (!ReadText(in, scratch, text)) return false;
  value.assign(text.data(), text.size());
  return true;
}
bool ReadTime(absl::string_view& in, absl::Time& time) {
  int64_t micros = 0;
  if (!ReadSigned64(in, micros)) return false;
  time = absl::FromUnixMicros(micros);
  return true;
}

std::string DayKey(int64_t day) {
  std::string key;
  AppendSigned64(day, key);
  return key;
}
std::string DayPrefix(int64_t day, const TenantId& tenant) {
  std::string key = DayKey(day);
  AppendText(tenant.value(), key);
  return key;
}
std::string ModelKey(int64_t day, const TenantId& tenant, absl::string_view model) {
  std::string key = DayPrefix(day, tenant);
  AppendText(model, key);
  return key;
}
std::string CustomerKey(const TenantId& tenant, absl::string_view pseudonym) {
  std::string key;
  AppendText(tenant.value(), key);
  AppendText(pseudonym, key);
  return key;
}

void AppendResult(double score, int32_t decision, double micros, std::string& value) {
  AppendDouble(score, value);
  AppendSigned64(decision, value);
  AppendDouble(micros, value);
}
bool ReadResult(absl::string_view& value, double& score, int32_t& decision, double& micros) {
  int64_t wide = 0;
  if (!ReadDouble(value, score) || !ReadSigned64(value, wide) || !ReadDouble(value, micros)) return false;
  decision = static_cast<int32_t>(wide);
  return true;
}

// Keys without the day, tenant and model.
void Encode(const LoggedScore& entry, std::string& key, std::string& value) {
  AppendSigned64(absl::ToUnixMicros(entry.time), key);
  AppendText(entry.pseudonym, key);
  AppendSigned64(entry.version, key);
  AppendText(entry.arm, value);
  AppendText(entry.alias, value);
  AppendResult(entry.score, entry.decision, entry.micros, value);
  AppendUnsigned64(entry.feature_digest, value);
}
bool Decode(absl::string_view key, absl::string_view value, LoggedScore& entry) {
  return ReadTime(key, entry.time) && ReadString(key, entry.pseudonym) && ReadSigned64(key, entry.version) &&
         ReadString(value, entry.arm) && ReadString(value, entry.alias) &&
         ReadResult(value, entry.score, entry.decision, entry.micros) && ReadUnsigned64(value, entry.feature_digest);
}
void Encode(const ShadowPair& pair, std::string& key, std::string& value) {
  AppendSigned64(absl::ToUnixMicros(pair.time), key);
  AppendText(pair.pseudonym, key);
  AppendSigned64(pair.served_version, key);
  AppendSigned64(pair.shadow_version, key);
  AppendResult(pair.served_score, pair.served_decision, pair.served_micros, value);
  AppendResult(pair.shadow_score, pair.shadow_decision, pair.shadow_micros, value);
}
bool Decode(absl::string_view key, absl::string_view value, ShadowPair& pair) {
  return ReadTime(key, pair.time) && ReadString(key, pair.pseudonym) && ReadSigned64(key, pair.served_version) &&
         ReadSigned64(key, pair.shadow_version) &&
         ReadResult(value, pair.served_score, pair.served_decision, pair.served_micros) &&
         ReadResult(value, pair.shadow_score, pair.shadow_decision, pair.shadow_micros);
}

bool DecodeCounts(absl::string_view value, std::vector<int64_t>& counts) {
  counts.resize(value.size() / 8);
  for (int64_t& count : counts) {
    if (!ReadSigned64(value, count)) return false;
  }
  return value.empty();
}

class RocksScoreLog final : public ScoreLog {
 public:
  RocksScoreLog(std::unique_ptr<Database> database, std::string secret)
      : database_(std::move(database)), secret_(std::move(secret)) {}

  const std::string& secret() const override { return secret_; }

  absl::Status Append(absl::Span<const ScoreLogEntries> entries) override {
    absl::MutexLock lock(&writing_);
    rocksdb::WriteBatch batch;
    std::map<std::string, std::vector<int64_t>> sums;  // By key.
    for (const ScoreLogEntries& of_model : entries) {
      for (const LoggedScore& entry : of_model.scores) PutEntry(kScores, of_model, entry, batch);
      for (const ShadowPair& pair : of_model.pairs) PutEntry(kPairs, of_model, pair, batch);
      for (const LoggedCustomer& customer : of_model.customers) {
        std::string value;
        AppendSigned64(customer.last_day, value);
        AppendText(customer.customer_id, value);
        batch.Put(database_->family(kCustomers), CustomerKey(of_model.tenant, customer.pseudonym), value);
      }
      for (const DayCounts& added : of_model.counts) CLIENTELE_RETURN_IF_ERROR(AddCounts(of_model, added, sums));
    }
    for (const auto& [key, counts] : sums) {
      std::string value;
      for (const int64_t count : counts) AppendSigned64(count, value);
      batch.Put(database_->family(kCounts), key, value);
    }
    return database_->Write(batch);
  }

  absl::Status ForEachScore(const TenantId& tenant, absl::string_view model, absl::Time from, absl::Time until,
                            absl::FunctionRef<bool(const LoggedScore&)> visit) const override {
    return ForEachEntry<LoggedScore>(kScores, tenant, model, from, until, visit);
  }
  absl::Status ForEachPair(const TenantId& tenant, absl::string_view model, absl::Time from, absl::Time until,
                           absl::FunctionRef<bool(const ShadowPair&)> visit) const override {
    return ForEachEntry<ShadowPair>(kPairs, tenant, model, from, until, visit);
  }

  absl::StatusOr<std::vector<DayCounts>> ReadCounts(const TenantId& tenant, absl::string_view model, int64_t version,
                                                    int64_t first_day, int64_t last_day) const override {
    std::vector<DayCounts> all;
    CLIENTELE_ASSIGN_OR_RETURN(const Days days, DaysOf(kCounts));
    for (int64_t day = std::max(first_day, days.first); day <= std::min(last_day, days.last); ++day) {
      std::string key = ModelKey(day, tenant, model);
      AppendSigned64(version, key);
      const absl::StatusOr<std::string> value = database_->Get(kCounts, key);
      if (absl::IsNotFound(value.status())) continue;
      CLIENTELE_RETURN_IF_ERROR(value.status());
      DayCounts& counts = all.emplace_back(DayCounts{version, day, {}});
      if (!DecodeCounts(*value, counts.counts)) return Damaged();
    }
    return all;
  }

  absl::StatusOr<std::string> FindCustomer(const TenantId& tenant, absl::string_view pseudonym) const override {
    CLIENTELE_ASSIGN_OR_RETURN(const std::string value, database_->Get(kCustomers, CustomerKey(tenant, pseudonym)));
    absl::string_view rest = value;
    int64_t last_day = 0;
    std::string id;
    if (!ReadSigned64(rest, last_day) || !ReadString(rest, id)) return Damaged();
    return id;
  }

  absl::Status ForEachCustomer(
      const TenantId& tenant,
      absl::FunctionRef<bool(const std::string& pseudonym, const std::string& id)> visit) const override {
    std::string prefix, pseudonym, id;
    AppendText(tenant.value(), prefix);
    bool damaged = false;
    CLIENTELE_RETURN_IF_ERROR(
        database_->ForEach(kCustomers, prefix, [&](absl::string_view key, absl::string_view value) {
          int64_t last_day = 0;
          damaged = !ReadString(key, pseudonym) || !ReadSigned64(value, last_day) || !ReadString(value, id);
          return !damaged && visit(pseudonym, id);
        }));
    return damaged ? Damaged() : absl::OkStatus();
  }

  absl::Status ForgetCustomer(const TenantId& tenant, absl::string_view pseudonym,
                              absl::FunctionRef<absl::Status(const ForgottenScores&)> before) override {
    absl::MutexLock lock(&writing_);
    rocksdb::WriteBatch batch;
    ForgottenScores forgotten;
    Prefixes rewritten;
    CLIENTELE_ASSIGN_OR_RETURN(forgotten.scores, DeleteEntries(kScores, tenant, pseudonym, batch, rewritten));
    CLIENTELE_ASSIGN_OR_RETURN(forgotten.pairs, DeleteEntries(kPairs, tenant, pseudonym, batch, rewritten));
    const std::string customer = CustomerKey(tenant, pseudonym);
    const auto row = database_->Get(kCustomers, customer);
    if (!row.ok() && !absl::IsNotFound(row.status())) return row.status();
    forgotten.customers = row.ok() ? 1 : 0;
    batch.Delete(database_->family(kCustomers), customer);
    CLIENTELE_RETURN_IF_ERROR(before(forgotten));
    CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
    return Purge(tenant, rewritten);
  }

  absl::Status PurgeForgotten(const TenantId& tenant) override {
    absl::MutexLock lock(&writing_);
    Prefixes all;
    for (const size_t family : {kScores, kPairs}) {
      CLIENTELE_ASSIGN_OR_RETURN(const Days days, DaysOf(family));
      for (int64_t day = days.first; day <= days.last; ++day) all.emplace(family, DayPrefix(day, tenant));
    }
    return Purge(tenant, all);
  }

  absl::Status Sweep(int64_t first_day) override {
    absl::MutexLock lock(&writing_);
    rocksdb::WriteBatch batch;
    for (const size_t family : {kScores, kPairs, kCounts}) {
      batch.DeleteRange(database_->family(family), DayKey(std::numeric_limits<int64_t>::min()), DayKey(first_day));
    }
    CLIENTELE_RETURN_IF_ERROR(
        database_->ForEach(kCustomers, "", [&](absl::string_view key, absl::string_view value) {
          int64_t last_day = 0;
          if (ReadSigned64(value, last_day) && last_day < first_day) {
            batch.Delete(database_->family(kCustomers), ToSlice(key));
          }
          return true;
        }));
    return database_->Write(batch);
  }

 private:
  struct Days {
    int64_t first = 0, last = -1;
  };

  template <typename Entry>
  void PutEntry(size_t family, const ScoreLogEntries& of_model, const Entry& entry, rocksdb::WriteBatch& batch) const {
    std::string key = ModelKey(DayOf(entry.time), of_model.tenant, of_model.model), value;
    Encode(entry, key, value);
    batch.Put(database_->family(family), key, value);
  }

  using Prefixes = std::set<std::pair<size_t, std::string>>;  // Families and prefixes of what went.

  // Takes what was deleted out of the files.
  absl::Status Purge(const TenantId& tenant, const Prefixes& rewritten) {
    CLIENTELE_RETURN_IF_ERROR(database_->Flush());
    for (const auto& [family, prefix] : rewritten) CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(family, prefix));
    std::string customers;
    AppendText(tenant.value(), customers);
    CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kCustomers, customers));
    return database_->Rewrite(kSecret, "");  // Last: the secret is there.
  }

  // Adds the deletion of all entries of the pseudonym; how many they are.
  absl::StatusOr<int64_t> DeleteEntries(size_t family, const TenantId& tenant, absl::string_view pseudonym,
                                        rocksdb::WriteBatch& batch, Prefixes& rewritten) const {
    int64_t count = 0;
    bool damaged = false;
    CLIENTELE_ASSIGN_OR_RETURN(const Days days, DaysOf(family));
    for (int64_t day = days.first; day <= days.last && !damaged; ++day) {
      const std::string prefix = DayPrefix(day, tenant);
      std::string model, found;
      CLIENTELE_RETURN_IF_ERROR(database_->ForEach(family, prefix, [&](absl::string_view suffix, absl::string_view) {
        absl::string_view rest = suffix;
        absl::Time time;
        damaged = !ReadString(rest, model) || !ReadTime(rest, time) || !ReadString(rest, found);
        if (damaged || found != pseudonym) return !damaged;
        batch.Delete(database_->family(family), absl::StrCat(prefix, suffix));
        rewritten.emplace(family, prefix);
        ++count;
        return true;
      }));
    }
    if (damaged) return Damaged();
    return count;
  }

  // `sums` has what the batch is about to write, which the database does not have yet.
  absl::Status AddCounts(const ScoreLogEntries& of_model, const DayCounts& added,
                         std::map<std::string, std::vector<int64_t>>& sums) const {
    std::string key = ModelKey(added.day, of_model.tenant, of_model.model);
    AppendSigned64(added.version, key);
    const auto [found, is_new] = sums.try_emplace(key);
    if (is_new) {
      const absl::StatusOr<std::string> value = database_->Get(kCounts, key);
      if (value.ok() && !DecodeCounts(*value, found->second)) return Damaged();
      if (!value.ok() && !absl::IsNotFound(value.status())) return value.status();
    }
    found->second.resize(std::max(found->second.size(), added.counts.size()));
    for (size_t i = 0; i < added.counts.size(); ++i) found->second[i] += added.counts[i];
    return absl::OkStatus();
  }

  // From the first day that has an entry to the last.
  absl::StatusOr<Days> DaysOf(size_t family) const {
    const std::unique_ptr<rocksdb::Iterator> all(database_->db().NewIterator({}, database_->family(family)));
    Days days;
    all->SeekToFirst();
    if (!all->Valid()) {
      if (!all->status().ok()) return FromRocks(all->status());
      return days;
    }
    absl::string_view first = ToView(all->key());
    if (!ReadSigned64(first, days.first)) return Damaged();
    all->SeekToLast();
    if (!all->Valid()) return FromRocks(all->status());
    absl::string_view last = ToView(all->key());
    if (!ReadSigned64(last, days.last)) return Damaged();
    return days;
  }

  template <typename Entry>
  absl::Status ForEachEntry(size_t family, const TenantId& tenant, absl::string_view model, absl::Time from,
                            absl::Time until, absl::FunctionRef<bool(const Entry&)> visit) const {
    CLIENTELE_ASSIGN_OR_RETURN(const Days days, DaysOf(family));
    bool damaged = false, stopped = false;
    for (int64_t day = std::max(DayOf(from), days.first); day <= std::min(DayOf(until), days.last) && !stopped; ++day) {
      CLIENTELE_RETURN_IF_ERROR(database_->ForEach(
          family, ModelKey(day, tenant, model), [&](absl::string_view key, absl::string_view value) {
            Entry entry;
            damaged = !Decode(key, value, entry);
            if (!damaged && entry.time >= from && entry.time < until) stopped = !visit(entry);
            return !damaged && !stopped;
          }));
      if (damaged) return Damaged();
    }
    return absl::OkStatus();
  }

  const std::unique_ptr<Database> database_;
  const std::string secret_;
  absl::Mutex writing_;  // Held from the look at counts to their write.
};

// The secret that is there, or a new one.
absl::StatusOr<std::string> SecretOf(Database& database) {
  absl::StatusOr<std::string> secret = database.Get(kSecret, "");
  if (!absl::IsNotFound(secret.status())) return secret;
  std::string bytes(kSecretBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), kSecretBytes) != 1) {
    return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "the machine gives no random bytes");
  }
  rocksdb::WriteBatch batch;
  batch.Put(database.family(kSecret), "", bytes);
  CLIENTELE_RETURN_IF_ERROR(database.Write(batch));
  return bytes;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ScoreLog>> OpenRocksScoreLog(const std::string& directory, const OpenOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(
      std::unique_ptr<Database> database,
      Database::Open(
          directory,
          {{"scores", BusyOptions()}, {"pairs", BusyOptions()}, {"counts", {}}, {"customers", {}}, {"secret", {}}},
          options));
  CLIENTELE_ASSIGN_OR_RETURN(std::string secret, SecretOf(*database));
  return std::make_unique<RocksScoreLog>(std::move(database), std::move(secret));
}

}  // namespace clientele::storage
