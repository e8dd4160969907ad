// Changes an audit log as somebody would who can write to the server's disk and hopes that nobody sees.
//
// usage: audit_tamper DIRECTORY CHAIN change|remove|swap NUMBER    swap: with the one after it
#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/numbers.h"
#include "clientele/admin/v1/audit_service.pb.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

constexpr size_t kEntries = 0;

std::string KeyOf(const std::string& chain, uint64_t number) {
  std::string key;
  AppendText(chain, key);
  AppendUnsigned64(number, key);
  return key;
}

absl::Status Tamper(Database& database, const std::string& chain, const std::string& how, uint64_t number) {
  const std::string key = KeyOf(chain, number), next = KeyOf(chain, number + 1);
  const absl::StatusOr<std::string> value = database.Get(kEntries, key);
  if (!value.ok()) return value.status();
  rocksdb::WriteBatch batch;
  if (how == "remove") {
    batch.Delete(database.family(kEntries), key);
  } else if (how == "swap") {
    const absl::StatusOr<std::string> other = database.Get(kEntries, next);
    if (!other.ok()) return other.status();
    batch.Put(database.family(kEntries), key, *other);
    batch.Put(database.family(kEntries), next, *value);
  } else {
    admin::v1::AuditEntry entry;
    entry.ParseFromString(*value);
    entry.set_principal("somebody else");
    batch.Put(database.family(kEntries), key, entry.SerializeAsString());
  }
  return database.Write(batch);
}

}  // namespace
}  // namespace clientele::storage

int main(int argc, char** argv) {
  uint64_t number = 0;
  if (argc != 5 || !absl::SimpleAtoi(argv[4], &number)) return 2;
  const auto database = clientele::storage::Database::Open(argv[1], {{"entries", {}}, {"unended", {}}, {"keys", {}}});
  const absl::Status status =
      database.ok() ? clientele::storage::Tamper(**database, argv[2], argv[3], number) : database.status();
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
