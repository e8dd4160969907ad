// What a tenant's rules of retention mean at an instant. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/ingestion/v1/retention.pb.h"
#include "services/ingestion/records/local_time.h"

namespace clientele::ingestion {

using RetentionRules = google::protobuf::RepeatedPtrField<v1::RetentionRule>;
using RetentionCuts = google::protobuf::RepeatedPtrField<common::v1::RetentionCut>;

inline constexpr int kLongestRetentionDays = 36'500;

// INVALID_ARGUMENT naming the first rule under `field` that is wrong: no kind, one that comes twice, days out of range.
absl::Status CheckRules(absl::string_view field, const RetentionRules& rules);

// By kind: the beginning of the first of the tenant's days whose records are still kept at `now`.
RetentionCuts CutsAt(const RetentionRules& rules, const LocalTime& local_time, absl::Time now);

// The cuts of the run that has to begin at `now`; none where a run is under way, or one with the cuts of today is done.
std::optional<RetentionCuts> NextCuts(const v1::StoredRetention& stored, const LocalTime& local_time, absl::Time now);

// Puts `cuts` in force and begins a run with them; without any, only ends those that were.
void BeginRun(const std::string& tenant_name, const RetentionCuts& cuts, absl::Time now, v1::StoredRetention& stored);

// Ends the last run in `state`, where it is under way.
void EndRun(v1::RetentionRun::State state, absl::Time now, v1::StoredRetention& stored);

// An etag for what `rules` say; another for anything else.
std::string EtagOf(const RetentionRules& rules);

}  // namespace clientele::ingestion
