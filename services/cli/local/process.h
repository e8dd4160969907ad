// A program that was started to stay: its pid file, whether it still runs, how it is stopped.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace clientele::cli {

// Starts `binary` in a session of its own, so that it outlives this command and its terminal; its output goes to the
// end of `log_file`. NOT_FOUND: no such program.
absl::StatusOr<pid_t> StartDetached(const std::string& binary, const std::vector<std::string>& arguments,
                                    const std::string& log_file);

// The process a pid file names, if it runs `program` (the file name of its executable) with `argument` among its
// arguments: a number that the system has given to another process since is not ours.
std::optional<pid_t> FindProcess(const std::string& pid_file, absl::string_view program, absl::string_view argument);

// Asks it to end (SIGTERM) and waits. NOT_FOUND: it has ended already. DEADLINE_EXCEEDED: it still runs.
absl::Status Terminate(pid_t pid, absl::Duration timeout);

// Whether a child has ended; it is then no more. False for a process that is not a child.
bool ChildEnded(pid_t pid);

// Whether some program listens on the port of this machine.
bool PortTaken(int port);

// The last lines of a file, for a message.
std::string LastLines(const std::string& path, int lines);

// Writes a small file at once or not at all.
absl::Status WriteFile(const std::string& path, absl::string_view content);
std::optional<std::string> ReadSmallFile(const std::string& path);

}  // namespace clientele::cli
