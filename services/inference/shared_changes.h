// Where replicas share their stores: looks, again and again, at what the others have changed.
#pragma once

#include <functional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "common/observability/log.h"

namespace clientele::inference {

// Thread-compatible. Each look is cheap where nothing has changed.
class SharedChanges {
 public:
  using Look = std::function<absl::Status()>;

  // What the looks look at outlives this.
  explicit SharedChanges(std::vector<Look> looks)
      : looks_(std::move(looks)), thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

 private:
  static constexpr absl::Duration kPause = absl::Milliseconds(500);

  void Run(std::stop_token stop) {
    while (!stop.stop_requested()) {
      for (const Look& look : looks_) {
        const absl::Status looked = look();
        if (!looked.ok()) {
          observability::Log(observability::LogLevel::kWarn,
                             "what other replicas have changed cannot be read; trying again",
                             {{"error", looked.message()}});
        }
      }
      absl::SleepFor(kPause);
    }
  }

  const std::vector<Look> looks_;
  std::jthread thread_;  // Last: it uses the rest.
};

}  // namespace clientele::inference
