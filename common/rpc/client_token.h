// A credential that goes along with every call of a channel.
#pragma once

#include <grpcpp/support/client_interceptor.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/auth/watched_file.h"

namespace clientele::rpc {

// Adds `authorization: Bearer <the file's text>` to each call. The file may change: tokens are short-lived.
class ClientToken final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  // NOT_FOUND: no such file. INVALID_ARGUMENT: it holds no single word.
  static absl::StatusOr<std::unique_ptr<ClientToken>> Open(const std::string& path);

  grpc::experimental::Interceptor* CreateClientInterceptor(grpc::experimental::ClientRpcInfo* info) override;

 private:
  using File = auth::WatchedFile<std::string>;
  explicit ClientToken(std::shared_ptr<File> file) : file_(std::move(file)) {}

  const std::shared_ptr<File> file_;
};

}  // namespace clientele::rpc
