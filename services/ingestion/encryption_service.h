// admin.v1.EncryptionService: the keys that what is personal is sealed with, and their rotation.
#pragma once

#include <optional>
#include <string>

#include "clientele/admin/v1/encryption_service.grpc.pb.h"
#include "common/base/executor.h"
#include "common/base/ids.h"
#include "common/base/stop_token.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/customer_keys.h"
#include "services/ingestion/keys/key_rotation.h"

namespace clientele::ingestion {

// Thread-safe.
class EncryptionService final : public admin::v1::EncryptionService::CallbackService {
 public:
  // All must outlive this.
  EncryptionService(CustomerKeys& keys, KeyRotation& rotation, const storage::RecordStore& records,
                    std::string master_key_file, Executor& calls)
      : keys_(keys),
        rotation_(rotation),
        records_(records),
        master_key_file_(std::move(master_key_file)),
        calls_(calls) {}

  grpc::ServerUnaryReactor* GetEncryption(grpc::CallbackServerContext* context,
                                          const admin::v1::GetEncryptionRequest* request,
                                          admin::v1::Encryption* response) override;
  grpc::ServerUnaryReactor* RotateKeys(grpc::CallbackServerContext* context,
                                       const admin::v1::RotateKeysRequest* request,
                                       admin::v1::Encryption* response) override;

 private:
  // `tenant` none: of all.
  absl::Status Rotate(admin::v1::KeyLevel level, const std::optional<TenantId>& tenant);

  CustomerKeys& keys_;
  KeyRotation& rotation_;
  const storage::RecordStore& records_;
  const std::string master_key_file_;
  Executor& calls_;
};

}  // namespace clientele::ingestion
