// What the command asks of inference's CurrentScoreService.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/inference/v1/current_score_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// Thread-safe. Every call: the server's error, or UNAVAILABLE with what to do where nobody answers.
class CurrentScoreClient {
 public:
  static absl::StatusOr<std::unique_ptr<CurrentScoreClient>> Connect(const ServiceOptions& options);
  ~CurrentScoreClient();

  absl::StatusOr<inference::v1::CurrentScore> Get(const inference::v1::GetCurrentScoreRequest& request);
  absl::StatusOr<inference::v1::ListCurrentScoresResponse> List(const inference::v1::ListCurrentScoresRequest& request);
  // Until `visit` says false, through restarts of the service of less than a minute; nothing is told twice or left out.
  absl::Status Watch(inference::v1::WatchScoresRequest request,
                     const std::function<bool(const inference::v1::WatchScoresResponse&)>& visit);

 private:
  struct Impl;
  explicit CurrentScoreClient(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace clientele::cli
