// Progress of a long step: a bar that redraws itself on a terminal, a plain line now and then elsewhere.
#pragma once

#include <ostream>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"

namespace clientele::cli {

// One thread. Writes to `out` at most ten times a second on a terminal, else at the start and every five seconds.
class Progress {
 public:
  Progress(std::ostream& out, bool terminal, const Clock& clock, absl::string_view label);
  ~Progress();  // Ends the line where Done was not called.

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `fraction` in [0, 1]; negative where nobody knows how much there is. `note` says where it stands: "12,000 records".
  void Update(double fraction, absl::string_view note);
  // The last line, with the time it took.
  void Done(absl::string_view note);

 private:
  void Draw(double fraction, absl::string_view note);

  std::ostream& out_;
  const bool terminal_;
  const Clock& clock_;
  const std::string label_;
  const absl::Time start_;
  absl::Time last_ = absl::InfinitePast();
  std::string last_note_;
  bool open_line_ = false;
};

}  // namespace clientele::cli
