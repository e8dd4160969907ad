// A customer's keys as bytes; customer_key_store.cc says how they lie.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/storage/customer_key_store.h"
#include "common/storage/rocksdb/database.h"
#include "rocksdb/merge_operator.h"

namespace clientele::storage {

// Under which a value is appended to what is there.
class AppendMerge final : public rocksdb::AssociativeMergeOperator {
 public:
  bool Merge(const rocksdb::Slice&, const rocksdb::Slice* existing, const rocksdb::Slice& value, std::string* result,
             rocksdb::Logger*) const override {
    result->clear();
    if (existing != nullptr) result->append(existing->data(), existing->size());
    result->append(value.data(), value.size());
    return true;
  }
  const char* Name() const override { return "clientele.Append"; }
};

inline void AppendCustomerKey(const CustomerKey& key, std::string& bytes) {
  AppendUnsigned64(key.id, bytes);
  AppendSigned64(key.generation, bytes);
  AppendUnsigned64(key.wrapped.size(), bytes);
  bytes += key.wrapped;
}

// False where they are damaged.
inline bool ReadCustomerKeys(absl::string_view bytes, std::vector<CustomerKey>& keys) {
  while (!bytes.empty()) {
    CustomerKey& key = keys.emplace_back();
    uint64_t size = 0;
    if (!ReadUnsigned64(bytes, key.id) || !ReadSigned64(bytes, key.generation) || !ReadUnsigned64(bytes, size) ||
        size > bytes.size()) {
      return false;
    }
    key.wrapped.assign(bytes.data(), size);
    bytes.remove_prefix(size);
  }
  return true;
}

}  // namespace clientele::storage
