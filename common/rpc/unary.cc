#include "common/rpc/unary.h"

#include <utility>

#include "common/rpc/server_call.h"

namespace clientele::rpc {
namespace {

class UnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  UnaryReactor(grpc::CallbackServerContext* context, Handler handler)
      : call_(context, ServerCall::Kind::kUnary), handler_(std::move(handler)) {}

  absl::Status Admit() const { return call_.Admit(); }
  void Run() {
    End(call_.Guard([this] { return handler_(call_.call()); }));
  }
  // Nothing of `this` may be touched afterwards: OnDone may already have deleted it.
  void End(const absl::Status& status) { Finish(call_.End(status)); }

  void OnCancel() override { call_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  ServerCall call_;
  Handler handler_;
};

}  // namespace

grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, Executor& executor, Handler handler) {
  auto* reactor = new UnaryReactor(context, std::move(handler));
  absl::Status status = reactor->Admit();
  if (status.ok()) status = executor.Run([reactor] { reactor->Run(); });
  if (!status.ok()) reactor->End(status);
  return reactor;
}

grpc::ServerUnaryReactor* UnaryInline(grpc::CallbackServerContext* context, Handler handler) {
  auto* reactor = new UnaryReactor(context, std::move(handler));
  if (const absl::Status status = reactor->Admit(); !status.ok()) {
    reactor->End(status);
  } else {
    reactor->Run();
  }
  return reactor;
}

}  // namespace clientele::rpc
