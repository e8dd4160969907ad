#include "common/rpc/client_token.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace clientele::rpc {
namespace {

using grpc::experimental::InterceptionHookPoints;

absl::StatusOr<std::string> ReadToken(const std::string& text) {
  const absl::string_view token = absl::StripAsciiWhitespace(text);
  if (token.empty() || !std::all_of(token.begin(), token.end(), [](char c) { return absl::ascii_isgraph(c); })) {
    return absl::InvalidArgumentError("holds no token or API key");
  }
  return std::string(token);
}

class Interceptor final : public grpc::experimental::Interceptor {
 public:
  explicit Interceptor(std::string token) : authorization_(absl::StrCat("Bearer ", token)) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      methods->GetSendInitialMetadata()->emplace("authorization", authorization_);
    }
    methods->Proceed();
  }

 private:
  const std::string authorization_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ClientToken>> ClientToken::Open(const std::string& path) {
  auto file = File::Open(path, ReadToken);
  if (!file.ok()) return file.status();
  return std::unique_ptr<ClientToken>(new ClientToken(*std::move(file)));
}

grpc::experimental::Interceptor* ClientToken::CreateClientInterceptor(grpc::experimental::ClientRpcInfo*) {
  return new Interceptor(*file_->Get(absl::Now()));
}

}  // namespace clientele::rpc
