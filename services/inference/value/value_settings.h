// What a tenant's value settings may be. Pure.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clientele/inference/v1/value_service.pb.h"
#include "common/base/ids.h"

namespace clientele::inference {

// Those of a tenant that never set any, revision 0: V = 0.5 B + 0.3 R + 0.2 M, where
//   B = spend_365d (net of returns),  R = 50 referrals,  M = logins_90d + visits_90d + 5 satisfied_feedbacks;
// no tiers. The factors bring visits and referrals near to money, and are for the tenant to set.
v1::ValueSettings DefaultValueSettings(const TenantId& tenant);

// INVALID_ARGUMENT naming the first field, below `field`, that is wrong. Whether ingestion knows the features is seen
// when values are computed.
absl::Status ValidateValueSettings(absl::string_view field, const TenantId& tenant, const v1::ValueSettings& settings);

std::string ValueSettingsName(const TenantId& tenant);
// Of everything else in the settings.
std::string ValueSettingsEtag(const v1::ValueSettings& settings);

}  // namespace clientele::inference
