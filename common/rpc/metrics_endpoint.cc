#include "common/rpc/metrics_endpoint.h"

#include <arpa/inet.h>
#include <prometheus/exposer.h>
#include <prometheus/registry.h>
#include <sys/socket.h>
#include <unistd.h>

#include <exception>
#include <future>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/observability/process_metrics.h"

namespace clientele::rpc {
namespace {

// Connects to a port of this machine and hangs up.
void Knock(int port, bool ipv6) {
  const int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(static_cast<uint16_t>(port));
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = v4.sin_port;
  v6.sin6_addr = in6addr_loopback;
  const auto* address = ipv6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
  [[maybe_unused]] const int ignored = connect(fd, address, ipv6 ? sizeof(v6) : sizeof(v4));
  close(fd);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Start(const std::string& address,
                                                                        observability::Metrics& metrics) {
  observability::AddProcessMetrics(metrics);
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(address, 1);
    exposer->RegisterCollectable(metrics.registry());
    const int port = exposer->GetListeningPorts().at(0);
    return std::unique_ptr<MetricsEndpoint>(
        new MetricsEndpoint(std::move(exposer), port, absl::StartsWith(address, "[")));
  } catch (const std::exception& error) {
    return Error(absl::StatusCode::kUnavailable, ErrorReason::kInternal,
                 absl::StrCat("server.metrics_address: cannot serve on ", address, ": ", error.what()));
  }
}

MetricsEndpoint::MetricsEndpoint(std::unique_ptr<prometheus::Exposer> exposer, int port, bool ipv6)
    : exposer_(std::move(exposer)), port_(port), ipv6_(ipv6) {}

// The exposer's thread looks only every two seconds whether it should stop, or when somebody connects.
MetricsEndpoint::~MetricsEndpoint() {
  std::future<void> stopped = std::async(std::launch::async, [this] { exposer_.reset(); });
  while (stopped.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready) Knock(port_, ipv6_);
}

}  // namespace clientele::rpc
