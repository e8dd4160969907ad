#include "services/inference/registry/named_models.h"

#include <utility>

namespace clientele::inference {

std::shared_ptr<const NamedModel> NamedModels::Find(absl::string_view name) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = models_.find(name);
  return found == models_.end() ? nullptr : found->second;
}

void NamedModels::Keep(absl::string_view name, std::shared_ptr<const NamedModel> model) {
  absl::WriterMutexLock lock(&mutex_);
  models_.try_emplace(std::string(name), std::move(model));
}

}  // namespace clientele::inference
