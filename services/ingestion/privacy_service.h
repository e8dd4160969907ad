// ingestion.v1.PrivacyService: erasure, receipts, a customer's own data, and those who follow erasures.
#pragma once

#include "clientele/ingestion/v1/privacy_service.grpc.pb.h"
#include "common/base/executor.h"
#include "common/privacy/receipt.h"
#include "common/storage/consent_store.h"
#include "common/storage/erasure_store.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/customer_keys.h"
#include "services/ingestion/privacy/erasures.h"
#include "services/ingestion/records/tenant_contexts.h"

namespace clientele::ingestion {

// Thread-safe.
class PrivacyService final : public v1::PrivacyService::CallbackService {
 public:
  // All must outlive this. Streams hold a thread of `streams` each.
  PrivacyService(Erasures& erasures, const storage::ErasureStore& store, const storage::RecordStore& records,
                 const storage::ConsentStore& consents, TenantContexts& contexts, CustomerKeys& keys,
                 const privacy::ReceiptKey& key, const Clock& clock, Executor& calls, Executor& streams)
      : erasures_(erasures),
        store_(store),
        records_(records),
        consents_(consents),
        contexts_(contexts),
        keys_(keys),
        key_(key),
        clock_(clock),
        calls_(calls),
        streams_(streams) {}

  grpc::ServerUnaryReactor* EraseCustomer(grpc::CallbackServerContext* context, const v1::EraseCustomerRequest* request,
                                          v1::Erasure* response) override;
  grpc::ServerUnaryReactor* GetErasure(grpc::CallbackServerContext* context, const v1::GetErasureRequest* request,
                                       v1::Erasure* response) override;
  grpc::ServerUnaryReactor* ListErasures(grpc::CallbackServerContext* context, const v1::ListErasuresRequest* request,
                                         v1::ListErasuresResponse* response) override;
  grpc::ServerUnaryReactor* GetErasureReceipt(grpc::CallbackServerContext* context,
                                              const v1::GetErasureReceiptRequest* request,
                                              v1::ErasureReceipt* response) override;
  grpc::ServerWriteReactor<v1::ExportCustomerDataResponse>* ExportCustomerData(
      grpc::CallbackServerContext* context, const v1::ExportCustomerDataRequest* request) override;
  grpc::ServerWriteReactor<v1::WatchErasuresResponse>* WatchErasures(grpc::CallbackServerContext* context,
                                                                     const v1::WatchErasuresRequest* request) override;
  grpc::ServerUnaryReactor* ReportErasures(grpc::CallbackServerContext* context,
                                           const v1::ReportErasuresRequest* request,
                                           v1::ReportErasuresResponse* response) override;

 private:
  absl::StatusOr<v1::WatchErasuresResponse> Describe(const storage::ErasureChange& change) const;

  Erasures& erasures_;
  const storage::ErasureStore& store_;
  const storage::RecordStore& records_;
  const storage::ConsentStore& consents_;
  TenantContexts& contexts_;
  CustomerKeys& keys_;
  const privacy::ReceiptKey& key_;
  const Clock& clock_;
  Executor& calls_;
  Executor& streams_;
};

}  // namespace clientele::ingestion
