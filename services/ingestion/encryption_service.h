// admin.v1.EncryptionService: the keys that what is personal is sealed with, their rotation, and the sealing of what is
// still in the clear.
#pragma once

#include <optional>

#include "clientele/admin/v1/encryption_service.grpc.pb.h"
#include "common/base/executor.h"
#include "common/base/ids.h"
#include "common/base/stop_token.h"
#include "common/privacy/master_key_source.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/customer_keys.h"
#include "services/ingestion/keys/key_rotation.h"

namespace clientele::ingestion {

// Thread-safe.
class EncryptionService final : public admin::v1::EncryptionService::CallbackService {
 public:
  // All must outlive this.
  EncryptionService(CustomerKeys& keys, KeyRotation& rotation, storage::RecordStore& records,
                    const privacy::MasterKeySource& master, Executor& calls, Executor& streams)
      : keys_(keys), rotation_(rotation), records_(records), master_(master), calls_(calls), streams_(streams) {}

  grpc::ServerUnaryReactor* GetEncryption(grpc::CallbackServerContext* context,
                                          const admin::v1::GetEncryptionRequest* request,
                                          admin::v1::Encryption* response) override;
  grpc::ServerUnaryReactor* RotateKeys(grpc::CallbackServerContext* context,
                                       const admin::v1::RotateKeysRequest* request,
                                       admin::v1::Encryption* response) override;
  grpc::ServerWriteReactor<admin::v1::SealRecordsResponse>* SealRecords(
      grpc::CallbackServerContext* context, const admin::v1::SealRecordsRequest* request) override;

 private:
  absl::Status RotateMaster();
  // `tenant` none: of all.
  absl::Status Rotate(admin::v1::KeyLevel level, const std::optional<TenantId>& tenant);

  CustomerKeys& keys_;
  KeyRotation& rotation_;
  storage::RecordStore& records_;
  const privacy::MasterKeySource& master_;
  Executor& calls_;
  Executor& streams_;
};

}  // namespace clientele::ingestion
