#include "common/rpc/status.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "common/base/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace clientele::rpc {
namespace {

constexpr size_t kMaxMessageBytes = 1000;
constexpr size_t kMaxDetailsBytes = 3000;
constexpr absl::string_view kTypePrefix = "type.googleapis.com/";
constexpr absl::string_view kErrorInfoUrl = "type.googleapis.com/google.rpc.ErrorInfo";

// The length of the valid UTF-8 sequence `text` starts with, or 0.
size_t SequenceLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  if (byte(0) < 0x80) return 1;
  if (byte(0) >= 0xC2 && byte(0) < 0xE0) return continues(1) ? 2 : 0;
  if (byte(0) >= 0xE0 && byte(0) < 0xF0) {
    if (!continues(1) || !continues(2)) return 0;
    const bool overlong = byte(0) == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = byte(0) == 0xED && byte(1) >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (byte(0) >= 0xF0 && byte(0) < 0xF5) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    const bool overlong = byte(0) == 0xF0 && byte(1) < 0x90;
    const bool beyond = byte(0) == 0xF4 && byte(1) >= 0x90;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

// `text` cut to `max_bytes`, never inside a character, with "?" for what is not UTF-8.
std::string Readable(absl::string_view text, size_t max_bytes) {
  std::string result;
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    if (result.size() + std::max<size_t>(length, 1) > max_bytes) break;
    if (length == 0) {
      result += '?';
      text.remove_prefix(1);
    } else {
      result.append(text.data(), length);
      text.remove_prefix(length);
    }
  }
  return result;
}

google::rpc::ErrorInfo DefaultInfo(absl::StatusCode code) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(ReasonName(DefaultReason(code))));
  info.set_domain(std::string(kErrorDomain));
  return info;
}

// The one ErrorInfo of `status`, without its metadata where that is too long for the wire.
google::rpc::ErrorInfo InfoOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kErrorInfoUrl);
  google::rpc::ErrorInfo info;
  if (!payload || !info.ParseFromString(std::string(*payload)) || info.reason().empty()) {
    return DefaultInfo(status.code());
  }
  if (info.ByteSizeLong() > kMaxDetailsBytes) info.clear_metadata();
  return info;
}

google::rpc::Status DetailsOf(const absl::Status& status, const std::string& message) {
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(message);
  details.add_details()->PackFrom(InfoOf(status));
  size_t bytes = details.details(0).ByteSizeLong();
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    if (url == kErrorInfoUrl || !absl::StartsWith(url, kTypePrefix)) return;
    bytes += url.size() + payload.size();
    if (bytes > kMaxDetailsBytes) return;
    google::protobuf::Any* detail = details.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(payload));
  });
  return details;
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const std::string message = Readable(status.message(), kMaxMessageBytes);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message,
                      DetailsOf(status, message).SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  // gRPC itself refuses a message over the limit, and says no more than this.
  if (code == absl::StatusCode::kResourceExhausted && status.error_details().empty() &&
      absl::StrContains(status.error_message(), "message larger than max")) {
    return Error(code, ErrorReason::kMessageTooLarge, status.error_message());
  }
  absl::Status result(code, status.error_message());
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return result;
  for (const google::protobuf::Any& detail : details.details()) {
    result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return result;
}

}  // namespace clientele::rpc
