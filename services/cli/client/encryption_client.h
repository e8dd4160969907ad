// What the command asks of a server about the keys that personal fields are sealed with.
#pragma once

#include "absl/status/statusor.h"
#include "clientele/admin/v1/encryption_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// The server's error, or UNAVAILABLE with what to do where nobody answers.
absl::StatusOr<admin::v1::Encryption> GetEncryption(const ServiceOptions& options,
                                                    const admin::v1::GetEncryptionRequest& request);
absl::StatusOr<admin::v1::Encryption> RotateKeys(const ServiceOptions& options,
                                                 const admin::v1::RotateKeysRequest& request);

}  // namespace clientele::cli
