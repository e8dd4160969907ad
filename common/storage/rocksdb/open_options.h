// What every store on RocksDB may be opened with.
#pragma once

#include <memory>

namespace rocksdb {
class FileSystem;
}

namespace clientele::storage {

class DatabaseSet;

struct OpenOptions {
  DatabaseSet* set = nullptr;                           // Lists the database while it is open; null: none does.
  std::shared_ptr<rocksdb::FileSystem> disk = nullptr;  // Null: the machine's.
};

}  // namespace clientele::storage
