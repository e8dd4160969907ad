#include "common/storage/postgresql/score_log.h"

#include <openssl/rand.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::storage::postgresql {
namespace {

constexpr int kSecretBytes = 32;

// Tables of the session that every commit empties; a batch goes through them, for COPY knows no policies.
constexpr char kMakeStaging[] =
    "CREATE TEMP TABLE IF NOT EXISTS staged_scores (LIKE clientele.scores) ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE IF NOT EXISTS staged_pairs (LIKE clientele.shadow_pairs) ON COMMIT DELETE ROWS";

// Times beyond what a column holds are its ends.
Value Bound(absl::Time time) {
  if (time == absl::InfinitePast()) return Number(Type::kTime, std::numeric_limits<int64_t>::min());
  if (time == absl::InfiniteFuture()) return Number(Type::kTime, std::numeric_limits<int64_t>::max());
  return Time(absl::ToUnixMicros(time));
}
Value StartOf(int64_t day) { return Bound(absl::UnixEpoch() + absl::Hours(24) * day); }

void AddScore(const ScoreLogEntries& of, const LoggedScore& score, CopyRows& rows) {
  rows.Begin(11);
  rows.AddRaw(of.tenant.value());
  rows.AddRaw(of.model);
  rows.AddTime(absl::ToUnixMicros(score.time));
  rows.AddRaw(score.pseudonym);
  rows.AddInt8(score.version);
  rows.AddRaw(score.arm);
  rows.AddRaw(score.alias);
  rows.AddFloat8(score.score);
  rows.AddInt4(score.decision);
  rows.AddFloat8(score.micros);
  rows.AddInt8(static_cast<int64_t>(score.feature_digest));
}

void AddPair(const ScoreLogEntries& of, const ShadowPair& pair, CopyRows& rows) {
  rows.Begin(12);
  rows.AddRaw(of.tenant.value());
  rows.AddRaw(of.model);
  rows.AddTime(absl::ToUnixMicros(pair.time));
  rows.AddRaw(pair.pseudonym);
  rows.AddInt8(pair.served_version);
  rows.AddInt8(pair.shadow_version);
  rows.AddFloat8(pair.served_score);
  rows.AddFloat8(pair.shadow_score);
  rows.AddInt4(pair.served_decision);
  rows.AddInt4(pair.shadow_decision);
  rows.AddFloat8(pair.served_micros);
  rows.AddFloat8(pair.shadow_micros);
}

LoggedScore ReadScore(const Result& rows, int row) {
  return {.time = absl::FromUnixMicros(rows.Micros(row, 0)),
          .pseudonym = rows.String(row, 1),
          .version = rows.Int8(row, 2),
          .arm = rows.String(row, 3),
          .alias = rows.String(row, 4),
          .score = rows.Float8(row, 5),
          .decision = rows.Int4(row, 6),
          .micros = rows.Float8(row, 7),
          .feature_digest = static_cast<uint64_t>(rows.Int8(row, 8))};
}

ShadowPair ReadPair(const Result& rows, int row) {
  return {.time = absl::FromUnixMicros(rows.Micros(row, 0)),
          .pseudonym = rows.String(row, 1),
          .served_version = rows.Int8(row, 2),
          .shadow_version = rows.Int8(row, 3),
          .served_score = rows.Float8(row, 4),
          .shadow_score = rows.Float8(row, 5),
          .served_decision = rows.Int4(row, 6),
          .shadow_decision = rows.Int4(row, 7),
          .served_micros = rows.Float8(row, 8),
          .shadow_micros = rows.Float8(row, 9)};
}

absl::Status AddCounts(Connection& connection, const ScoreLogEntries& of, const DayCounts& added) {
  std::vector<Value> counts;
  for (const int64_t count : added.counts) counts.push_back(Int8(count));
  return connection
      .Execute(
          "INSERT INTO score_counts AS known (tenant, model, version, day, counts) VALUES ($1, $2, $3, $4, $5)"
          " ON CONFLICT (tenant, model, version, day) DO UPDATE SET counts = ARRAY(SELECT coalesce(a, 0) +"
          " coalesce(b, 0) FROM unnest(known.counts, excluded.counts) WITH ORDINALITY AS both_of (a, b, i)"
          " ORDER BY i)",
          {Text(of.tenant.value()), Text(of.model), Int8(added.version), Int8(added.day), Array(Type::kInt8, counts)})
      .status();
}

absl::Status AddCustomers(Connection& connection, const ScoreLogEntries& of) {
  std::map<std::string, const LoggedCustomer*> newest;  // By pseudonym: in an order that all share.
  for (const LoggedCustomer& customer : of.customers) newest[customer.pseudonym] = &customer;
  std::vector<Value> pseudonyms, ids, days;
  for (const auto& [pseudonym, customer] : newest) {
    pseudonyms.push_back(Bytes(pseudonym));
    ids.push_back(Bytes(customer->customer_id));
    days.push_back(Int8(customer->last_day));
  }
  if (newest.empty()) return absl::OkStatus();
  return connection
      .Execute(
          "INSERT INTO score_customers (tenant, pseudonym, customer_id, last_day)"
          " SELECT $1, * FROM unnest($2::bytea[], $3::bytea[], $4::int8[]) ON CONFLICT (tenant, pseudonym)"
          " DO UPDATE SET customer_id = excluded.customer_id, last_day = excluded.last_day",
          {Text(of.tenant.value()), Array(Type::kBytes, pseudonyms), Array(Type::kBytes, ids),
           Array(Type::kInt8, days)})
      .status();
}

class PostgresScoreLog final : public ScoreLog {
 public:
  PostgresScoreLog(std::shared_ptr<const Database> database, std::string secret)
      : database_(std::move(database)), secret_(std::move(secret)) {}

  const std::string& secret() const override { return secret_; }

  absl::Status Append(absl::Span<const ScoreLogEntries> entries) override {
    CopyRows scores, pairs;
    for (const ScoreLogEntries& of : entries) {
      for (const LoggedScore& score : of.scores) AddScore(of, score, scores);
      for (const ShadowPair& pair : of.pairs) AddPair(of, pair, pairs);
    }
    const std::string &score_rows = scores.Finish(), &pair_rows = pairs.Finish();
    // Entries of many tenants in one step.
    return database_->WriteAll([&](Connection& connection) -> absl::Status {
      CLIENTELE_RETURN_IF_ERROR(connection.Run(kMakeStaging));
      CLIENTELE_RETURN_IF_ERROR(connection.CopyIn("COPY staged_scores FROM STDIN (FORMAT binary)", score_rows));
      CLIENTELE_RETURN_IF_ERROR(connection.CopyIn("COPY staged_pairs FROM STDIN (FORMAT binary)", pair_rows));
      CLIENTELE_RETURN_IF_ERROR(connection.Run(
          "INSERT INTO scores SELECT * FROM staged_scores ORDER BY time, tenant, model, pseudonym, version"
          " ON CONFLICT DO NOTHING; INSERT INTO shadow_pairs SELECT * FROM staged_pairs ORDER BY time,"
          " tenant, model, pseudonym, served_version, shadow_version ON CONFLICT DO NOTHING"));
      for (const ScoreLogEntries& of : entries) {
        CLIENTELE_RETURN_IF_ERROR(AddCustomers(connection, of));
        for (const DayCounts& added : of.counts) CLIENTELE_RETURN_IF_ERROR(AddCounts(connection, of, added));
      }
      return absl::OkStatus();
    });
  }

  absl::Status ForEachScore(const TenantId& tenant, absl::string_view model, absl::Time from, absl::Time until,
                            absl::FunctionRef<bool(const LoggedScore&)> visit) const override {
    return ForEach(tenant, model, from, until,
                   "time, pseudonym, version, arm, alias, score, decision, micros, feature_digest FROM scores",
                   "pseudonym, version", [&](const Result& rows, int row) { return visit(ReadScore(rows, row)); });
  }
  absl::Status ForEachPair(const TenantId& tenant, absl::string_view model, absl::Time from, absl::Time until,
                           absl::FunctionRef<bool(const ShadowPair&)> visit) const override {
    return ForEach(tenant, model, from, until,
                   "time, pseudonym, served_version, shadow_version, served_score, shadow_score, served_decision, "
                   "shadow_decision, served_micros, shadow_micros FROM shadow_pairs",
                   "pseudonym, served_version, shadow_version",
                   [&](const Result& rows, int row) { return visit(ReadPair(rows, row)); });
  }

  absl::StatusOr<std::vector<DayCounts>> ReadCounts(const TenantId& tenant, absl::string_view model, int64_t version,
                                                    int64_t first_day, int64_t last_day) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->Query(tenant,
                         "SELECT day, counts FROM score_counts WHERE tenant = $1 AND model = $2 AND version = $3 AND "
                         "day BETWEEN $4 AND $5 ORDER BY day",
                         {Text(tenant.value()), Text(model), Int8(version), Int8(first_day), Int8(last_day)}));
    std::vector<DayCounts> all;
    std::vector<absl::string_view> counts;
    for (int row = 0; row < rows.rows(); ++row) {
      DayCounts& day = all.emplace_back(DayCounts{version, rows.Int8(row, 0), {}});
      if (!ReadArray(rows.Bytes(row, 1), counts)) {
        return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "the score log is damaged");
      }
      for (const absl::string_view count : counts) day.counts.push_back(FromBigEndian<int64_t>(count.data()));
    }
    return all;
  }

  absl::StatusOr<std::string> FindCustomer(const TenantId& tenant, absl::string_view pseudonym) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->Query(tenant, "SELECT customer_id FROM score_customers WHERE tenant = $1 AND pseudonym = $2",
                         {Text(tenant.value()), Bytes(pseudonym)}));
    if (rows.rows() == 0) return absl::NotFoundError("the customer has been forgotten");
    return rows.String(0, 0);
  }

  absl::Status ForEachCustomer(
      const TenantId& tenant,
      absl::FunctionRef<bool(const std::string& pseudonym, const std::string& id)> visit) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->Query(tenant,
                         "SELECT pseudonym, customer_id FROM score_customers WHERE tenant = $1 ORDER BY pseudonym",
                         {Text(tenant.value())}));
    for (int row = 0; row < rows.rows(); ++row) {
      if (!visit(rows.String(row, 0), rows.String(row, 1))) break;
    }
    return absl::OkStatus();
  }

  absl::Status ForgetCustomer(const TenantId& tenant, absl::string_view pseudonym,
                              absl::FunctionRef<absl::Status(const ForgottenScores&)> before) override {
    CLIENTELE_RETURN_IF_ERROR(database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      ForgottenScores forgotten;
      for (const auto& [table, count] :
           {std::pair("scores", &forgotten.scores), std::pair("shadow_pairs", &forgotten.pairs),
            std::pair("score_customers", &forgotten.customers)}) {
        const auto gone =
            connection.Execute(absl::StrCat("DELETE FROM ", table, " WHERE tenant = $1 AND pseudonym = $2"),
                               {Text(tenant.value()), Bytes(pseudonym)});
        if (!gone.ok()) return gone.status();
        *count = gone->changed();
      }
      return before(forgotten);
    }));
    return PurgeForgotten(tenant);
  }

  absl::Status PurgeForgotten(const TenantId&) override {
    return database_->RunAlone("VACUUM scores, shadow_pairs, score_customers");
  }

  absl::Status Sweep(int64_t first_day) override {
    return database_->WriteAll([&](Connection& connection) -> absl::Status {
      for (const char* table : {"scores", "shadow_pairs"}) {
        CLIENTELE_RETURN_IF_ERROR(
            connection.Execute(absl::StrCat("DELETE FROM ", table, " WHERE time < $1"), {StartOf(first_day)}).status());
      }
      CLIENTELE_RETURN_IF_ERROR(
          connection.Execute("DELETE FROM score_counts WHERE day < $1", {Int8(first_day)}).status());
      return connection.Execute("DELETE FROM score_customers WHERE last_day < $1", {Int8(first_day)}).status();
    });
  }

 private:
  // Rows of [from, until) by time, then by `key`; so many at once.
  absl::Status ForEach(const TenantId& tenant, absl::string_view model, absl::Time from, absl::Time until,
                       absl::string_view columns_and_table, absl::string_view key,
                       absl::FunctionRef<bool(const Result&, int row)> visit) const {
    constexpr int kRowsAtOnce = 10'000;
    const std::string sql =
        absl::StrCat("SELECT ", columns_and_table, " WHERE tenant = $1 AND model = $2 AND time >= $3 AND time < $4",
                     " ORDER BY time, ", key, " OFFSET $5 LIMIT $6");
    Value first = Bound(from);
    int64_t seen = 0;  // Of the instant that `first` is.
    while (true) {
      CLIENTELE_ASSIGN_OR_RETURN(const Result rows, database_->Query(tenant, sql,
                                                                     {Text(tenant.value()), Text(model), first,
                                                                      Bound(until), Int8(seen), Int8(kRowsAtOnce)}));
      for (int row = 0; row < rows.rows(); ++row) {
        if (!visit(rows, row)) return absl::OkStatus();
        Value time = Time(rows.Micros(row, 0));
        seen = time.bytes == first.bytes ? seen + 1 : 1;
        first = std::move(time);
      }
      if (rows.rows() < kRowsAtOnce) return absl::OkStatus();
    }
  }

  const std::shared_ptr<const Database> database_;
  const std::string secret_;
};

// The secret that is there, or a new one.
absl::StatusOr<std::string> SecretOf(const Database& database) {
  std::string bytes(kSecretBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), kSecretBytes) != 1) {
    return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "the machine gives no random bytes");
  }
  CLIENTELE_RETURN_IF_ERROR(
      database.QueryAll("INSERT INTO score_log_secret (secret) VALUES ($1) ON CONFLICT DO NOTHING", {Bytes(bytes)})
          .status());
  CLIENTELE_ASSIGN_OR_RETURN(const Result row, database.QueryAll("SELECT secret FROM score_log_secret"));
  return row.String(0, 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ScoreLog>> OpenScoreLog(std::shared_ptr<const Database> database) {
  CLIENTELE_ASSIGN_OR_RETURN(std::string secret, SecretOf(*database));
  return std::make_unique<PostgresScoreLog>(std::move(database), std::move(secret));
}

}  // namespace clientele::storage::postgresql
