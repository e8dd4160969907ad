// The page that Prometheus scrapes, on a port of its own.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/observability/metrics.h"

namespace prometheus {
class Exposer;
}

namespace clientele::rpc {

class MetricsEndpoint {
 public:
  // Serves http://`address`/metrics, and the process's own with them; port 0 is any free one. UNAVAILABLE where the
  // address is taken.
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Start(const std::string& address,
                                                                observability::Metrics& metrics);
  ~MetricsEndpoint();

  int port() const { return port_; }

 private:
  explicit MetricsEndpoint(std::unique_ptr<prometheus::Exposer> exposer, int port, bool ipv6);

  std::unique_ptr<prometheus::Exposer> exposer_;
  const int port_;
  const bool ipv6_;
};

}  // namespace clientele::rpc
