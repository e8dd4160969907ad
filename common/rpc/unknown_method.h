// Answers calls of methods that no service has: UNIMPLEMENTED, with the details every error of ours carries.
#pragma once

#include <grpcpp/generic/async_generic_service.h>

namespace clientele::rpc {

class UnknownMethod final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override;
};

}  // namespace clientele::rpc
