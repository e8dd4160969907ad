// What the registry's work costs those who score: swaps, versions that come and go, thousands of models.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "clientele/inference/v1/model_service.grpc.pb.h"
#include "tests/benchmark/serving/load.h"
#include "tests/benchmark/serving/report.h"
#include "tests/benchmark/serving/scenarios.h"
#include "tests/benchmark/serving/servers.h"
#include "tests/benchmark/serving/workload.h"

namespace clientele::benchmark {
namespace {

namespace v1 = inference::v1;

constexpr char kScore[] = "/clientele.inference.v1.ScoringService/Score";
constexpr double kSwapsPerSecond = 1000.0 / 60;
constexpr double kSteadyCallsPerSecond = 2000;

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << status << "\n";
  std::abort();
}

void MustGrpc(const grpc::Status& status) {
  if (status.ok()) return;
  std::cerr << status.error_code() << ": " << status.error_message() << "\n";
  std::abort();
}

std::string ModelName(int tenant, int model) { return absl::StrCat("tenants/t", tenant, "/models/m", model); }

absl::Duration SteadyP99(const std::shared_ptr<grpc::Channel>& channel, const std::vector<grpc::ByteBuffer>& requests,
                         absl::Duration duration) {
  const LoadResult result =
      CallRepeatedly(channel, kScore, requests,
                     {.duration = duration, .outstanding = 1000, .calls_per_second = kSteadyCallsPerSecond});
  if (result.refused.count() != 0) std::abort();
  return result.latency.Percentile(99);
}

absl::Duration Median(std::vector<absl::Duration> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Moves the champion of another model between its two versions, 1,000 times a minute, until told to stop.
void Swap(const std::string& address, const std::string& model, const std::atomic<bool>& stop,
          std::atomic<int>& swaps) {
  const auto stub = v1::ModelService::NewStub(Connect(address));
  for (int i = 0; !stop; ++i) {
    v1::SetModelAliasRequest request;
    request.set_name(model + "/aliases/champion");
    request.set_version(absl::StrCat(model, "/versions/", i % 2 + 1));
    grpc::ClientContext context;
    v1::ModelAlias alias;
    MustGrpc(stub->SetModelAlias(&context, request, &alias));
    ++swaps;
    absl::SleepFor(absl::Seconds(1 / kSwapsPerSecond));
  }
}

std::string Milliseconds(absl::Duration duration) {
  return absl::StrFormat("p99 %.2f ms", absl::ToDoubleMilliseconds(duration));
}

}  // namespace

void MeasureSwaps(const RunOptions& options) {
  const auto inference = StartInference(options.directory + "/swaps");
  Must(Publish(inference->address(), ModelName(0, 0), SerializedModel(LinearModel(0))));
  for (const int seed : {1, 2})
    Must(Publish(inference->address(), ModelName(0, 1), SerializedModel(LinearModel(seed))));
  std::vector<grpc::ByteBuffer> requests = {Serialized(ScoreGiven(ModelName(0, 0), 1, -1))};
  const auto channel = Connect(inference->address());
  SteadyP99(channel, requests, options.Duration());
  std::vector<absl::Duration> still, swapping;
  std::atomic<int> swaps = 0;
  for (int round = 0; round < options.Rounds(); ++round) {
    still.push_back(SteadyP99(channel, requests, options.Duration()));
    std::atomic<bool> stop = false;
    std::thread swapper([&] { Swap(inference->address(), ModelName(0, 1), stop, swaps); });
    swapping.push_back(SteadyP99(channel, requests, options.Duration()));
    stop = true;
    swapper.join();
  }
  const absl::Duration with = Median(swapping), without = Median(still);
  const double minutes = options.Rounds() * absl::ToDoubleMinutes(options.Duration());
  PrintLine({absl::StrFormat("p99 of another model, %.0f swaps a minute", swaps / minutes), Milliseconds(with),
             Milliseconds(without), absl::FDivDuration(with, without), "<= 1.2"});
}

void MeasureManyTenants(const RunOptions& options) {
  const int tenants = options.brief ? 3 : 1000;
  constexpr int kModels = 3;
  const std::string directory = options.directory + "/tenants";
  const std::string bytes = SerializedModel(LinearModel(0));
  std::vector<grpc::ByteBuffer> one, all;
  one.push_back(Serialized(ScoreGiven(ModelName(0, 0), 1, -1)));
  {
    const auto inference = StartInference(directory);
    for (int t = 0; t < tenants; ++t) {
      for (int m = 0; m < kModels; ++m) {
        Must(Publish(inference->address(), ModelName(t, m), bytes));
        all.push_back(Serialized(ScoreGiven(ModelName(t * 7919 % tenants, m), 1, -1)));
      }
    }
  }
  const absl::Time start = absl::Now();
  const auto many = StartInference(directory);
  const absl::Duration restart = absl::Now() - start;
  const auto few = StartInference(options.directory + "/tenant");
  Must(Publish(few->address(), ModelName(0, 0), bytes));
  const auto channel = Connect(many->address()), base_channel = Connect(few->address());
  std::vector<absl::Duration> ours, base;
  for (int round = 0; round < options.Rounds(); ++round) {
    base.push_back(SteadyP99(base_channel, one, options.Duration()));
    ours.push_back(SteadyP99(channel, all, options.Duration()));
  }
  const std::string what = absl::StrCat(tenants, " tenants x ", kModels, " models");
  PrintLine({what + ", p99", Milliseconds(Median(ours)), Milliseconds(Median(base)) + " of one tenant",
             absl::FDivDuration(Median(ours), Median(base)), "<= 1.3"});
  PrintLine({what + ", memory", absl::StrFormat("%.0f MB", many->ResidentMegabytes()), "400 MB",
             many->ResidentMegabytes() / 400, "<= 1"});
  PrintLine({what + ", from start to serving", absl::StrFormat("%.2f s", absl::ToDoubleSeconds(restart)), "2 s",
             absl::ToDoubleSeconds(restart) / 2, "<= 1"});
}

void MeasureRepublishing(const RunOptions& options) {
  const int cycles = options.brief ? 6 : 1000, first = options.brief ? 3 : 50;
  const auto inference = StartInference(options.directory + "/republishing");
  const auto stub = v1::ModelService::NewStub(Connect(inference->address()));
  double early = 0;
  for (int cycle = 1; cycle <= cycles; ++cycle) {
    Must(Publish(inference->address(), ModelName(0, 0), SerializedModel(LinearModel(cycle))));
    if (cycle > 2) {  // The one before is where a rollback goes.
      v1::DeleteModelVersionRequest request;
      request.set_name(absl::StrCat(ModelName(0, 0), "/versions/", cycle - 2));
      grpc::ClientContext context;
      v1::ModelVersion deleted;
      MustGrpc(stub->DeleteModelVersion(&context, request, &deleted));
    }
    if (cycle == first) early = inference->ResidentMegabytes();
  }
  const double late = inference->ResidentMegabytes();
  PrintLine({absl::StrCat("memory after ", cycles, " versions came and went"), absl::StrFormat("%.1f MB", late),
             absl::StrFormat("%.1f MB after %d", early, first), late / early, "<= 1.05"});
}

}  // namespace clientele::benchmark
