// ingestion.v1.ConsentService: what customers allow and forbid of automated decisions, and those who follow it.
#pragma once

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "clientele/ingestion/v1/consent_service.grpc.pb.h"
#include "common/base/executor.h"
#include "common/storage/consent_store.h"
#include "services/ingestion/privacy/consents.h"

namespace clientele::ingestion {

// Thread-safe.
class ConsentService final : public v1::ConsentService::CallbackService {
 public:
  // All must outlive this. Streams hold a thread of `streams` each.
  ConsentService(Consents& consents, const storage::ConsentStore& store, Executor& calls, Executor& streams)
      : consents_(consents), store_(store), calls_(calls), streams_(streams) {}

  grpc::ServerUnaryReactor* SetScoringConsent(grpc::CallbackServerContext* context,
                                              const v1::SetScoringConsentRequest* request,
                                              v1::ScoringConsent* response) override;
  grpc::ServerUnaryReactor* BatchSetScoringConsents(grpc::CallbackServerContext* context,
                                                    const v1::BatchSetScoringConsentsRequest* request,
                                                    v1::BatchSetScoringConsentsResponse* response) override;
  grpc::ServerUnaryReactor* GetScoringConsents(grpc::CallbackServerContext* context,
                                               const v1::GetScoringConsentsRequest* request,
                                               v1::ScoringConsents* response) override;
  grpc::ServerUnaryReactor* ListScoringConsentChanges(grpc::CallbackServerContext* context,
                                                      const v1::ListScoringConsentChangesRequest* request,
                                                      v1::ListScoringConsentChangesResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchScoringConsentsResponse>* WatchScoringConsents(
      grpc::CallbackServerContext* context, const v1::WatchScoringConsentsRequest* request) override;

 private:
  absl::Status ListChanges(const v1::ListScoringConsentChangesRequest& request,
                           v1::ListScoringConsentChangesResponse& response) const;
  // Adds them to `response`.
  absl::Status Describe(absl::Span<const storage::ConsentStanding> changes,
                        v1::WatchScoringConsentsResponse& response) const;

  Consents& consents_;
  const storage::ConsentStore& store_;
  Executor& calls_;
  Executor& streams_;
};

}  // namespace clientele::ingestion
