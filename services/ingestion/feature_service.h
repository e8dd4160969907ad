// ingestion.v1.FeatureService: features of customers, for one instant or for a dataset.
#pragma once

#include "clientele/ingestion/v1/feature_service.grpc.pb.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/storage/consent_store.h"
#include "common/storage/erasure_store.h"
#include "common/storage/record_store.h"
#include "services/ingestion/features/dataset_spec.h"
#include "services/ingestion/features/plan_cache.h"
#include "services/ingestion/records/tenant_contexts.h"

namespace clientele::ingestion {

// Thread-safe.
class FeatureService final : public v1::FeatureService::CallbackService {
 public:
  // A dataset is read on `dataset_threads` threads (0: as many as there are cores). All must outlive this.
  FeatureService(storage::RecordStore& store, const storage::ErasureStore& erasures,
                 const storage::ConsentStore& consents, TenantContexts& contexts, const Clock& clock, Executor& calls,
                 Executor& streams, int dataset_threads);

  grpc::ServerUnaryReactor* ListFeatures(grpc::CallbackServerContext* context, const v1::ListFeaturesRequest* request,
                                         v1::ListFeaturesResponse* response) override;
  grpc::ServerUnaryReactor* CreateFeature(grpc::CallbackServerContext* context, const v1::CreateFeatureRequest* request,
                                          v1::Feature* response) override;
  grpc::ServerUnaryReactor* BatchGetFeatures(grpc::CallbackServerContext* context,
                                             const v1::BatchGetFeaturesRequest* request,
                                             v1::BatchGetFeaturesResponse* response) override;
  grpc::ServerUnaryReactor* BatchGetLabels(grpc::CallbackServerContext* context,
                                           const v1::BatchGetLabelsRequest* request,
                                           v1::BatchGetLabelsResponse* response) override;
  grpc::ServerWriteReactor<v1::ReadDatasetResponse>* ReadDataset(grpc::CallbackServerContext* context,
                                                                 const v1::ReadDatasetRequest* request) override;

 private:
  absl::StatusOr<features::TenantCalendar> CalendarOf(const TenantId& tenant);
  // Leaves out who is suppressed, and who has opted out unless the tenant wants them learnt from.
  absl::Status SetLeftOut(const TenantId& tenant, const std::string& purpose, features::CompiledSpec& spec);
  absl::StatusOr<features::Instant> InstantOf(const TenantId& tenant, const v1::BatchGetFeaturesRequest& request);

  storage::RecordStore& store_;
  const storage::ErasureStore& erasures_;
  const storage::ConsentStore& consents_;
  TenantContexts& contexts_;
  const Clock& clock_;
  Executor& calls_;
  Executor& streams_;
  const int dataset_threads_;
  features::PlanCache plans_;
};

}  // namespace clientele::ingestion
