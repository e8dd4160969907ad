// The same call answered by a server in Python: scikit-learn behind grpcio, as many write it first.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/benchmark/serving/load.h"
#include "tests/benchmark/serving/report.h"
#include "tests/benchmark/serving/scenarios.h"
#include "tests/benchmark/serving/servers.h"
#include "tests/benchmark/serving/workload.h"
#include "tests/testing/program.h"

namespace clientele::benchmark {
namespace {

constexpr char kModel[] = "tenants/acme/models/churn";
constexpr char kWhat[] = "Score behind scikit-learn and grpcio, beside ours";
constexpr char kPython[] = "/usr/bin/python3";

struct Result {
  double microseconds = 0;
  LoadResult load;
};

Result Measure(const MeasuredProgram& program, absl::Duration duration) {
  const auto channel = Connect(program.address());
  const std::vector<grpc::ByteBuffer> requests = {Serialized(ScoreGiven(kModel, 1, -1))};
  const double before = program.CpuSeconds();
  Result result;
  result.load =
      CallRepeatedly(channel, "/clientele.inference.v1.ScoringService/Score", requests, {.duration = duration});
  result.microseconds =
      (program.CpuSeconds() - before) * 1e6 / static_cast<double>(std::max<int64_t>(result.load.latency.count(), 1));
  return result;
}

std::string Text(const Result& result) {
  return absl::StrFormat("%.0f us, %.0f/s, p99 %.1f ms", result.microseconds, result.load.PerSecond(),
                         absl::ToDoubleMilliseconds(result.load.latency.Percentile(99)));
}

}  // namespace

void MeasureSklearn(const RunOptions& options) {
  const char* stubs = std::getenv("CLIENTELE_STUBS_DIR");
  const char* script = std::getenv("CLIENTELE_SKLEARN_SERVER");
  if (stubs == nullptr || script == nullptr)
    return PrintSkipped(kWhat, "CLIENTELE_STUBS_DIR and CLIENTELE_SKLEARN_SERVER say where it is");
  const auto probe = testutil::RunProgram(kPython, {"-c", "import sklearn, grpc"});
  if (!probe.ok() || probe->exit_code != 0)
    return PrintSkipped(kWhat, "Debian's python3-sklearn and python3-grpcio are not installed");
  const MeasuredProgram python(kPython, {script, stubs});
  const auto inference = StartInference(options.directory + "/sklearn");
  if (!Publish(inference->address(), kModel, SerializedModel(LinearModel(0))).ok()) std::abort();
  const Result ours = Measure(*inference, options.Duration()), theirs = Measure(python, options.Duration());
  PrintLine({kWhat, Text(theirs), Text(ours), theirs.microseconds / ours.microseconds, ""});
}

}  // namespace clientele::benchmark
