// A disk that has refused a write may take the next one.
//
// RocksDB ends writing for good after most errors of a log file, and for a full disk waits for somebody to resume it.
// Both are needless here: what was acknowledged is in memory as well as in the log, so once files can be written again
// a flush makes it durable anew, without the file that failed. This file system says so of every error in writing;
// RocksDB then refuses writes, goes on reading, and can be resumed, which Database does.
#pragma once

#include <memory>

#include "rocksdb/file_system.h"

namespace clientele::storage {

// `disk` with its errors in writing marked as such that may pass.
std::shared_ptr<rocksdb::FileSystem> MakePatient(std::shared_ptr<rocksdb::FileSystem> disk);

}  // namespace clientele::storage
