// Which model versions have to be trained anew or deleted for the sake of erasures, and until when.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "clientele/inference/v1/due_version_service.pb.h"
#include "common/base/ids.h"
#include "common/storage/followed_erasures.h"

namespace clientele::inference {

// By due time, then by name: those that are due, and those that are retired, of these only with `show_replaced` also
// what is replaced. Cost: all erasures that are kept.
absl::StatusOr<std::vector<v1::DueVersion>> DueVersions(const storage::FollowedErasures& followed,
                                                        const TenantId& tenant, bool show_replaced = false);

}  // namespace clientele::inference
