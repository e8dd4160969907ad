#include "services/cli/exit_code.h"

namespace clientele::cli {

ExitCode ToExitCode(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk: return ExitCode::kOk;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange: return ExitCode::kUsage;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded: return ExitCode::kUnavailable;
    case absl::StatusCode::kNotFound: return ExitCode::kNotFound;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kResourceExhausted: return ExitCode::kRefused;
    default: return ExitCode::kFailed;
  }
}

const char* ExitCodeHelp() {
  return "Exit codes: 0 done; 1 failed; 2 the command line, a file or a field is wrong; 3 a service does not answer;\n"
         "4 no such customer, model, job or file; 5 refused in this state; 6 trained, but the gate did not publish.";
}

}  // namespace clientele::cli
