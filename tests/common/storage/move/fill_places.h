// What the programs keep of a tenant, filled in through the seams: something in every store.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "common/base/ids.h"
#include "common/storage/open.h"
#include "google/protobuf/timestamp.pb.h"

namespace clientele::storage {

inline constexpr int kCustomers = 300;

inline TenantId Tenant(absl::string_view id = "acme") { return *TenantId::Parse(id); }
inline RecordColumns NoColumns(absl::string_view) { return {}; }
google::protobuf::Timestamp At(int64_t second);

NewRecord Record(int customer, int number);
ingestion::v1::RejectedRecord Rejected(int number);
ModelChange Publication(int64_t sequence, const std::string& bytes);

// Each ends the test that calls it where a store fails.
void FillRecords(IngestionStore& store, const TenantId& tenant);
void FillErasures(IngestionStore& store, const TenantId& tenant);
void FillConsents(ConsentStore& store, const TenantId& tenant);
void FillKeys(CustomerKeyStore& store, const TenantId& tenant);
void FillTraining(Places& places, const TenantId& tenant);
void FillInference(Places& places, const TenantId& tenant);

}  // namespace clientele::storage
