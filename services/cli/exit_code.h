// What the command ends with, so that scripts can tell.
#pragma once

#include "absl/status/status.h"

namespace clientele::cli {

enum class ExitCode {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,        // The command line, a file or a field is wrong.
  kUnavailable = 3,  // A service does not answer, or not in time.
  kNotFound = 4,     // No such customer, model, job, file.
  kRefused = 5,      // Not in the state it would take: a conflict, an old etag, too much at once.
  kRejected = 6,     // Trained, but the gate did not publish the model.
};

ExitCode ToExitCode(const absl::Status& status);

// The list above, for --help.
const char* ExitCodeHelp();

}  // namespace clientele::cli
