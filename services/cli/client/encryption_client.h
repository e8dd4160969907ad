// What the command asks of a server about the keys that personal fields are sealed with.
#pragma once

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "clientele/admin/v1/encryption_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// The server's error, or UNAVAILABLE with what to do where nobody answers.
absl::StatusOr<admin::v1::Encryption> GetEncryption(const ServiceOptions& options,
                                                    const admin::v1::GetEncryptionRequest& request);
absl::StatusOr<admin::v1::Encryption> RotateKeys(const ServiceOptions& options,
                                                 const admin::v1::RotateKeysRequest& request);
// Shows `visit` how far it is; the last answer is the whole.
absl::StatusOr<admin::v1::SealRecordsResponse> SealRecords(
    const ServiceOptions& options, const admin::v1::SealRecordsRequest& request,
    absl::FunctionRef<void(const admin::v1::SealRecordsResponse&)> visit);

}  // namespace clientele::cli
