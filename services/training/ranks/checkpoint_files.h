// Checkpoints as files of one folder: one a learning task, whole or not there.
#pragma once

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/training/v1/checkpoint.pb.h"
#include "services/training/learners/journal.h"

namespace clientele::training {

// Thread-safe. A folder that cannot be written costs what it would have saved, never the job.
class CheckpointFiles {
 public:
  // Empty: keeps nothing. The folder is made when there is something to keep. `interval`: how far apart files are
  // written.
  explicit CheckpointFiles(std::string directory, absl::Duration interval = Journal::kMinInterval)
      : directory_(std::move(directory)), interval_(interval) {}

  absl::Duration interval() const { return interval_; }

  // What is kept of `task` (64 hex digits), or its beginning: also where the file is damaged, or of another release's
  // format.
  v1::Checkpoint Load(absl::string_view task) const;
  // Replaces that file; null where nothing is kept.
  Journal::Save SaverOf(std::string task) const;

 private:
  std::string PathOf(absl::string_view task) const;

  const std::string directory_;
  const absl::Duration interval_;
};

}  // namespace clientele::training
