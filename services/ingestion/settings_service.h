// ingestion.v1.SettingsService: how a tenant's records are read.
#pragma once

#include "clientele/ingestion/v1/settings_service.grpc.pb.h"
#include "common/base/executor.h"
#include "services/ingestion/records/tenant_contexts.h"

namespace clientele::ingestion {

// Thread-safe.
class SettingsService final : public v1::SettingsService::CallbackService {
 public:
  // Both must outlive this.
  SettingsService(TenantContexts& contexts, Executor& executor) : contexts_(contexts), executor_(executor) {}

  grpc::ServerUnaryReactor* GetSettings(grpc::CallbackServerContext* context, const v1::GetSettingsRequest* request,
                                        v1::Settings* response) override;
  grpc::ServerUnaryReactor* UpdateSettings(grpc::CallbackServerContext* context,
                                           const v1::UpdateSettingsRequest* request, v1::Settings* response) override;

 private:
  TenantContexts& contexts_;
  Executor& executor_;
};

}  // namespace clientele::ingestion
