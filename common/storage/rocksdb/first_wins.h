// A RocksDB merge operator under which the first value ever written to a key stays: what many writers may claim at once
// without reading first.
#pragma once

#include <string>

#include "rocksdb/merge_operator.h"

namespace clientele::storage {

class FirstWins final : public rocksdb::AssociativeMergeOperator {
 public:
  bool Merge(const rocksdb::Slice&, const rocksdb::Slice* existing, const rocksdb::Slice& value, std::string* result,
             rocksdb::Logger*) const override {
    const rocksdb::Slice& winner = existing != nullptr ? *existing : value;
    result->assign(winner.data(), winner.size());
    return true;
  }
  const char* Name() const override { return "clientele.FirstWins"; }
};

}  // namespace clientele::storage
