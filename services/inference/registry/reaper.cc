#include "services/inference/registry/reaper.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"

namespace clientele::inference {
namespace {

// Nobody tells when a reference goes, so it is looked for.
constexpr absl::Duration kPace = absl::Milliseconds(5);

}  // namespace

void Reaper::Take(std::shared_ptr<const void> object, std::function<void()> after) {
  absl::MutexLock lock(&mutex_);
  if (stopped_) return;
  items_.push_back({std::move(object), std::move(after)});
  changed_.Signal();
}

void Reaper::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.Signal();
  }
  if (thread_.joinable()) thread_.join();
}

bool Reaper::Next(std::vector<Item>& free) {
  absl::MutexLock lock(&mutex_);
  while (items_.empty() && !stopped_) changed_.Wait(&mutex_);
  const auto held = [](const Item& item) { return item.object.use_count() > 1; };
  auto first_free = std::partition(items_.begin(), items_.end(), held);
  if (first_free == items_.end() && !stopped_) {
    changed_.WaitWithTimeout(&mutex_, kPace);
    first_free = std::partition(items_.begin(), items_.end(), held);
  }
  if (stopped_) return false;
  std::move(first_free, items_.end(), std::back_inserter(free));
  items_.erase(first_free, items_.end());
  return true;
}

void Reaper::Run() {
  std::vector<Item> free;
  while (Next(free)) {
    for (Item& item : free) {
      item.object.reset();
      if (item.after) item.after();
    }
    free.clear();
  }
  std::vector<Item> rest;
  absl::MutexLock lock(&mutex_);
  rest.swap(items_);
}

}  // namespace clientele::inference
