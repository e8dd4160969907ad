// The command line of `clientele`, from its arguments to its exit code.
#pragma once

#include "services/cli/exit_code.h"
#include "services/cli/output/console.h"

namespace clientele::cli {

// Runs one command; results and errors go to `console`.
ExitCode RunApp(int argc, const char* const* argv, Console& console);

}  // namespace clientele::cli
