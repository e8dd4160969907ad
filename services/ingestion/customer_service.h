// ingestion.v1.CustomerService: what is known of customers. What is personal of it is masked for most roles.
#pragma once

#include "clientele/ingestion/v1/customer_service.grpc.pb.h"
#include "common/base/executor.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/customer_keys.h"
#include "services/ingestion/records/tenant_contexts.h"

namespace clientele::ingestion {

// Thread-safe.
class CustomerService final : public v1::CustomerService::CallbackService {
 public:
  // All must outlive this.
  CustomerService(const storage::RecordStore& store, TenantContexts& contexts, CustomerKeys& keys, Executor& executor)
      : store_(store), contexts_(contexts), keys_(keys), executor_(executor) {}

  grpc::ServerUnaryReactor* GetCustomer(grpc::CallbackServerContext* context, const v1::GetCustomerRequest* request,
                                        v1::Customer* response) override;
  grpc::ServerUnaryReactor* ListCustomers(grpc::CallbackServerContext* context, const v1::ListCustomersRequest* request,
                                          v1::ListCustomersResponse* response) override;
  grpc::ServerUnaryReactor* GetCustomerTimeline(grpc::CallbackServerContext* context,
                                                const v1::GetCustomerTimelineRequest* request,
                                                v1::GetCustomerTimelineResponse* response) override;

 private:
  const storage::RecordStore& store_;
  TenantContexts& contexts_;
  CustomerKeys& keys_;
  Executor& executor_;
};

}  // namespace clientele::ingestion
