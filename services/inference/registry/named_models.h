// Where the names that requests give lead in one catalogue, by their bytes: each is taken apart and looked up once.
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace clientele::inference {

struct NamedModel;  // See catalogue.h.

// Thread-safe. Copies are empty: another catalogue's names lead elsewhere.
class NamedModels {
 public:
  NamedModels() = default;
  NamedModels(const NamedModels&) {}
  NamedModels& operator=(const NamedModels&) = delete;

  // Null: nobody has asked. Cost: a hash of the name, under a reader lock.
  std::shared_ptr<const NamedModel> Find(absl::string_view name) const ABSL_LOCKS_EXCLUDED(mutex_);
  // Only what is there may be kept, so that callers cannot fill it.
  void Keep(absl::string_view name, std::shared_ptr<const NamedModel> model) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<const NamedModel>> models_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::inference
