// Writes profiles as a server did that sealed nothing yet, into the data directory of one that is not running.
//
// usage: clear_records DIRECTORY TENANT COUNT      profile i, "old-i" of customer "old-(i mod 1000)", has the address
//                                                  "planted-i@example.com"
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/record_store.h"
#include "services/ingestion/records/standardise.h"
#include "services/ingestion/records/tenant_settings.h"

namespace clientele::ingestion {
namespace {

constexpr int kCustomers = 1'000;

v1::Record Profile(int i) {
  v1::Record record;
  record.set_source("crm");
  record.set_record_id(absl::StrCat("old-", i));
  record.set_customer_id(absl::StrCat("old-", i % kCustomers));
  record.mutable_event_time()->set_seconds(1'577'836'800 + i);
  record.mutable_profile()->set_email(absl::StrCat("planted-", i, "@example.com"));
  return record;
}

absl::Status Write(const std::string& directory, const std::string& id, int count) {
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(id));
  CLIENTELE_ASSIGN_OR_RETURN(const auto context, TenantContext::Make(DefaultSettings(tenant)));
  CLIENTELE_ASSIGN_OR_RETURN(const auto store, storage::RocksRecordStore::Open(directory));
  const absl::Time now = absl::Now();
  Standardiser standardiser(*context, absl::ToUnixMicros(now));
  std::vector<storage::NewRecord> records(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    v1::Record record = Profile(i);
    if (standardiser.Standardise(record, records[static_cast<size_t>(i)])) return absl::InternalError("a bad profile");
  }
  return store->Append(tenant, records, {}, now).status();
}

}  // namespace
}  // namespace clientele::ingestion

int main(int argc, char** argv) {
  int count = 0;
  if (argc != 4 || !absl::SimpleAtoi(argv[3], &count)) return EXIT_FAILURE;
  const absl::Status status = clientele::ingestion::Write(argv[1], argv[2], count);
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}
