#include "services/training/learners/journal.h"

#include <algorithm>
#include <utility>

namespace clientele::training {
namespace {

constexpr int kShareOfTime = 100;  // Savings take one part in so many.

}  // namespace

Journal::Journal(v1::Checkpoint found, const Clock& clock, Save save, absl::Duration min_interval)
    : kept_(std::move(found)),
      clock_(&clock),
      save_(std::move(save)),
      interval_(min_interval),
      last_(clock.Now()),
      bytes_(static_cast<int64_t>(kept_.ByteSizeLong())) {}

const v1::CheckpointStep* Journal::Recall() {
  return recalled_ < kept_.ended_size() ? &kept_.ended(recalled_++) : nullptr;
}

const v1::CheckpointStep* Journal::Resume() const {
  return recalled_ == kept_.ended_size() && kept_.has_running() ? &kept_.running() : nullptr;
}

void Journal::Note(absl::FunctionRef<v1::CheckpointStep()> state) {
  if (!keeps() || clock_->Now() - last_ < interval_) return;
  *kept_.mutable_running() = state();
  SaveIfDue();
}

void Journal::Ended(absl::FunctionRef<v1::CheckpointStep()> result) {
  kept_.clear_running();
  if (!keeps()) return;
  v1::CheckpointStep step = result();
  bytes_ += static_cast<int64_t>(step.ByteSizeLong());
  full_ = bytes_ > kMostBytes;
  if (full_) return;
  *kept_.add_ended() = std::move(step);
  recalled_ = kept_.ended_size();
  SaveIfDue();
}

void Journal::SaveIfDue() {
  const absl::Time start = clock_->Now();
  if (start - last_ < interval_) return;
  save_(kept_);
  last_ = clock_->Now();
  interval_ = std::max(interval_, kShareOfTime * (last_ - start));
}

}  // namespace clientele::training
