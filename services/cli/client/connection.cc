#include "services/cli/client/connection.h"

#include "absl/strings/str_cat.h"

namespace clientele::cli {
namespace {

constexpr absl::string_view kErrorInfo = "type.googleapis.com/google.rpc.ErrorInfo";

// `status` with another message; code and payloads stay.
absl::Status WithMessage(const absl::Status& status, absl::string_view message) {
  absl::Status result(status.code(), message);
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) { result.SetPayload(url, payload); });
  return result;
}

}  // namespace

absl::StatusOr<Connection> Connection::Make(const ServiceOptions& options) {
  rpc::ChannelOptions channel_options;
  channel_options.name = options.name;
  channel_options.address = options.address;
  channel_options.tls = options.tls;
  channel_options.tls_ca_file = options.tls_ca_file;
  channel_options.tls_certificate_file = options.tls_certificate_file;
  channel_options.tls_key_file = options.tls_key_file;
  channel_options.tls_server_name = options.tls_server_name;
  channel_options.token_file = options.token_file;
  auto channel = rpc::MakeChannel(channel_options);
  if (!channel.ok()) return channel.status();
  return Connection{options, *std::move(channel)};
}

absl::Status Connection::Explain(const grpc::Status& grpc_status) const {
  const absl::Status status = rpc::FromGrpc(grpc_status);
  if (status.ok()) return status;
  const std::string where = absl::StrCat(options.name, " at ", options.address);
  // What a service says of itself comes with an ErrorInfo; what does not is from the transport.
  const bool from_service = status.GetPayload(kErrorInfo).has_value();
  if (absl::IsUnavailable(status) && !from_service) {
    return WithMessage(status, absl::StrCat(options.name, " does not answer at ", options.address,
                                            ": start it with `clientele up`, or say where it is with --", options.name,
                                            ". (", status.message(), ")"));
  }
  if (absl::IsDeadlineExceeded(status) && !from_service) {
    return WithMessage(status, absl::StrCat("no answer from ", where, " within ", absl::FormatDuration(options.timeout),
                                            "; allow more with --timeout"));
  }
  if (absl::IsUnimplemented(status) && !from_service) {
    return WithMessage(status,
                       absl::StrCat("what answers as ", where, " does not know this call; is it another program?"));
  }
  return status;
}

}  // namespace clientele::cli
