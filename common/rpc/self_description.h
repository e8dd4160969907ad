// The services by which gRPC tells about a server: reflection and channelz.
#pragma once

#include <grpcpp/ext/channelz_service_plugin.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/support/channel_arguments.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace clientele::rpc {

// Which of gRPC's services that describe a server this one has. gRPC knows only how to add them to all servers of a
// process.
class SelfDescription final : public grpc::ServerBuilderOption {
 public:
  SelfDescription(bool reflection, bool channelz) : reflection_(reflection), channelz_(channelz) {}

  // Before any builder is made.
  static void Install() {
    static std::once_flag once;
    std::call_once(once, [] {
      grpc::reflection::InitProtoReflectionServerBuilderPlugin();
      grpc::channelz::experimental::InitChannelzService();
    });
  }

  void UpdateArguments(grpc::ChannelArguments* arguments) override {
    if (!channelz_) arguments->SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);  // Nobody asks what it would count.
  }
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins, [this](const auto& plugin) {
      const std::string name = plugin->name();
      return (!reflection_ && name == "proto_server_reflection") || (!channelz_ && name == "channelz_service");
    });
  }

 private:
  const bool reflection_, channelz_;
};

}  // namespace clientele::rpc
