#include "common/storage/move/codecs.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "common/storage/postgresql/values.h"
#include "common/storage/rocksdb/customer_key_records.h"
#include "common/storage/rocksdb/database.h"
#include "common/storage/rocksdb/report_counters.h"
#include "common/storage/rocksdb/version_records.h"

namespace clientele::storage {
namespace {

using postgresql::AppendBigEndian;
using postgresql::FromBigEndian;

template <typename T>
void AddNumber(T value, Row& row) {
  AppendBigEndian(value, row.next());
  row.Finish();
}
template <typename T>
bool GetNumber(absl::string_view value, T& number) {
  if (value.size() != sizeof(T)) return false;
  number = FromBigEndian<T>(value.data());
  return true;
}
bool TakeTenant(absl::string_view& key, Row& row) {
  std::string scratch;
  absl::string_view tenant;
  if (!ReadText(key, scratch, tenant)) return false;
  row.Add(tenant);
  return true;
}

bool DecodeReport(absl::string_view key, absl::string_view value, Codec::VisitRow visit) {
  Row row;
  std::string scratch;
  CounterKey counter_key{CounterTag::kCustomers};
  Counter counter;
  if (!TakeTenant(key, row) || !ReadCounterKey(key, scratch, counter_key) || !DecodeCounter(value, counter)) {
    return false;
  }
  AddNumber(static_cast<uint8_t>(counter_key.tag), row);
  AddNumber(static_cast<int16_t>(counter_key.number), row);
  row.Add(counter_key.text);
  AddNumber(counter.count, row);
  AddNumber(counter.least_micros, row);
  AddNumber(counter.greatest_micros, row);
  visit(row);
  return true;
}

bool EncodeReport(const Row& row, std::string& key, std::string& value) {
  Counter counter;
  int16_t number = 0;
  if (row[1].size() != 1 || !GetNumber(row[2], number) || !GetNumber(row[4], counter.count) ||
      !GetNumber(row[5], counter.least_micros) || !GetNumber(row[6], counter.greatest_micros)) {
    return false;
  }
  AppendText(row[0], key);
  AppendCounterKey({static_cast<CounterTag>(row[1][0]), static_cast<uint8_t>(number), row[3]}, key);
  value = EncodeCounter(counter);
  return true;
}

bool DecodeCustomerKeys(absl::string_view key, absl::string_view value, Codec::VisitRow visit) {
  Row start, row;
  std::vector<CustomerKey> keys;
  if (!TakeTenant(key, start) || !ReadCustomerKeys(value, keys)) return false;
  for (size_t i = 0; i < keys.size(); ++i) {
    row.Clear();
    row.Add(start[0]);
    row.Add(key);
    AddNumber(static_cast<int64_t>(i + 1), row);
    AddNumber(static_cast<int64_t>(keys[i].id), row);
    AddNumber(keys[i].generation, row);
    row.Add(keys[i].wrapped);
    visit(row);
  }
  return true;
}

// One of the customer's keys, to be appended to those before it.
bool EncodeCustomerKey(const Row& row, std::string& key, std::string& value) {
  CustomerKey one;
  if (!GetNumber(row[3], one.id) || !GetNumber(row[4], one.generation)) return false;
  one.wrapped = std::string(row[5]);
  AppendText(row[0], key);
  key.append(row[1].data(), row[1].size());
  AppendCustomerKey(one, value);
  return true;
}

bool DecodeModelChange(absl::string_view key, absl::string_view value, Codec::VisitRow visit) {
  Row row;
  PastChange change;
  if (!TakeTenant(key, row) || !ReadNumber(key, change.sequence) || !DecodeChange(value, change)) return false;
  std::sort(change.moves.begin(), change.moves.end(), [](const PastChange::Move& a, const PastChange::Move& b) {
    return std::tie(a.alias, a.revision) < std::tie(b.alias, b.revision);
  });
  std::vector<postgresql::Value> aliases, revisions;
  for (const PastChange::Move& move : change.moves) {
    aliases.push_back(postgresql::Text(move.alias));
    revisions.push_back(postgresql::Int8(move.revision));
  }
  AddNumber(change.sequence, row);
  row.Add(change.model);
  AddNumber(change.version, row);
  for (const bool flag : {change.deleted, change.traffic, change.settings}) AddNumber<uint8_t>(flag ? 1 : 0, row);
  row.Add(postgresql::Array(postgresql::Type::kText, aliases).bytes);
  row.Add(postgresql::Array(postgresql::Type::kInt8, revisions).bytes);
  visit(row);
  return true;
}

bool EncodeModelChange(const Row& row, std::string& key, std::string& value) {
  PastChange change;
  std::vector<absl::string_view> aliases, revisions;
  if (!GetNumber(row[1], change.sequence) || !GetNumber(row[3], change.version) ||
      !postgresql::ReadArray(row[7], aliases) || !postgresql::ReadArray(row[8], revisions) ||
      aliases.size() != revisions.size()) {
    return false;
  }
  change.model = std::string(row[2]);
  change.deleted = row[4] == absl::string_view("\1", 1);
  change.traffic = row[5] == absl::string_view("\1", 1);
  change.settings = row[6] == absl::string_view("\1", 1);
  for (size_t i = 0; i < aliases.size(); ++i) {
    PastChange::Move& move = change.moves.emplace_back();
    move.alias = std::string(aliases[i]);
    if (!GetNumber(revisions[i], move.revision)) return false;
  }
  AppendText(row[0], key);
  AppendUnsigned64(static_cast<uint64_t>(change.sequence), key);
  value = EncodeChange(change);
  return true;
}

}  // namespace

const Codec kReportCodec = {&DecodeReport, &EncodeReport};
const Codec kCustomerKeyCodec = {&DecodeCustomerKeys, &EncodeCustomerKey};
const Codec kModelChangeCodec = {&DecodeModelChange, &EncodeModelChange};

}  // namespace clientele::storage
