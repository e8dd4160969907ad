// A tenant's settings: their defaults, what is allowed, and how an update changes them.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/ingestion/v1/settings_service.pb.h"
#include "common/base/ids.h"

namespace clientele::ingestion {

inline constexpr int kMaxExchangeRates = 100'000;

// What a tenant has that never set anything. The etag is empty.
v1::Settings DefaultSettings(const TenantId& tenant);

// `current` with the fields of `request` that its mask names. INVALID_ARGUMENT for a path that is none, or a value that
// is not allowed. The etag is still the current one.
absl::StatusOr<v1::Settings> ApplyUpdate(const v1::Settings& current, const v1::UpdateSettingsRequest& request);

// An etag for what `settings` say; another for anything else.
std::string MakeEtag(const v1::Settings& settings);

}  // namespace clientele::ingestion
