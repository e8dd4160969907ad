// How fast records come in: checked alone, stored alone, and through gRPC; against a bare RocksDB loop that writes the
// same keys and values with as many records to a sync. And what sealing costs: a mix of records, three in ten of them with
// personal fields, against the same mix with the same bytes in fields that are not personal. scripts/bench ingestion prints
// the ratios of one run.
#include <benchmark/benchmark.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clientele/ingestion/v1/ingestion_service.grpc.pb.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/observability/log.h"
#include "common/observability/metrics.h"
#include "common/rpc/server.h"
#include "common/storage/rocksdb/customer_key_store.h"
#include "common/storage/rocksdb/database.h"
#include "common/storage/rocksdb/record_keys.h"
#include "common/storage/rocksdb/record_store.h"
#include "services/ingestion/ingestion_service.h"
#include "services/ingestion/records/ingester.h"
#include "services/ingestion/records/standardise.h"
#include "services/ingestion/records/tenant_settings.h"
#include "tests/services/ingestion/forwarding_store.h"
#include "tests/services/ingestion/memory_key_store.h"
#include "tests/testing/temp_dir.h"

namespace clientele::ingestion {
namespace {

constexpr int kBatchRecords = 1'000;
constexpr int kCustomers = 50'000;
constexpr int64_t kTime = 1'700'000'000;

bool Brief() { return std::getenv("CLIENTELE_BENCHMARK_BRIEF") != nullptr; }
int Batches() { return Brief() ? 3 : 500; }

TenantId Tenant() { return TenantId::Parse("bench").value(); }

// A line of a shop's order: the `n`th purchase of the tenant, of some customer.
void FillRecord(int n, v1::Record& record) {
  const int customer = static_cast<int>(static_cast<uint32_t>(n) * 2'654'435'761u % kCustomers);
  record.set_source("shop");
  record.set_record_id(absl::StrCat("order-", 10'000'000 + n, "-1"));
  record.set_customer_id(absl::StrCat("customer-", 100'000 + customer));
  record.mutable_event_time()->set_seconds(kTime - 1'000'000 + n);
  v1::Transaction& transaction = *record.mutable_transaction();
  transaction.set_amount_micros(int64_t{n % 10'000 + 1} * 10'000);
  transaction.set_currency_code("USD");
  transaction.set_product(absl::StrCat("sku-", n % 5'000));
  transaction.set_category(n % 3 == 0 ? "books" : "garden");
  transaction.set_channel("web");
  transaction.set_quantity(n % 4 + 1);
  transaction.set_order_id(absl::StrCat("order-", 10'000'000 + n));
}

// Of ten records a profile, a message and an answer, and purchases. Their texts are in personal fields, or as attributes and
// properties beside them.
void FillMixed(int n, bool personal, v1::Record& record) {
  FillRecord(n, record);
  const std::string email = absl::StrCat("customer.", n, "@example.com");
  const std::string text = absl::StrCat("The parcel of order ", n, " came three days late, and one of the books was damaged.");
  switch (n % 10) {
    case 0: {
      v1::Profile& profile = *record.mutable_profile();
      if (personal) {
        profile.set_email(email);
        profile.set_display_name("Ada Lovelace");
      } else {
        (*profile.mutable_attributes())["email"].set_text(email);
        (*profile.mutable_attributes())["name"].set_text("Ada Lovelace");
      }
      break;
    }
    case 1:
    case 2:
      if (!personal) {
        record.mutable_interaction()->set_type("complaint");
        (*record.mutable_interaction()->mutable_properties())["text"].set_text(text);
      } else if (n % 10 == 1) {
        record.mutable_message()->set_direction(v1::Message::DIRECTION_INBOUND);
        record.mutable_message()->set_text(text);
      } else {
        record.mutable_feedback()->set_score(3);
        record.mutable_feedback()->set_text(text);
      }
      break;
    default: break;
  }
}

std::vector<std::string> WireBatch(int batch) {
  std::vector<std::string> wires;
  v1::Record record;
  for (int i = 0; i < kBatchRecords; ++i) {
    record.Clear();
    FillRecord(batch * kBatchRecords + i, record);
    wires.push_back(record.SerializeAsString());
  }
  return wires;
}

std::vector<storage::NewRecord> StandardBatch(int batch) {
  const auto context = TenantContext::Make(DefaultSettings(Tenant())).value();
  Standardiser standardiser(*context, kTime * kMicrosPerSecond);
  std::vector<storage::NewRecord> records(kBatchRecords);
  for (int i = 0; i < kBatchRecords; ++i) {
    v1::Record record;
    FillRecord(batch * kBatchRecords + i, record);
    standardiser.Standardise(record, records[i]);
  }
  return records;
}

// Records in a second of each run, for the summary.
struct Rates {
  std::vector<double> grpc, bare, sealed, clear;
  int64_t records = 0, writes = 0;  // Of the gRPC runs: what the bare loop imitates.
};
Rates& TheRates() {
  static Rates& rates = *new Rates;
  return rates;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

// Counts durable writes.
class CountingStore final : public storage::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::StatusOr<storage::AppendResult> Append(const TenantId& tenant, absl::Span<const storage::NewRecord> records,
                                               absl::Span<const v1::RejectedRecord> rejected,
                                               absl::Time time) override {
    TheRates().records += static_cast<int64_t>(records.size());
    ++TheRates().writes;
    return ForwardingStore::Append(tenant, records, rejected, time);
  }
};

void Prepare(benchmark::State& state) {
  testutil::TempDir directory;
  const auto store = storage::RocksRecordStore::Open(directory.path()).value();
  TenantContexts contexts(*store);
  const SystemClock clock;
  observability::Metrics metrics;
  testutil::MemoryKeys keys;
  Ingester ingester(*store, contexts, *keys, clock, metrics);
  const std::vector<std::string> wires = WireBatch(0);
  const std::vector<absl::string_view> views(wires.begin(), wires.end());
  const TenantId tenant = Tenant();
  for (auto _ : state) benchmark::DoNotOptimize(ingester.Prepare(tenant, views));
  state.SetItemsProcessed(state.iterations() * kBatchRecords);
}
BENCHMARK(Prepare)->Unit(benchmark::kMicrosecond);

void StoreAppend(benchmark::State& state) {
  const TenantId tenant = Tenant();
  for (auto _ : state) {
    state.PauseTiming();
    testutil::TempDir directory;
    const auto store = storage::RocksRecordStore::Open(directory.path()).value();
    for (int batch = 0; batch < Batches(); ++batch) {
      const std::vector<storage::NewRecord> records = StandardBatch(batch);
      state.ResumeTiming();
      if (!store->Append(tenant, records, {}, absl::Now()).ok()) state.SkipWithError("append failed");
      state.PauseTiming();
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * Batches() * kBatchRecords);
}
BENCHMARK(StoreAppend)->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();

using Fill = void (*)(int n, v1::Record& record);

// One client, one stream: builds its requests as it goes, as a client does. Records in a second go to `rates`.
void Stream(benchmark::State& state, Fill fill, storage::RecordStore& store, std::vector<double>& rates) {
  testutil::TempDir directory;
  const SystemClock clock;
  const auto key_store = storage::OpenRocksCustomerKeyStore(directory.path()).value();
  const auto keys = CustomerKeys::Open(*key_store, testutil::MasterKeyOf('1'), clock, [](const TenantId&) {
                      return false;
                    }).value();
  TenantContexts contexts(store);
  observability::Metrics metrics;
  Ingester ingester(store, contexts, *keys, clock, metrics);
  Executor calls(4, 16), streams(4, 4);
  IngestionService service(ingester, store, *keys, calls, streams);
  const auto server = rpc::Server::Start(rpc::ServerOptions(), {&service}, metrics).value();
  const auto stub = v1::IngestionService::NewStub(
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", server->port()), grpc::InsecureChannelCredentials()));

  const absl::Time begin = absl::Now();
  grpc::ClientContext context;
  const auto stream = stub->IngestRecords(&context);
  std::thread sender([&] {
    v1::IngestRecordsRequest request;
    request.set_parent("tenants/bench");
    for (int batch = 0; batch < Batches(); ++batch) {
      request.clear_records();
      request.set_sequence(batch);
      for (int i = 0; i < kBatchRecords; ++i) fill(batch * kBatchRecords + i, *request.add_records());
      if (!stream->Write(request)) break;
    }
    stream->WritesDone();
  });
  int64_t accepted = 0;
  v1::IngestRecordsResponse response;
  while (stream->Read(&response)) accepted += response.result().accepted_count();
  sender.join();
  if (!stream->Finish().ok() || accepted != int64_t{Batches()} * kBatchRecords)
    state.SkipWithError("not all acknowledged");
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  state.SetIterationTime(seconds);
  rates.push_back(static_cast<double>(accepted) / seconds);
  state.SetItemsProcessed(accepted);
}

void GrpcStream(benchmark::State& state) {
  for (auto _ : state) {
    testutil::TempDir directory;
    const auto store = storage::RocksRecordStore::Open(directory.path()).value();
    CountingStore counting(*store);
    Stream(state, &FillRecord, counting, TheRates().grpc);
  }
}

void MixedStream(benchmark::State& state, Fill fill, std::vector<double>& rates) {
  for (auto _ : state) {
    testutil::TempDir directory;
    const auto store = storage::RocksRecordStore::Open(directory.path()).value();
    Stream(state, fill, *store, rates);
  }
}
void SealedStream(benchmark::State& state) {
  MixedStream(state, [](int n, v1::Record& record) { FillMixed(n, /*personal=*/true, record); }, TheRates().sealed);
}
void ClearStream(benchmark::State& state) {
  MixedStream(state, [](int n, v1::Record& record) { FillMixed(n, /*personal=*/false, record); }, TheRates().clear);
}

// One write of the bare loop: keys and values, by family.
struct BareWrite {
  std::vector<std::pair<storage::RecordFamily, std::pair<std::string, std::string>>> puts;
};

BareWrite MakeBareWrite(const std::vector<storage::NewRecord>& records, absl::flat_hash_set<std::string>& customers) {
  const TenantId tenant = Tenant();
  const std::string prefix = storage::TenantPrefix(tenant);
  BareWrite write;
  for (const storage::NewRecord& record : records) {
    const int shard = ShardOf(tenant, record.customer_id);
    std::string key, id, customer;
    storage::AppendRecordKey(prefix, shard, record, key);
    storage::AppendIdKey(prefix, record.source, record.record_id, id);
    storage::AppendCustomerKey(prefix, shard, record.customer_id, customer);
    char header[storage::kRecordHeaderSize];
    storage::EncodeRecordHeader(kTime, record.kind, header);
    write.puts.push_back({storage::kRecords, {key, std::string(header, sizeof(header)) + record.body}});
    write.puts.push_back({storage::kIds, {id, record.content_digest}});
    if (customers.insert(customer).second) write.puts.push_back({storage::kCustomers, {customer, ""}});
  }
  return write;
}

// What is least: the same puts, the same size of writes, each synced; no look-up, no check, no network.
void BareLoop(benchmark::State& state) {
  const Rates& rates = TheRates();
  const int per_write =
      rates.writes == 0 ? 1 : static_cast<int>((rates.records / rates.writes + kBatchRecords / 2) / kBatchRecords);
  for (auto _ : state) {
    testutil::TempDir directory;
    const auto database = storage::Database::Open(directory.path(), storage::RecordFamilies()).value();
    absl::flat_hash_set<std::string> customers;
    absl::Duration spent;
    rocksdb::WriteBatch batch;
    for (int i = 0; i < Batches(); ++i) {
      const BareWrite write = MakeBareWrite(StandardBatch(i), customers);
      const absl::Time begin = absl::Now();
      for (const auto& [family, put] : write.puts) batch.Put(database->family(family), put.first, put.second);
      if ((i + 1) % std::max(per_write, 1) == 0 || i + 1 == Batches()) {
        if (!database->Write(batch).ok()) state.SkipWithError("write failed");
        batch.Clear();
      }
      spent += absl::Now() - begin;
    }
    state.SetIterationTime(absl::ToDoubleSeconds(spent));
    TheRates().bare.push_back(Batches() * kBatchRecords / absl::ToDoubleSeconds(spent));
  }
  state.SetItemsProcessed(state.iterations() * Batches() * kBatchRecords);
}

// Those that are compared take turns.
void RegisterPairs() {
  for (int turn = 1; turn <= (Brief() ? 1 : 3); ++turn) {
    for (const auto& [name, run] :
         {std::make_pair("GrpcStream", &GrpcStream), std::make_pair("BareLoop", &BareLoop),
          std::make_pair("SealedStream", &SealedStream), std::make_pair("ClearStream", &ClearStream)}) {
      benchmark::RegisterBenchmark(absl::StrCat(name, "/", turn).c_str(), run)
          ->Iterations(1)
          ->Unit(benchmark::kMillisecond)
          ->UseManualTime();
    }
  }
}

void PrintSummary() {
  const Rates& rates = TheRates();
  if (rates.grpc.empty() || rates.bare.empty()) return;
  const double grpc = Median(rates.grpc), bare = Median(rates.bare);
  std::printf("acknowledged through gRPC, batches of %d:  %9.0f records/s (%.1f batches to a sync)\n", kBatchRecords,
              grpc, static_cast<double>(rates.records) / static_cast<double>(rates.writes) / kBatchRecords);
  std::printf("bare RocksDB loop, same keys and values:  %9.0f records/s\n", bare);
  std::printf("ratio:                                    %9.2f\n", grpc / bare);
  if (rates.sealed.empty() || rates.clear.empty()) return;
  const double sealed = Median(rates.sealed), clear = Median(rates.clear);
  std::printf("three in ten records sealed in part:      %9.0f records/s\n", sealed);
  std::printf("the same bytes in the clear:              %9.0f records/s\n", clear);
  std::printf("ratio:                                    %9.2f\n", sealed / clear);
}

}  // namespace
}  // namespace clientele::ingestion

int main(int argc, char** argv) {
  clientele::observability::LogOptions log;
  log.level = "warn";
  if (!clientele::observability::InitLogging(log).ok()) return 1;
  benchmark::Initialize(&argc, argv);
  clientele::ingestion::RegisterPairs();
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  clientele::ingestion::PrintSummary();
  return 0;
}
