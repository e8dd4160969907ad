#include "services/cli/output/progress.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

constexpr int kBarWidth = 24;
constexpr absl::Duration kTerminalInterval = absl::Milliseconds(100);
constexpr absl::Duration kPlainInterval = absl::Seconds(5);

std::string Bar(double fraction) {
  const int filled = static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * kBarWidth));
  return absl::StrCat("[", std::string(filled, '#'), std::string(kBarWidth - filled, '.'), "]");
}

}  // namespace

Progress::Progress(std::ostream& out, bool terminal, const Clock& clock, absl::string_view label)
    : out_(out), terminal_(terminal), clock_(clock), label_(label), start_(clock.Now()) {}

Progress::~Progress() {
  if (open_line_) out_ << std::endl;
}

void Progress::Update(double fraction, absl::string_view note) {
  const absl::Time now = clock_.Now();
  if (now - last_ < (terminal_ ? kTerminalInterval : kPlainInterval) || (!terminal_ && note == last_note_)) return;
  last_ = now;
  last_note_ = std::string(note);
  Draw(fraction, note);
}

void Progress::Draw(double fraction, absl::string_view note) {
  const std::string share = fraction < 0 ? "" : FormatPercent(std::clamp(fraction, 0.0, 1.0), 0);
  if (!terminal_) {
    out_ << label_ << ": " << share << (share.empty() || note.empty() ? "" : ", ") << note << std::endl;
    return;
  }
  out_ << "\r\x1b[K" << label_ << "  " << (fraction < 0 ? "" : absl::StrCat(Bar(fraction), " ", share, "  ")) << note
       << std::flush;
  open_line_ = true;
}

void Progress::Done(absl::string_view note) {
  if (terminal_) out_ << "\r\x1b[K";
  out_ << label_ << ": " << note << " (" << FormatSeconds(clock_.Now() - start_) << ")" << std::endl;
  open_line_ = false;
}

}  // namespace clientele::cli
