#include "tests/benchmark/serving/report.h"

#include <iostream>

#include "absl/strings/str_format.h"

namespace clientele::benchmark {

void PrintHeader() {
  std::cout << absl::StreamFormat("%-58s %-34s %-34s %7s  %s\n", "what", "ours", "beside", "ratio", "goal")
            << std::flush;
}

void PrintLine(const Line& line) {
  std::cout << absl::StreamFormat("%-58s %-34s %-34s %7.2f  %s\n", line.what, line.figure, line.beside, line.ratio,
                                  line.goal)
            << std::flush;
}

void PrintSkipped(absl::string_view what, absl::string_view why) {
  std::cout << absl::StreamFormat("%-58s skipped: %s\n", what, why) << std::flush;
}

}  // namespace clientele::benchmark
