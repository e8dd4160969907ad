// The command, run as from a shell, with a clock that stands still.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "services/cli/app.h"
#include "tests/testing/manual_clock.h"

namespace clientele::cli {

struct Ran {
  ExitCode code;
  std::string out;
  std::string err;
};

inline Ran RunCommand(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv = {"clientele"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::ostringstream out, err;
  const testutil::ManualClock clock;
  Console console{out, err, clock};
  const ExitCode code = RunApp(static_cast<int>(argv.size()), argv.data(), console);
  return {code, out.str(), err.str()};
}

}  // namespace clientele::cli
