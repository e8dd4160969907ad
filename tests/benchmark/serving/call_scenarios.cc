// Servers under one score a call: what a call costs the server in processor time, beside a server that only echoes.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "echo.pb.h"
#include "tests/benchmark/serving/load.h"
#include "tests/benchmark/serving/report.h"
#include "tests/benchmark/serving/scenarios.h"
#include "tests/benchmark/serving/servers.h"
#include "tests/benchmark/serving/workload.h"

namespace clientele::benchmark {
namespace {

constexpr char kScore[] = "/clientele.inference.v1.ScoringService/Score";
constexpr char kEcho[] = "/clientele.benchmark.EchoService/Echo";
constexpr char kModel[] = "tenants/acme/models/churn";
constexpr int kDifferentRows = 256;
constexpr int kOutstanding = 64;

// One kind of call to one server.
struct Subject {
  const MeasuredProgram* program;
  std::string method;
  std::vector<grpc::ByteBuffer> requests;
  std::shared_ptr<grpc::Channel> channel;
};

Subject MakeSubject(const MeasuredProgram& program, const std::string& method, std::vector<grpc::ByteBuffer> requests) {
  return {&program, method, std::move(requests), Connect(program.address())};
}

struct Cost {
  double microseconds = 0;  // Of the server's processor time for a call.
  double per_second = 0;
  absl::Duration p50, p99;
};

Cost Measure(const Subject& subject, absl::Duration duration) {
  const double before = subject.program->CpuSeconds();
  const LoadResult result = CallRepeatedly(subject.channel, subject.method, subject.requests,
                                           {.duration = duration, .outstanding = kOutstanding});
  if (result.latency.count() == 0 || result.refused.count() != 0) {
    std::cerr << subject.method << ": " << result.refused.count() << " of " << result.calls()
              << " calls failed, the first code " << (result.by_status.empty() ? -1 : result.by_status.rbegin()->first)
              << "\n";
    std::abort();
  }
  return {(subject.program->CpuSeconds() - before) * 1e6 / static_cast<double>(result.latency.count()),
          result.PerSecond(), result.latency.Percentile(50), result.latency.Percentile(99)};
}

Cost MedianOf(std::vector<Cost> costs) {
  std::sort(costs.begin(), costs.end(), [](const Cost& a, const Cost& b) { return a.microseconds < b.microseconds; });
  return costs[costs.size() / 2];
}

// Every subject in turn, round after round, so that all see the machine's good and bad moments: each one's median.
std::vector<Cost> MeasureInTurn(const std::vector<Subject>& subjects, const RunOptions& options) {
  std::vector<std::vector<Cost>> costs(subjects.size());
  for (const Subject& subject : subjects) Measure(subject, options.Duration() / 10);  // Warms up.
  for (int round = 0; round < options.Rounds(); ++round) {
    for (size_t s = 0; s < subjects.size(); ++s) costs[s].push_back(Measure(subjects[s], options.Duration()));
  }
  std::vector<Cost> medians;
  for (auto& of_one : costs) medians.push_back(MedianOf(std::move(of_one)));
  return medians;
}

// As many bytes as the request and its answer have.
std::vector<grpc::ByteBuffer> EchoOf(size_t request_bytes, int response_bytes) {
  EchoRequest request;
  request.set_response_bytes(response_bytes);
  request.mutable_payload()->assign(request_bytes, 'x');
  return {Serialized(request)};
}

std::string Text(const Cost& cost) {
  return absl::StrFormat("%.1f us, %.0f/s, p99 %.1f ms", cost.microseconds, cost.per_second,
                         absl::ToDoubleMilliseconds(cost.p99));
}

void Report(const std::string& what, const Cost& ours, const Cost& floor, const std::string& goal) {
  PrintLine({what, Text(ours), Text(floor), ours.microseconds / floor.microseconds, goal});
}

const Cost& Cheaper(const Cost& a, const Cost& b) { return a.microseconds < b.microseconds ? a : b; }

std::vector<grpc::ByteBuffer> GivenRequests(int max_reasons) {
  std::vector<grpc::ByteBuffer> requests;
  for (int row = 0; row < kDifferentRows; ++row) requests.push_back(Serialized(ScoreGiven(kModel, row, max_reasons)));
  return requests;
}

std::vector<grpc::ByteBuffer> CustomerRequests(int customers) {
  std::vector<grpc::ByteBuffer> requests;
  for (int c = 0; c < customers; ++c) requests.push_back(Serialized(ScoreById(kModel, c)));
  return requests;
}

void MustPublish(const MeasuredProgram& inference) {
  const absl::Status status = Publish(inference.address(), kModel, SerializedModel(LinearModel(0)));
  if (status.ok()) return;
  std::cerr << status << "\n";
  std::abort();
}

}  // namespace

void MeasureScores(const RunOptions& options) {
  const auto inference = StartInference(options.directory + "/scores");
  MustPublish(*inference);
  const MeasuredProgram callback(SiblingPath("echo_server"), {"callback"});
  const MeasuredProgram queue(SiblingPath("echo_server"), {"queue"});
  constexpr int kAnswerBytes = 102;  // A probability, its standing, the version and the alias.
  const size_t request_bytes = ScoreGiven(kModel, 0, -1).ByteSizeLong();
  const auto costs = MeasureInTurn(
      {MakeSubject(*inference, kScore, GivenRequests(-1)), MakeSubject(*inference, kScore, GivenRequests(5)),
       MakeSubject(callback, kEcho, EchoOf(request_bytes, kAnswerBytes)),
       MakeSubject(queue, kEcho, EchoOf(request_bytes, kAnswerBytes))},
      options);
  const Cost& floor = Cheaper(costs[2], costs[3]);
  PrintLine({"floor: echo by callback, beside completion queue", Text(costs[2]), Text(costs[3]),
             costs[2].microseconds / costs[3].microseconds, ""});
  Report("Score, 32 features given, 64 outstanding", costs[0], floor, "<= 1.15");
  Report("  with five reasons", costs[1], floor, "");
}

void MeasureCustomers(const RunOptions& options) {
  const int customers = options.brief ? 100 : 10'000;
  const auto ingestion = StartIngestion(options.directory + "/ingestion");
  const absl::Status ingested = IngestCustomers(ingestion->address(), customers);
  if (!ingested.ok()) return PrintSkipped("Score by customer id", ingested.ToString());
  const auto cached =
      StartInference(options.directory + "/cached", ingestion->address(), {"--scoring-feature-freshness=1h"});
  const auto uncached = StartInference(options.directory + "/uncached", ingestion->address());
  MustPublish(*cached);
  MustPublish(*uncached);
  const MeasuredProgram callback(SiblingPath("echo_server"), {"callback"});
  const MeasuredProgram queue(SiblingPath("echo_server"), {"queue"});
  constexpr int kAnswerBytes = 130;
  const size_t request_bytes = ScoreById(kModel, customers / 2).ByteSizeLong();
  const Subject warm = MakeSubject(*cached, kScore, CustomerRequests(customers));
  for (int pass = 0; pass < 2; ++pass) Measure(warm, options.Duration());  // Every customer is in the cache then.
  const auto costs = MeasureInTurn({warm, MakeSubject(*uncached, kScore, CustomerRequests(customers)),
                                    MakeSubject(callback, kEcho, EchoOf(request_bytes, kAnswerBytes)),
                                    MakeSubject(queue, kEcho, EchoOf(request_bytes, kAnswerBytes))},
                                   options);
  const Cost& floor = Cheaper(costs[2], costs[3]);
  Report("Score by customer id, cached", costs[0], floor, "<= 2.2");
  Report("Score by customer id, not cached", costs[1], floor, "<= 4");
}

}  // namespace clientele::benchmark
