// serving_bench [PART...] [--brief]: what serving costs, as one table, with the real programs and beside a server that
// only echoes. Parts: scores, customers, batches, kernels, swaps, tenants, republishing, fairness, sklearn; default:
// all.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/benchmark/serving/report.h"
#include "tests/benchmark/serving/scenarios.h"

namespace clientele::benchmark {
namespace {

struct Part {
  const char* name;
  void (*measure)(const RunOptions& options);
};

constexpr Part kParts[] = {
    {"scores", MeasureScores},
    {"customers", MeasureCustomers},
    {"batches", MeasureBatches},
    {"kernels", MeasureKernels},
    {"swaps", MeasureSwaps},
    {"tenants", MeasureManyTenants},
    {"republishing", MeasureRepublishing},
    {"fairness", MeasureFairness},
    {"sklearn", MeasureSklearn},
};

int Run(std::vector<std::string> arguments) {
  RunOptions options;
  options.brief = std::erase(arguments, "--brief") > 0;
  for (const std::string& argument : arguments) {
    const bool known =
        std::any_of(std::begin(kParts), std::end(kParts), [&](const Part& part) { return argument == part.name; });
    if (known) continue;
    std::cerr << "serving_bench: nothing is called \"" << argument << "\"\n";
    return 2;
  }
  PrintHeader();
  for (const Part& part : kParts) {
    const bool wanted =
        arguments.empty() || std::find(arguments.begin(), arguments.end(), part.name) != arguments.end();
    if (!wanted) continue;
    options.directory =
        std::filesystem::temp_directory_path() / absl::StrCat("serving_bench.", getpid(), ".", part.name);
    std::filesystem::create_directories(options.directory);
    part.measure(options);
    std::filesystem::remove_all(options.directory);
  }
  return 0;
}

}  // namespace
}  // namespace clientele::benchmark

int main(int argc, char** argv) { return clientele::benchmark::Run({argv + 1, argv + argc}); }
