// One tenant at fifty times its share, and what another's calls then take beside what they take alone. Both are sent
// from this process, so that the flood's client costs the other's calls time too: the ratio is an upper bound.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/benchmark/serving/load.h"
#include "tests/benchmark/serving/report.h"
#include "tests/benchmark/serving/scenarios.h"
#include "tests/benchmark/serving/servers.h"
#include "tests/benchmark/serving/workload.h"

namespace clientele::benchmark {
namespace {

constexpr char kScore[] = "/clientele.inference.v1.ScoringService/Score";
constexpr char kBatchScore[] = "/clientele.inference.v1.ScoringService/BatchScore";
constexpr char kModel[] = "tenants/acme/models/churn", kFloodModel[] = "tenants/flood/models/churn";
constexpr double kShare = 100;  // Calls a second that a tenant may make.
constexpr double kTimesItsShare = 50;
constexpr double kAsManyAsPossible = 0;
// Calls of one tenant, so many a second, or as many as it gets answers to.
struct Tenant {
  std::string method;
  std::vector<grpc::ByteBuffer> requests;
  double calls_per_second = 0;
  int outstanding = 256;
};

LoadResult Send(const MeasuredProgram& server, const Tenant& tenant, absl::Duration duration) {
  return CallRepeatedly(
      Connect(server.address()), tenant.method, tenant.requests,
      {.duration = duration, .outstanding = tenant.outstanding, .calls_per_second = tenant.calls_per_second});
}

struct Outcome {
  std::vector<absl::Duration> p50, p99;  // Of each round.
  int64_t failed = 0;                    // Calls of the tenant that keeps to its share.
  int64_t offered = 0, served = 0;       // Of the flood.
};

absl::Duration MedianOf(std::vector<absl::Duration> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void AddTo(Outcome& outcome, const LoadResult& result) {
  outcome.p50.push_back(result.latency.Percentile(50));
  outcome.p99.push_back(result.latency.Percentile(99));
  outcome.failed += result.refused.count();
}

// So many rows a call, so many calls a second.
Tenant Batches(const char* model, int rows, double calls_per_second, int outstanding) {
  return {kBatchScore, {Serialized(BatchGiven(model, 0, rows))}, calls_per_second, outstanding};
}

// Alone and beside the flood in turn, so that both see the machine's good and bad moments.
std::pair<Outcome, Outcome> Measure(const MeasuredProgram& server, const Tenant& modest, const Tenant& flood,
                                    const RunOptions& options) {
  Outcome alone, beside;
  const absl::Duration duration = options.brief ? options.Duration() : absl::Seconds(2);
  const int rounds = options.brief ? 1 : 3;
  Send(server, modest, duration / 10);  // Warms up.
  for (int round = 0; round < rounds; ++round) {
    AddTo(alone, Send(server, modest, duration));
    std::thread flooding([&] {
      const LoadResult result = Send(server, flood, duration + absl::Milliseconds(200));
      beside.offered += result.calls();
      beside.served += result.latency.count();
    });
    absl::SleepFor(absl::Milliseconds(100));
    AddTo(beside, Send(server, modest, duration));
    flooding.join();
  }
  return {alone, beside};
}

std::string Text(const Outcome& outcome) {
  std::string text = absl::StrFormat("p50 %.2f ms, p99 %.2f ms", absl::ToDoubleMilliseconds(MedianOf(outcome.p50)),
                                     absl::ToDoubleMilliseconds(MedianOf(outcome.p99)));
  if (outcome.failed > 0) absl::StrAppendFormat(&text, ", %d failed", outcome.failed);
  return text;
}

void Report(const std::string& what, const std::pair<Outcome, Outcome>& outcomes, const std::string& goal) {
  const auto& [alone, beside] = outcomes;
  PrintLine({absl::StrFormat("%s (flood: %d calls, %d served)", what, beside.offered, beside.served), Text(beside),
             Text(alone), absl::FDivDuration(MedianOf(beside.p99), MedianOf(alone.p99)), goal});
}

std::unique_ptr<MeasuredProgram> Start(const RunOptions& options, const std::string& name,
                                       std::vector<std::string> flags) {
  auto server = StartInference(options.directory + "/" + name, "127.0.0.1:1", std::move(flags));
  for (const char* model : {kModel, kFloodModel}) {
    const absl::Status status = Publish(server->address(), model, SerializedModel(LinearModel(0)));
    if (status.ok()) continue;
    std::cerr << status << "\n";
    std::abort();
  }
  return server;
}

std::string QuotaFlag(const RunOptions& options, const std::string& name, const std::string& limits) {
  const std::string path = absl::StrCat(options.directory, "/", name, ".json");
  std::ofstream(path) << R"({"tenant_quotas": [{"name": "tenants/-/quota", )" << limits << "}]}";
  return "--quota-file=" + path;
}

}  // namespace

void MeasureFairness(const RunOptions& options) {
  const Tenant scores = {kScore, {Serialized(ScoreGiven(kModel, 0, -1))}, kShare * 0.8};
  const Tenant many_scores = {kScore, {Serialized(ScoreGiven(kFloodModel, 0, -1))}, kShare * kTimesItsShare};
  const auto with_quota = Start(options, "scores", {QuotaFlag(options, "scores", R"("requests_per_second": 100)")});
  Report("Score, each tenant has a share of 100/s", Measure(*with_quota, scores, many_scores, options), "<= 1.2");
  const auto rows_quota = Start(options, "rows", {QuotaFlag(options, "rows", R"("rows_per_second": 5000)")});
  Report(
      "BatchScore, a share of 5,000 rows/s",
      Measure(*rows_quota, Batches(kModel, 100, 40, 64), Batches(kFloodModel, 100, 50 * kTimesItsShare, 256), options),
      "<= 1.2");
  // More than the machine can do, and nobody is refused: what waits, waits by turns or in one line.
  const Tenant batches = Batches(kModel, 1000, 20, 64),
               many_batches = Batches(kFloodModel, 1000, kAsManyAsPossible, 64);
  const auto fair = Start(options, "fair", {"--scoring-threads=2", QuotaFlag(options, "fair", R"("weight": 1)")});
  Report("BatchScore, no limits, fair queue", Measure(*fair, batches, many_batches, options), "");
  const auto fifo = Start(options, "fifo", {"--scoring-threads=2"});
  Report("BatchScore, no limits, one line for all", Measure(*fifo, batches, many_batches, options), "");
}

}  // namespace clientele::benchmark
