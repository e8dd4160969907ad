// How fast records come into PostgreSQL and out again: through the store, and through a bare libpq loop that sends the
// same statements with rows that were made before, so that it has nothing else to do. Both on one server with its usual
// settings, which syncs every commit; in batches of 1,000 records, from as many sessions at once as the argument says.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/hash.h"
#include "common/records/record_columns.h"
#include "common/storage/postgresql/record_store.h"
#include "common/storage/postgresql/staging.h"
#include "libpq-fe.h"
#include "services/ingestion/records/record_form.h"
#include "tests/testing/postgresql_server.h"

namespace clientele::storage::postgresql {
namespace {

constexpr int kBatchRecords = 1'000;
constexpr int kCustomers = 50'000;
constexpr int64_t kTimeMicros = 1'700'000'000'000'000;

int Batches() { return std::getenv("CLIENTELE_BENCHMARK_BRIEF") != nullptr ? 4 : 200; }
TenantId Tenant() { return TenantId::Parse("bench").value(); }

testutil::PostgresqlServer& Server() {
  static const auto server =
      std::make_unique<testutil::PostgresqlServer>(testutil::PostgresqlServerOptions{.durable = true});
  return *server;
}

// The `n`th purchase of the tenant, a line of an order.
NewRecord Purchase(int n) {
  ingestion::v1::Record record;
  record.set_source("shop");
  record.set_record_id(absl::StrCat("order-", 10'000'000 + n, "-1"));
  auto& transaction = *record.mutable_transaction();
  transaction.set_amount_micros(int64_t{n % 10'000 + 1} * 10'000);
  transaction.set_base_amount_micros(transaction.amount_micros());
  transaction.set_currency_code("USD");
  transaction.set_product(absl::StrCat("sku-", n % 5'000));
  transaction.set_category(n % 3 == 0 ? "books" : "garden");
  transaction.set_channel("web");
  transaction.set_quantity(n % 4 + 1);
  transaction.set_order_id(absl::StrCat("order-", 10'000'000 + n));
  NewRecord result;
  result.source = record.source();
  result.record_id = record.record_id();
  result.customer_id = absl::StrCat("customer-", static_cast<uint32_t>(n) * 2'654'435'761u % kCustomers);
  result.event_time_micros = kTimeMicros + int64_t{n} * 1'000'000;
  result.kind = common::v1::RECORD_KIND_TRANSACTION;
  ingestion::EncodeRecord(record, result.body);
  result.content_digest = Hash128(result.body);
  return result;
}

std::vector<NewRecord> Batch(int batch) {
  std::vector<NewRecord> records;
  for (int i = 0; i < kBatchRecords; ++i) records.push_back(Purchase(batch * kBatchRecords + i));
  return records;
}

// Calls `write` with the number of every batch, from `sessions` threads at once, and says how many records went in.
template <typename Write>
void Measure(benchmark::State& state, Write write) {
  const int sessions = static_cast<int>(state.range(0));
  for (auto _ : state) {
    std::vector<std::thread> threads;
    const absl::Time begin = absl::Now();
    for (int session = 0; session < sessions; ++session) {
      threads.emplace_back([&, session] {
        for (int batch = session; batch < Batches(); batch += sessions) write(session, batch);
      });
    }
    for (std::thread& thread : threads) thread.join();
    state.SetIterationTime(absl::ToDoubleSeconds(absl::Now() - begin));
  }
  state.SetItemsProcessed(state.iterations() * Batches() * kBatchRecords);
}

void Require(bool ok, absl::string_view what) {
  if (ok) return;
  std::fprintf(stderr, "%s\n", std::string(what).c_str());
  std::abort();
}

std::unique_ptr<PostgresRecordStore> OpenStore(const std::string& url) {
  return std::make_unique<PostgresRecordStore>(Database::Open({.url = url}).value(), &records::ColumnsOf);
}

void BM_Store(benchmark::State& state) {
  const auto store = OpenStore(Server().NewDatabase());
  std::vector<std::vector<NewRecord>> batches;
  for (int batch = 0; batch < Batches(); ++batch) batches.push_back(Batch(batch));
  Measure(state, [&](int, int batch) {
    const auto appended = store->Append(Tenant(), batches[static_cast<size_t>(batch)], {}, absl::UnixEpoch());
    Require(appended.ok(), appended.status().ToString());
  });
}
BENCHMARK(BM_Store)->Arg(1)->Arg(4)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

// One session that blocks.
class BareSession {
 public:
  explicit BareSession(const std::string& url) : session_(PQconnectdb(url.c_str()), &PQfinish) {
    Run("SET search_path = clientele, pg_temp; SET client_min_messages = warning");
    Run(kMakeStaging);
    for (const char* sql : {kInsertIds, kInsertRecords, kInsertCustomers, kCount}) Prepare(sql);
  }

  void Write(const std::string& rows) {
    Run("BEGIN; SET LOCAL clientele.tenant = 'bench'; SELECT pg_advisory_xact_lock_shared(1, 2)");
    Run("SELECT revision, digest_key, last_number FROM erasure_states WHERE tenant = 'bench'");
    Run(kMakeStaging);
    Run(kCopyToStaging, PGRES_COPY_IN);
    Require(PQputCopyData(session_.get(), rows.data(), static_cast<int>(rows.size())) == 1 &&
                PQputCopyEnd(session_.get(), nullptr) == 1,
            "COPY");
    while (PGresult* result = PQgetResult(session_.get())) PQclear(result);
    const std::vector<Value> parameters = {Text("bench"), Time(0), Array(Type::kInt4, {})};
    Execute(kInsertIds, parameters);
    Execute(kInsertRecords, parameters);
    Execute(kInsertCustomers, parameters);
    Execute(kCount, parameters);
    Run("COMMIT");
  }

 private:
  static constexpr char kCount[] =
      "INSERT INTO report_counters AS known SELECT $1, 'b', number, '', pg_backend_pid() % 16, 1, 0, 0"
      " FROM generate_series(1, 6) AS number ON CONFLICT (tenant, tag, number, text, slot) DO UPDATE"
      " SET count = known.count + 1";

  void Check(PGresult* result, ExecStatusType expected = PGRES_TUPLES_OK) {
    const ExecStatusType status = PQresultStatus(result);
    Require(status == expected || status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK,
            PQerrorMessage(session_.get()));
    PQclear(result);
  }
  void Run(const char* sql, ExecStatusType expected = PGRES_TUPLES_OK) { Check(PQexec(session_.get(), sql), expected); }
  void Prepare(const char* sql) {
    const Oid types[] = {Text("").type, Time(0).type, Array(Type::kInt4, {}).type};  // Of $1, $2, $3.
    names_.push_back(sql);
    Check(PQprepare(session_.get(), absl::StrCat("s", names_.size()).c_str(), sql, std::size(types), types));
  }
  void Execute(const char* sql, const std::vector<Value>& parameters) {
    std::vector<const char*> values;
    std::vector<int> sizes, formats(parameters.size(), 1);
    for (const Value& parameter : parameters) {
      values.push_back(parameter.bytes.data());
      sizes.push_back(static_cast<int>(parameter.bytes.size()));
    }
    size_t at = 0;
    while (names_[at] != sql) ++at;
    Check(PQexecPrepared(session_.get(), absl::StrCat("s", at + 1).c_str(), static_cast<int>(values.size()),
                         values.data(), sizes.data(), formats.data(), 1));
  }

  const std::unique_ptr<PGconn, decltype(&PQfinish)> session_;
  std::vector<const char*> names_;
};

void BM_BareLoop(benchmark::State& state) {
  const std::string url = Server().NewDatabase();
  Require(Database::Open({.url = url}).ok(), "migrations");
  std::vector<std::string> batches;
  for (int batch = 0; batch < Batches(); ++batch) {
    CopyRows rows;
    int32_t ordinal = 0;
    for (const NewRecord& record : Batch(batch)) {
      AddStagedRow(Tenant(), ordinal++, record, records::ColumnsOf(record.body), rows);
    }
    batches.push_back(rows.Finish());
  }
  std::vector<std::unique_ptr<BareSession>> sessions;
  for (int i = 0; i < state.range(0); ++i) sessions.push_back(std::make_unique<BareSession>(url));
  Measure(state, [&](int session, int batch) {
    sessions[static_cast<size_t>(session)]->Write(batches[static_cast<size_t>(batch)]);
  });
}
BENCHMARK(BM_BareLoop)->Arg(1)->Arg(4)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

// All shards, one after the other.
void BM_Scan(benchmark::State& state) {
  const auto store = OpenStore(Server().NewDatabase());
  for (int batch = 0; batch < Batches(); ++batch) {
    Require(store->Append(Tenant(), Batch(batch), {}, absl::UnixEpoch()).ok(), "append");
  }
  int64_t records = 0;
  for (auto _ : state) {
    for (int shard = 0; shard < kShardCount; ++shard) {
      Require(store->ScanShard(Tenant(), shard, "", [&](const StoredRecord&) { return ++records > 0; }).ok(), "scan");
    }
  }
  Require(records == state.iterations() * Batches() * kBatchRecords, "records are missing");
  state.SetItemsProcessed(records);
}
BENCHMARK(BM_Scan)->Iterations(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace clientele::storage::postgresql

int main(int argc, char** argv) {
  if (!clientele::testutil::PostgresqlServer::IsInstalled()) {
    std::printf("PostgreSQL 15 is not here: scripts/setup --test installs it\n");
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
