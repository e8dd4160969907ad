// What a learner has worked out so far, so that it can go on from there: steps that have ended, and where the next one
// had got to. A learner takes its steps in the same order each time, so the first one it asks about is the first one
// kept.
//
//   if (const auto* ended = journal.Recall()) return FromStep(*ended);
//   Iterate(journal.Resume(), [&](...) { journal.Note([&] { return ToStep(...); }); });
//   journal.Ended(ToStep(result));
//
// A step says nothing of ranks or threads, and what follows from it is the same bits, whoever goes on.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "clientele/training/v1/checkpoint.pb.h"
#include "common/base/clock.h"

namespace clientele::training {

// Thread-compatible. A default one keeps nothing.
class Journal {
 public:
  using Save = std::function<void(const v1::Checkpoint& checkpoint)>;

  // How far apart savings are at least. One that takes longer than a hundredth of that moves the next one away, so that
  // all of them together take no more than a hundredth of the time.
  static constexpr absl::Duration kMinInterval = absl::Seconds(5);
  // Of serialised steps. What comes after is worked out again.
  static constexpr int64_t kMostBytes = 64 << 20;

  Journal() = default;
  // Goes on from `found`. Ranks that do not save give no `save`. `clock` must outlive it.
  Journal(v1::Checkpoint found, const Clock& clock, Save save, absl::Duration min_interval = kMinInterval);

  // The next step's end, where it had ended before; it is behind us then. Null: it has to be taken.
  const v1::CheckpointStep* Recall();
  // Where the next step had got to. Null: it begins.
  const v1::CheckpointStep* Resume() const;
  // Where the step is now. Asks only when it is time to save.
  void Note(absl::FunctionRef<v1::CheckpointStep()> state);
  // The step has ended, like this. Asks only where that is kept.
  void Ended(absl::FunctionRef<v1::CheckpointStep()> result);

 private:
  bool keeps() const { return save_ != nullptr && !full_; }
  void SaveIfDue();

  v1::Checkpoint kept_;
  const Clock* clock_ = nullptr;
  Save save_;
  absl::Duration interval_;
  absl::Time last_;
  int recalled_ = 0;  // Steps of kept_.ended that are behind us.
  int64_t bytes_ = 0;
  bool full_ = false;
};

}  // namespace clientele::training
