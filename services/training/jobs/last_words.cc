#include "services/training/jobs/last_words.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace clientele::training {
namespace {

std::vector<absl::string_view> LinesOf(absl::string_view said) {
  return absl::StrSplit(absl::StripAsciiWhitespace(said), '\n');
}

}  // namespace

std::string LostRank(absl::string_view said) {
  constexpr absl::string_view kNoticed = "mpirun noticed that ";
  for (absl::string_view line : LinesOf(said)) {
    if (absl::ConsumePrefix(&line, kNoticed)) return std::string(line);
  }
  return "";
}

std::string LastWords(absl::string_view said) {
  if (std::string lost = LostRank(said); !lost.empty()) return lost;
  const std::vector<absl::string_view> lines = LinesOf(said);
  for (const absl::string_view line : lines) {
    if (absl::StartsWith(line, "clientele-trainer-mpi: rank ")) return std::string(line);
  }
  return std::string(lines.back());
}

}  // namespace clientele::training
