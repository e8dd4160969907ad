#include "services/training/jobs/status_proto.h"

#include <algorithm>
#include <string>

#include "absl/strings/cord.h"

namespace clientele::training {

google::rpc::Status ToStatusProto(const absl::Status& status) {
  google::rpc::Status result;
  result.set_code(static_cast<int>(status.code()));
  result.set_message(std::string(status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    auto* detail = result.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(payload));
  });
  // A status promises no order of its payloads; what is stored wants one.
  std::sort(result.mutable_details()->begin(), result.mutable_details()->end(),
            [](const auto& a, const auto& b) { return a.type_url() < b.type_url(); });
  return result;
}

absl::Status FromStatusProto(const google::rpc::Status& status) {
  absl::Status result(static_cast<absl::StatusCode>(status.code()), status.message());
  if (result.ok()) return result;
  for (const auto& detail : status.details()) result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  return result;
}

}  // namespace clientele::training
