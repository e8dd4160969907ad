// Load on a gRPC server: requests that are serialised already, so that the client costs as little as gRPC lets it.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/message_lite.h"
#include "tests/benchmark/serving/latency_histogram.h"

namespace clientele::benchmark {

struct LoadOptions {
  absl::Duration duration = absl::Seconds(2);
  // Closed loop: so many calls are always in flight.
  int outstanding = 64;
  // Not 0: an open loop of so many calls a second, whatever is answered; a latency counts from when the call was due,
  // so that a server that stalls cannot hide the calls it kept waiting. `outstanding` bounds them.
  double calls_per_second = 0;
};

struct LoadResult {
  std::map<int, int64_t> by_status;  // Canonical code to calls.
  LatencyHistogram latency;          // Of those that are OK.
  LatencyHistogram refused;          // Of the others.
  double seconds = 0;

  int64_t calls() const { return latency.count() + refused.count(); }
  double PerSecond() const { return seconds > 0 ? static_cast<double>(latency.count()) / seconds : 0; }
};

grpc::ByteBuffer Serialized(const google::protobuf::MessageLite& message);

// A connection of its own.
std::shared_ptr<grpc::Channel> Connect(const std::string& address);

// Unary calls of "/package.Service/Method" over the channel, each with the next of `requests`, for as long as the
// options say. One thread, this one.
LoadResult CallRepeatedly(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                          const std::vector<grpc::ByteBuffer>& requests, const LoadOptions& options);

// One stream of the method, with `window` messages in flight. An answer counts as a call, its latency from its
// message's write.
LoadResult StreamRepeatedly(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                            const std::vector<grpc::ByteBuffer>& requests, int window, absl::Duration duration);

}  // namespace clientele::benchmark
