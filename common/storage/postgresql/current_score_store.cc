#include "common/storage/postgresql/current_score_store.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/storage/current_score_rules.h"

namespace clientele::storage::postgresql {
namespace {

using inference::v1::CurrentScore;

constexpr char kColumns[] =
    "model, customer_id, score, percentile, tier, segment, previous_score, previous_tier, previous_segment,"
    " previous_version, previous_feature_time, reasons, version, arm, feature_time, score_time";

google::protobuf::Timestamp TimeAt(const Result& rows, int row, int column) {
  return ToProto(absl::FromUnixMicros(rows.Micros(row, column)));
}

// A row of kColumns.
CurrentScore ReadRow(const TenantId& tenant, const Result& rows, int row) {
  const std::string model = rows.String(row, 0);
  CurrentScore score;
  score.set_customer_id(rows.String(row, 1));
  score.set_name(FormatModelCustomer({tenant, model, score.customer_id()}, kCurrentScores));
  score.set_score(rows.Float8(row, 2));
  if (!rows.IsNull(row, 3)) score.set_percentile(rows.Float8(row, 3));
  score.set_tier(rows.String(row, 4));
  score.set_segment(rows.String(row, 5));
  if (!rows.IsNull(row, 6)) {
    auto& previous = *score.mutable_previous();
    previous.set_score(rows.Float8(row, 6));
    previous.set_tier(rows.String(row, 7));
    previous.set_segment(rows.String(row, 8));
    previous.set_model_version(FormatVersion(tenant, model, rows.Int8(row, 9)));
    *previous.mutable_feature_time() = TimeAt(rows, row, 10);
    score.set_change(score.score() - previous.score());
  }
  for (const absl::string_view reason : absl::StrSplit(rows.Bytes(row, 11), '\n', absl::SkipEmpty())) {
    score.add_reasons(std::string(reason));
  }
  score.set_model_version(FormatVersion(tenant, model, rows.Int8(row, 12)));
  score.set_arm(rows.String(row, 13));
  *score.mutable_feature_time() = TimeAt(rows, row, 14);
  *score.mutable_score_time() = TimeAt(rows, row, 15);
  return score;
}

// The columns of an insertion, each an array.
struct Columns {
  std::vector<Value> shards, customers, scores, tiers, segments, reasons, versions, arms, times;

  absl::Status Add(const TenantId& tenant, const CurrentScore& score) {
    CLIENTELE_ASSIGN_OR_RETURN(const VersionName version, ParseVersionName("model_version", score.model_version()));
    shards.push_back(Int2(ShardOf(tenant, score.customer_id())));
    customers.push_back(Bytes(score.customer_id()));
    scores.push_back(Float8(score.score()));
    tiers.push_back(Text(Readable(score.tier())));
    segments.push_back(Text(Readable(score.segment())));
    reasons.push_back(Text(Readable(absl::StrJoin(score.reasons(), "\n"))));
    versions.push_back(Int8(version.version));
    arms.push_back(Text(score.arm()));
    times.push_back(Time(absl::ToUnixMicros(FromProto(score.score_time()))));
    return absl::OkStatus();
  }
};

Value TextArray(absl::Span<const std::string> texts) {
  std::vector<Value> values;
  for (const std::string& text : texts) values.push_back(Text(Readable(text)));
  return Array(Type::kText, values);
}

// The tenant's last number, held until the transaction ends: who follows writes after it.
absl::StatusOr<int64_t> HoldJournal(Connection& connection, const TenantId& tenant) {
  const std::vector<Value> key = {Text(tenant.value())};
  CLIENTELE_RETURN_IF_ERROR(
      connection.Execute("INSERT INTO score_journals VALUES ($1, 0, 0) ON CONFLICT DO NOTHING", key).status());
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result row,
      connection.Execute("SELECT last_sequence FROM score_journals WHERE tenant = $1 FOR UPDATE", key));
  return row.Int8(0, 0);
}

// Writes what takes the place of something; the rows as they are then, by customer.
absl::StatusOr<Result> Upsert(Connection& connection, const TenantId& tenant, absl::string_view model,
                              const Value& feature_time, const Columns& columns) {
  return connection.Execute(
      absl::StrCat(
          "WITH put AS (INSERT INTO current_scores AS c (tenant, shard, model, customer_id, score, tier, segment,"
          " reasons, version, arm, feature_time, score_time)"
          " SELECT $1, shard, $2, customer_id, score, tier, segment, reasons, version, arm, $3, score_time"
          " FROM unnest($4::int2[], $5::bytea[], $6::float8[], $7::text[], $8::text[], $9::text[], $10::int8[],"
          " $11::text[], $12::timestamptz[]) AS new (shard, customer_id, score, tier, segment, reasons, version, arm,"
          " score_time)"
          " ON CONFLICT (tenant, shard, model, customer_id) DO UPDATE SET score = excluded.score,"
          " tier = excluded.tier, segment = excluded.segment, previous_score = c.score, previous_tier = c.tier,"
          " previous_segment = c.segment, previous_version = c.version, previous_feature_time = c.feature_time,"
          " reasons = excluded.reasons, version = excluded.version, arm = excluded.arm,"
          " feature_time = excluded.feature_time, score_time = excluded.score_time"
          " WHERE c.feature_time < excluded.feature_time RETURNING *)"
          " SELECT ",
          kColumns, " FROM put ORDER BY customer_id"),
      {Text(tenant.value()), Text(model), feature_time, Array(Type::kInt2, columns.shards),
       Array(Type::kBytes, columns.customers), Array(Type::kFloat8, columns.scores), Array(Type::kText, columns.tiers),
       Array(Type::kText, columns.segments), Array(Type::kText, columns.reasons), Array(Type::kInt8, columns.versions),
       Array(Type::kText, columns.arms), Array(Type::kTime, columns.times)});
}

// Numbers the changes after `last`.
absl::Status AppendChanges(Connection& connection, const TenantId& tenant, int64_t last,
                           const std::vector<CurrentScore>& changes) {
  std::vector<Value> sequences, customers, messages;
  for (const CurrentScore& change : changes) {
    sequences.push_back(Int8(++last));
    customers.push_back(Bytes(change.customer_id()));
    messages.push_back(Bytes(change.SerializeAsString()));
  }
  CLIENTELE_RETURN_IF_ERROR(
      connection
          .Execute("INSERT INTO score_changes SELECT $1, * FROM unnest($2::int8[], $3::bytea[], $4::bytea[])",
                   {Text(tenant.value()), Array(Type::kInt8, sequences), Array(Type::kBytes, customers),
                    Array(Type::kBytes, messages)})
          .status());
  return connection
      .Execute("UPDATE score_journals SET last_sequence = $2 WHERE tenant = $1", {Text(tenant.value()), Int8(last)})
      .status();
}

absl::StatusOr<int64_t> CountGroupChanges(Connection& connection, const TenantId& tenant, absl::string_view model,
                                          const Value& feature_time, const Columns& columns) {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result row,
      connection.Execute("SELECT count(*) FROM current_scores WHERE tenant = $1 AND model = $2 AND feature_time = $3"
                         " AND shard = ANY($4) AND customer_id = ANY($5) AND previous_score IS NOT NULL"
                         " AND (tier <> previous_tier OR segment <> previous_segment)",
                         {Text(tenant.value()), Text(model), feature_time, Array(Type::kInt2, columns.shards),
                          Array(Type::kBytes, columns.customers)}));
  return row.Int8(0, 0);
}

class PostgresCurrentScoreStore final : public CurrentScoreStore {
 public:
  explicit PostgresCurrentScoreStore(std::shared_ptr<const Database> database) : database_(std::move(database)) {}

  absl::StatusOr<int64_t> Put(const TenantId& tenant, absl::string_view model,
                              absl::Span<const CurrentScore> scores) override {
    if (scores.empty()) return 0;
    Columns columns;
    for (const CurrentScore& score : scores) CLIENTELE_RETURN_IF_ERROR(columns.Add(tenant, score));
    const Value feature_time = Time(absl::ToUnixMicros(FromProto(scores[0].feature_time())));
    int64_t group_changes = 0;
    const absl::Status written = database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(const int64_t last, HoldJournal(connection, tenant));
      CLIENTELE_ASSIGN_OR_RETURN(const Result rows, Upsert(connection, tenant, model, feature_time, columns));
      std::vector<CurrentScore> changes;
      for (int row = 0; row < rows.rows(); ++row) {
        CurrentScore now = ReadRow(tenant, rows, row);
        if (IsChange(now)) changes.push_back(std::move(now));
      }
      if (!changes.empty()) CLIENTELE_RETURN_IF_ERROR(AppendChanges(connection, tenant, last, changes));
      CLIENTELE_ASSIGN_OR_RETURN(group_changes, CountGroupChanges(connection, tenant, model, feature_time, columns));
      return absl::OkStatus();
    });
    CLIENTELE_RETURN_IF_ERROR(written);
    return group_changes;
  }

  absl::StatusOr<int64_t> Finish(const TenantId& tenant, absl::string_view model, absl::Time feature_time) override {
    int64_t removed = 0;
    const absl::Status written = database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      const std::vector<Value> key = {Text(tenant.value()), Text(model)};
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result gone,
          connection.Execute("DELETE FROM current_scores WHERE tenant = $1 AND model = $2 AND feature_time < $3",
                             {key[0], key[1], Time(absl::ToUnixMicros(feature_time))}));
      removed = gone.changed();
      // Those below, and half of its equals.
      return connection
          .Execute(
              "UPDATE current_scores AS c SET percentile = r.percentile FROM (SELECT shard, customer_id,"
              " 100 * (rank() OVER (ORDER BY score) - 1 + count(*) OVER (PARTITION BY score) / 2.0::float8)"
              " / count(*) OVER () AS percentile FROM current_scores WHERE tenant = $1 AND model = $2"
              " AND segment = '') AS r WHERE c.tenant = $1 AND c.model = $2 AND c.shard = r.shard"
              " AND c.customer_id = r.customer_id AND c.percentile IS DISTINCT FROM r.percentile",
              key)
          .status();
    });
    CLIENTELE_RETURN_IF_ERROR(written);
    return removed;
  }

  absl::StatusOr<CurrentScore> Get(const ModelCustomerName& name) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows, database_->Query(name.tenant,
                                            absl::StrCat("SELECT ", kColumns,
                                                         " FROM current_scores WHERE tenant = $1 AND shard = $2"
                                                         " AND model = $3 AND customer_id = $4"),
                                            {Text(name.tenant.value()), Int2(ShardOf(name.tenant, name.customer_id)),
                                             Text(name.model), Bytes(name.customer_id)}));
    if (rows.rows() == 0) return CurrentScoreNotFound(name);
    return ReadRow(name.tenant, rows, 0);
  }

  absl::Status List(const TenantId& tenant, absl::string_view model, absl::Span<const std::string> groups,
                    const ModelCustomerName& after, absl::FunctionRef<bool(const CurrentScore&)> visit) const override {
    constexpr int kRowsAtOnce = 1'000;
    const std::string sql =
        absl::StrCat("SELECT ", kColumns,
                     " FROM current_scores WHERE tenant = $1 AND ($2 = '' OR model = $2)"
                     " AND (model, customer_id) > ($3, $4) AND ($5 = '{}' OR tier = ANY($5) OR segment = ANY($5))"
                     " ORDER BY model, customer_id LIMIT $6");
    const Value of_groups = TextArray(groups);
    std::string last_model = after.model, last_customer = after.customer_id;
    while (true) {
      CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                                 database_->Query(tenant, sql,
                                                  {Text(tenant.value()), Text(model), Text(last_model),
                                                   Bytes(last_customer), of_groups, Int8(kRowsAtOnce)}));
      for (int row = 0; row < rows.rows(); ++row) {
        if (!visit(ReadRow(tenant, rows, row))) return absl::OkStatus();
      }
      if (rows.rows() < kRowsAtOnce) return absl::OkStatus();
      last_model = rows.String(rows.rows() - 1, 0);
      last_customer = rows.String(rows.rows() - 1, 1);
    }
  }

  absl::StatusOr<int64_t> LastChange(const TenantId& tenant) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result row,
        database_->Query(tenant, "SELECT last_sequence FROM score_journals WHERE tenant = $1", {Text(tenant.value())}));
    return row.rows() == 0 ? 0 : row.Int8(0, 0);
  }

  absl::StatusOr<std::vector<ScoreChange>> ReadChanges(const TenantId& tenant, int64_t after, int most) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->Query(tenant,
                         "SELECT sequence, message FROM score_changes WHERE tenant = $1 AND sequence > $2"
                         " ORDER BY sequence LIMIT $3",
                         {Text(tenant.value()), Int8(after), Int8(most)}));
    // After the rows: what was forgotten before they were read is forgotten now.
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result journal,
        database_->Query(tenant, "SELECT 1 FROM score_journals WHERE tenant = $1 AND forgotten_sequence > $2",
                         {Text(tenant.value()), Int8(after)}));
    if (journal.rows() > 0) return ResumeTokenTooOld();
    std::vector<ScoreChange> changes;
    for (int row = 0; row < rows.rows(); ++row) {
      ScoreChange& change = changes.emplace_back(ScoreChange{rows.Int8(row, 0), {}});
      if (!change.score.ParseFromString(rows.String(row, 1))) {
        return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored current score is damaged");
      }
    }
    return changes;
  }

  absl::Status TrimChanges(const TenantId& tenant, int64_t most) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(const int64_t last, HoldJournal(connection, tenant));
      const std::vector<Value> until = {Text(tenant.value()), Int8(last - most)};
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result marked, connection.Execute("UPDATE score_journals SET forgotten_sequence = $2 WHERE tenant = $1"
                                                  " AND forgotten_sequence < $2",
                                                  until));
      if (marked.changed() == 0) return absl::OkStatus();
      return connection.Execute("DELETE FROM score_changes WHERE tenant = $1 AND sequence <= $2", until).status();
    });
  }

  absl::Status Forget(const TenantId& tenant, absl::FunctionRef<bool(absl::string_view)> theirs,
                      absl::FunctionRef<absl::Status(const CurrentScoreCounts&)> before) override {
    return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(const Result customers,
                                 connection.Execute("SELECT customer_id FROM current_scores WHERE tenant = $1 UNION"
                                                    " SELECT customer_id FROM score_changes WHERE tenant = $1",
                                                    {Text(tenant.value())}));
      std::vector<Value> ids;
      for (int row = 0; row < customers.rows(); ++row) {
        if (theirs(customers.Bytes(row, 0))) ids.push_back(Bytes(customers.Bytes(row, 0)));
      }
      if (ids.empty()) return absl::OkStatus();
      const std::vector<Value> parameters = {Text(tenant.value()), Array(Type::kBytes, ids)};
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result scores,
          connection.Execute("DELETE FROM current_scores WHERE tenant = $1 AND customer_id = ANY($2)", parameters));
      CLIENTELE_ASSIGN_OR_RETURN(
          const Result changes,
          connection.Execute("DELETE FROM score_changes WHERE tenant = $1 AND customer_id = ANY($2)", parameters));
      return before({scores.changed(), changes.changed()});
    });
  }

  absl::Status Purge(const TenantId&) override { return database_->RunAlone("VACUUM current_scores, score_changes"); }

 private:
  const std::shared_ptr<const Database> database_;
};

}  // namespace

std::unique_ptr<CurrentScoreStore> MakeCurrentScoreStore(std::shared_ptr<const Database> database) {
  return std::make_unique<PostgresCurrentScoreStore>(std::move(database));
}

}  // namespace clientele::storage::postgresql
