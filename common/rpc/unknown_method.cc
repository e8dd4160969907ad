#include "common/rpc/unknown_method.h"

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/rpc/status.h"

namespace clientele::rpc {

grpc::ServerGenericBidiReactor* UnknownMethod::CreateReactor(grpc::GenericCallbackServerContext* context) {
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Reactor(const grpc::Status& status) { Finish(status); }
    void OnDone() override { delete this; }
  };
  return new Reactor(ToGrpc(Error(absl::StatusCode::kUnimplemented, ErrorReason::kUnimplemented,
                                  absl::StrCat("this server has no method ", context->method(),
                                               "; it may be another program's, or a newer version's"))));
}

}  // namespace clientele::rpc
