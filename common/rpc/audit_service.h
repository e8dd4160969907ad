// The audit log of any of the three servers, for those who may read it (see AuditService's proto).
#pragma once

#include "clientele/admin/v1/audit_service.grpc.pb.h"
#include "common/audit/audit_reader.h"
#include "common/base/executor.h"

namespace clientele::rpc {

// Thread-safe. `reader` must outlive it.
class AuditService final : public admin::v1::AuditService::CallbackService {
 public:
  explicit AuditService(const audit::AuditReader& reader) : reader_(reader) {}

  grpc::ServerUnaryReactor* ListAuditEntries(grpc::CallbackServerContext* context,
                                             const admin::v1::ListAuditEntriesRequest* request,
                                             admin::v1::ListAuditEntriesResponse* response) override;
  grpc::ServerUnaryReactor* GetAuditHead(grpc::CallbackServerContext* context,
                                         const admin::v1::GetAuditHeadRequest* request,
                                         admin::v1::AuditHead* response) override;
  grpc::ServerWriteReactor<admin::v1::ExportAuditEntriesResponse>* ExportAuditEntries(
      grpc::CallbackServerContext* context, const admin::v1::ExportAuditEntriesRequest* request) override;

 private:
  const audit::AuditReader& reader_;
  Executor executor_{/*max_threads=*/4, /*max_queued=*/64};
};

}  // namespace clientele::rpc
