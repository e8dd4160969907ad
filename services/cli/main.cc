// clientele: the command.
#include "common/base/clock.h"
#include "services/cli/app.h"
#include "services/cli/output/console.h"

int main(int argc, char** argv) {
  const clientele::SystemClock clock;
  clientele::cli::Console console = clientele::cli::ProcessConsole(clock);
  return static_cast<int>(clientele::cli::RunApp(argc, argv, console));
}
