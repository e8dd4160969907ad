// Features against what they are read from: a full scan with all built-in features beside a bare ordered RocksDB scan
// of the same records, taken in turn in the same run on one thread, in CPU time, and one customer's features on demand.
//
//   features_benchmark --benchmark_filter=FullScan
//
// Counters: bare_records_per_s, store_records_per_s (the store's own scan, nothing done with the records),
// records_per_s, ratio (records_per_s over bare_records_per_s; at least 0.7 is the aim).
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "common/base/hash.h"
#include "common/base/timestamps.h"
#include "common/storage/rocksdb/record_keys.h"
#include "common/storage/rocksdb/record_store.h"
#include "services/ingestion/features/builtin_features.h"
#include "services/ingestion/features/customer_features.h"
#include "services/ingestion/features/dataset_reader.h"
#include "services/ingestion/records/record_form.h"
#include "tests/testing/temp_dir.h"

namespace clientele::features {
namespace {

using ingestion::v1::Record;

const absl::Time kAsOf = absl::FromUnixSeconds(1'700'000'000);
constexpr int kRecordsEach = 50;

void Check(const absl::Status& status) {
  if (status.ok()) return;
  fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

// Of this thread, so that whatever else the machine does changes no ratio.
double CpuSeconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// A record as a shop's CRM sends them: 40 % purchases and returns, 45 % interactions, the rest feedback and messages.
Record MakeRecord(std::mt19937_64& random) {
  static const char* const kChannels[] = {"web", "store", "mobile", "phone"};
  static const char* const kTypes[] = {"page_view",  "page_view",   "page_view",      "login",    "email_sent",
                                       "email_open", "email_click", "support_ticket", "complaint"};
  Record record;
  const uint64_t draw = random() % 100;
  if (draw < 40) {
    auto& transaction = *record.mutable_transaction();
    transaction.set_amount_micros(static_cast<int64_t>(random() % 100'000'000));
    transaction.set_base_amount_micros(transaction.amount_micros());
    transaction.set_currency_code("EUR");
    transaction.set_product(absl::StrCat("product-", random() % 200));
    transaction.set_category(absl::StrCat("category-", random() % 8));
    transaction.set_channel(kChannels[random() % 4]);
    transaction.set_quantity(static_cast<double>(1 + random() % 3));
    transaction.set_order_id(absl::StrCat("order-", random() % 1'000'000));
  } else if (draw < 85) {
    record.mutable_interaction()->set_type(kTypes[random() % 9]);
    record.mutable_interaction()->set_channel(kChannels[random() % 4]);
    record.mutable_interaction()->set_sentiment(static_cast<ingestion::v1::Interaction::Sentiment>(random() % 4));
  } else if (draw < 93) {
    record.mutable_feedback()->set_score(static_cast<double>(random() % 11));
    record.mutable_feedback()->set_text("It came in time, and the tea is good.");
  } else {
    record.mutable_message()->set_direction(ingestion::v1::Message::DIRECTION_INBOUND);
    record.mutable_message()->set_text("Where is my order? It was to be here on Monday.");
  }
  return record;
}

storage::NewRecord Stored(const std::string& customer, int64_t id, absl::Time event, Record record) {
  record.set_source("shop");
  record.set_record_id(absl::StrCat("record-", id));
  record.set_customer_id(customer);
  *record.mutable_event_time() = ToProto(event);
  storage::NewRecord stored;
  stored.source = record.source();
  stored.record_id = record.record_id();
  stored.customer_id = customer;
  stored.event_time_micros = absl::ToUnixMicros(event);
  stored.kind = ingestion::KindOf(record);
  ingestion::EncodeRecord(record, stored.body);
  stored.content_digest = Hash128(stored.body);
  return stored;
}

// A store on disk with two years of records, compacted, and a read-only handle on the same files for the bare scan.
class Shop {
 public:
  static Shop& Get() {
    static Shop shop;
    return shop;
  }

  const storage::RecordStore& store() const { return *store_; }
  const TenantId& tenant() const { return tenant_; }
  int64_t records() const { return records_; }

  // Every key and value, in order; the first byte of both is touched.
  int64_t BareScan() const {
    rocksdb::ReadOptions options;
    options.fill_cache = false;  // As the store reads: both from the files, as where there is more than memory holds.
    const std::string prefix = storage::TenantPrefix(tenant_);
    const std::string end = storage::PrefixEnd(prefix);
    const rocksdb::Slice upper(end);
    options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> it(bare_->NewIterator(options, bare_families_[storage::kRecords]));
    int64_t count = 0;
    uint64_t sum = 0;
    for (it->Seek(prefix); it->Valid(); it->Next(), ++count) sum += it->key()[0] + it->value()[0] + it->value().size();
    benchmark::DoNotOptimize(sum);
    return count;
  }

  void StoreScan() const {
    int64_t sum = 0;
    for (int shard = 0; shard < kShardCount; ++shard) {
      Check(store_->ScanShard(tenant_, shard, "", [&sum](const storage::StoredRecord& record) {
        sum += record.event_time_micros + static_cast<int64_t>(record.body.size());
        return true;
      }));
    }
    benchmark::DoNotOptimize(sum);
  }

 private:
  Shop() : tenant_(*TenantId::Parse("shop")) {
    const bool brief = std::getenv("CLIENTELE_BENCHMARK_BRIEF") != nullptr;
    const int customers = brief ? 400 : 20'000;
    Fill(customers);
    Compact();
    store_ = *storage::RocksRecordStore::Open(dir_.path());
    OpenBare();
  }
  ~Shop() {
    for (auto* family : bare_families_) bare_->DestroyColumnFamilyHandle(family);
  }

  void Fill(int customers) {
    store_ = *storage::RocksRecordStore::Open(dir_.path());
    std::mt19937_64 random(1);
    std::vector<storage::NewRecord> batch;
    for (int customer = 0; customer <= customers; ++customer) {
      // The last one is of the benchmark of one customer.
      const int count = customer == customers ? 100 : kRecordsEach;
      for (int i = 0; i < count; ++i) {
        const absl::Time event = kAsOf - absl::Seconds(random() % (730 * 86'400));
        const std::string name = customer == customers ? "one" : absl::StrCat("customer-", customer);
        batch.push_back(Stored(name, records_++, event, MakeRecord(random)));
      }
      if (batch.size() < 10'000 && customer < customers) continue;
      Check(store_->Append(tenant_, batch, {}, kAsOf - absl::Hours(1)).status());
      batch.clear();
    }
    store_.reset();
  }

  void Compact() {
    auto database = storage::Database::Open(dir_.path(), storage::RecordFamilies());
    Check(database.status());
    rocksdb::CompactRangeOptions options;  // Always rewrites, compressed: files that fit are else only moved.
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    Check(storage::FromRocks(
        (*database)->db().CompactRange(options, (*database)->family(storage::kRecords), nullptr, nullptr)));
  }

  void OpenBare() {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const storage::Family& family : storage::RecordFamilies()) families.emplace_back(family.name, *family.options);
    families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
    rocksdb::DB* db = nullptr;
    Check(storage::FromRocks(rocksdb::DB::OpenForReadOnly({}, dir_.path(), families, &bare_families_, &db)));
    bare_.reset(db);
  }

  const TenantId tenant_;
  testutil::TempDir dir_;
  int64_t records_ = 0;
  std::unique_ptr<storage::RocksRecordStore> store_;
  std::vector<rocksdb::ColumnFamilyHandle*> bare_families_;
  std::unique_ptr<rocksdb::DB> bare_;
};

void FullScan(benchmark::State& state) {
  Shop& shop = Shop::Get();
  const Catalogue catalogue({}, {});
  common::v1::DatasetSpec spec;
  for (const auto& feature : BuiltinFeatures()) spec.add_features(feature.name());
  *spec.mutable_as_of() = ToProto(kAsOf);
  const auto compiled = CompileSpec("spec", spec, catalogue, TenantCalendar(), kAsOf);
  Check(compiled.status());
  double bare = 0, store = 0, full = 0;
  int64_t records = 0;
  for (auto _ : state) {
    const double begin = CpuSeconds();
    records += shop.BareScan();
    const double after_bare = CpuSeconds();
    bare += after_bare - begin;
    shop.StoreScan();
    const double middle = CpuSeconds();
    store += middle - after_bare;
    int64_t rows = 0;
    Check(
        ReadDataset(shop.store(), shop.tenant(), *compiled, {}, {}, [&rows](ingestion::v1::ReadDatasetResponse& part) {
          rows += part.chunk().customer_ids_size();
          return absl::OkStatus();
        }));
    const double seconds = CpuSeconds() - middle;
    full += seconds;
    state.SetIterationTime(seconds);
    benchmark::DoNotOptimize(rows);
  }
  state.counters["features"] = static_cast<double>(BuiltinFeatures().size());
  state.counters["bare_records_per_s"] = static_cast<double>(records) / bare;
  state.counters["store_records_per_s"] = static_cast<double>(records) / store;
  state.counters["records_per_s"] = static_cast<double>(records) / full;
  state.counters["ratio"] = bare / full;
}
BENCHMARK(FullScan)->UseManualTime()->Unit(benchmark::kMillisecond);

// All built-in features of one customer with 100 records, as BatchGetFeatures computes them.
void OneCustomer(benchmark::State& state) {
  Shop& shop = Shop::Get();
  std::vector<std::string> names;
  for (const auto& feature : BuiltinFeatures()) names.push_back(feature.name());
  const auto plan = Plan::Compile("features", Catalogue({}, {}), names);
  Check(plan.status());
  for (auto _ : state) {
    Evaluator evaluator(*plan, {kAsOf, kAsOf, absl::UTCTimeZone()});
    Check(ReadCustomerFeatures(shop.store(), shop.tenant(), "one", evaluator));
    google::protobuf::RepeatedPtrField<common::v1::Value> values;
    AppendValues(evaluator, values);
    benchmark::DoNotOptimize(values);
  }
}
BENCHMARK(OneCustomer)->Unit(benchmark::kMicrosecond);

void CompilePlan(benchmark::State& state) {
  std::vector<std::string> names;
  for (const auto& feature : BuiltinFeatures()) names.push_back(feature.name());
  for (auto _ : state) benchmark::DoNotOptimize(Plan::Compile("features", Catalogue({}, {}), names));
}
BENCHMARK(CompilePlan)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace clientele::features

BENCHMARK_MAIN();
