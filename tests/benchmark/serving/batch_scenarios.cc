// A thousand rows a message: rows a second, beside a stream that only echoes as many bytes.
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

constexpr char kModel[] = "tenants/acme/models/churn";
constexpr char kService[] = "/clientele.inference.v1.ScoringService/";
constexpr int kWindow = 4;       // Messages in flight.
constexpr int kScoreBytes = 55;  // Of one row's answer.
constexpr int kDifferentBatches = 4;

struct Rate {
  double rows_per_second = 0;
  double nanoseconds = 0;  // Of the server's processor time for a row.
};

Rate RateOf(const LoadResult& result, double cpu_seconds) {
  if (result.latency.count() == 0 || result.by_status.size() != 1 || result.by_status.begin()->first != 0) {
    std::cerr << "a batch failed with code " << result.by_status.rbegin()->first << "\n";
    std::abort();
  }
  const double rows = static_cast<double>(result.latency.count()) * kRowsInABatch;
  return {rows / result.seconds, cpu_seconds * 1e9 / rows};
}

template <typename Load>
Rate Measure(const MeasuredProgram& program, const Load& load) {
  const double before = program.CpuSeconds();
  const LoadResult result = load();
  return RateOf(result, program.CpuSeconds() - before);
}

Rate MedianOf(std::vector<Rate> rates) {
  std::sort(rates.begin(), rates.end(),
            [](const Rate& a, const Rate& b) { return a.rows_per_second < b.rows_per_second; });
  return rates[rates.size() / 2];
}

std::string Text(const Rate& rate) {
  return absl::StrFormat("%.0f rows/s, %.0f ns/row", rate.rows_per_second, rate.nanoseconds);
}

}  // namespace

void MeasureBatches(const RunOptions& options) {
  const auto inference = StartInference(options.directory + "/batches");
  if (!Publish(inference->address(), kModel, SerializedModel(LinearModel(0))).ok()) std::abort();
  const MeasuredProgram echo(SiblingPath("echo_server"), {"callback"}), one(SiblingPath("echo_server"), {"one"});
  std::vector<grpc::ByteBuffer> batches;
  for (int b = 0; b < kDifferentBatches; ++b)
    batches.push_back(Serialized(BatchGiven(kModel, b * kRowsInABatch, kRowsInABatch)));
  EchoRequest echoed;
  echoed.set_response_bytes(kRowsInABatch * kScoreBytes);
  echoed.mutable_payload()->assign(batches[0].Length(), 'x');
  const std::vector<grpc::ByteBuffer> echoes = {Serialized(echoed)};
  const auto channel = Connect(inference->address()), echo_channel = Connect(echo.address()),
             one_channel = Connect(one.address());
  const LoadOptions load{.duration = options.Duration(), .outstanding = kWindow};
  std::vector<Rate> streams, stream_floors, lone_floors, unaries, unary_floors;
  const auto echo_stream = [&](const MeasuredProgram& program, const std::shared_ptr<grpc::Channel>& to) {
    return Measure(program, [&] {
      return StreamRepeatedly(to, "/clientele.benchmark.EchoService/EchoStream", echoes, kWindow, options.Duration());
    });
  };
  for (int round = 0; round < options.Rounds(); ++round) {
    stream_floors.push_back(echo_stream(echo, echo_channel));
    lone_floors.push_back(echo_stream(one, one_channel));
    streams.push_back(Measure(*inference, [&] {
      return StreamRepeatedly(channel, absl::StrCat(kService, "StreamScore"), batches, kWindow, options.Duration());
    }));
    unary_floors.push_back(Measure(
        echo, [&] { return CallRepeatedly(echo_channel, "/clientele.benchmark.EchoService/Echo", echoes, load); }));
    unaries.push_back(Measure(
        *inference, [&] { return CallRepeatedly(channel, absl::StrCat(kService, "BatchScore"), batches, load); }));
  }
  const Rate stream = MedianOf(streams), stream_floor = MedianOf(stream_floors);
  PrintLine({"StreamScore, 1,000 rows a message, 32 features", Text(stream), Text(stream_floor),
             stream.rows_per_second / stream_floor.rows_per_second, ">= 0.70"});
  const Rate lone_floor = MedianOf(lone_floors);
  PrintLine({"  beside an echo on one polling thread", Text(stream), Text(lone_floor),
             stream.rows_per_second / lone_floor.rows_per_second, ""});
  const Rate unary = MedianOf(unaries), unary_floor = MedianOf(unary_floors);
  PrintLine({"BatchScore, 1,000 rows a call", Text(unary), Text(unary_floor),
             unary.rows_per_second / unary_floor.rows_per_second, ">= 0.70"});
}

}  // namespace clientele::benchmark
