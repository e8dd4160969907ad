// A stream that is followed through restarts of its server. For the clients alone.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {

// Calls with every message of the streams that `open` begins, one after another, until `visit` says false: then OK.
// The error of the first stream where it told nothing; later, UNAVAILABLE after a minute without a message, and errors
// that will not pass.
template <typename Message>
absl::Status WatchPatiently(
    const Connection& connection,
    const std::function<std::unique_ptr<grpc::ClientReader<Message>>(grpc::ClientContext&)>& open,
    const std::function<bool(const Message&)>& visit) {
  constexpr absl::Duration kGiveUpAfter = absl::Minutes(1), kPause = absl::Seconds(1);
  absl::Time last_answer = absl::Now();
  for (bool answered = false;; absl::SleepFor(kPause)) {
    grpc::ClientContext context;
    const auto stream = open(context);
    Message message;
    while (stream->Read(&message)) {
      answered = true;
      if (!visit(message)) {
        context.TryCancel();
        return absl::OkStatus();
      }
      last_answer = absl::Now();
    }
    const absl::Status status = connection.Explain(stream->Finish());
    const bool may_pass = status.ok() || absl::IsUnavailable(status) || absl::IsCancelled(status);
    if (may_pass && answered && absl::Now() - last_answer <= kGiveUpAfter) continue;
    return status.ok() ? absl::UnavailableError("the service ended the stream") : status;
  }
}

}  // namespace clientele::cli
