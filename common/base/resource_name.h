// Resource names, as AIP-122 writes them: tenants/acme/models/churn/versions/7. Customer ids may hold any byte: what is
// not [A-Za-z0-9._~-] is percent-encoded.
//
//   CLIENTELE_ASSIGN_OR_RETURN(const ModelName name, ParseModelName("name", request.name()));
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"

namespace clientele {

// Every parser: INVALID_ARGUMENT naming `field` unless `name` has the form it reads.

struct CustomerName {
  TenantId tenant;
  std::string customer_id;
};
struct ModelName {
  TenantId tenant;
  std::string model;
};
struct VersionName {
  TenantId tenant;
  std::string model;
  int64_t version;
};
struct AliasName {
  TenantId tenant;
  std::string model;
  std::string alias;
};
struct TrainingJobName {
  TenantId tenant;
  std::string job;
};
struct RetrainScheduleName {
  TenantId tenant;
  std::string schedule;
};
struct RescoreScheduleName {
  TenantId tenant;
  std::string schedule;
};
struct RescoreJobName {
  TenantId tenant;
  std::string job;
};
// What a model has of a customer.
struct ModelCustomerName {
  TenantId tenant;
  std::string model;
  std::string customer_id;
};

absl::StatusOr<TenantId> ParseTenantName(absl::string_view field, absl::string_view name);
// tenants/{tenant}/{singleton}, for example settings.
absl::StatusOr<TenantId> ParseSingletonName(absl::string_view field, absl::string_view name, absl::string_view singleton);
absl::StatusOr<CustomerName> ParseCustomerName(absl::string_view field, absl::string_view name);
absl::StatusOr<ModelName> ParseModelName(absl::string_view field, absl::string_view name);
absl::StatusOr<VersionName> ParseVersionName(absl::string_view field, absl::string_view name);
absl::StatusOr<AliasName> ParseAliasName(absl::string_view field, absl::string_view name);
absl::StatusOr<TrainingJobName> ParseTrainingJobName(absl::string_view field, absl::string_view name);
absl::StatusOr<RetrainScheduleName> ParseRetrainScheduleName(absl::string_view field, absl::string_view name);
absl::StatusOr<RescoreScheduleName> ParseRescoreScheduleName(absl::string_view field, absl::string_view name);
absl::StatusOr<RescoreJobName> ParseRescoreJobName(absl::string_view field, absl::string_view name);
// tenants/{tenant}/models/{model}/{collection}/{customer}, for example currentScores.
absl::StatusOr<ModelCustomerName> ParseModelCustomerName(absl::string_view field, absl::string_view name,
                                                         absl::string_view collection);

std::string FormatTenant(const TenantId& tenant);
std::string FormatCustomer(const TenantId& tenant, absl::string_view customer_id);
std::string FormatFeature(const TenantId& tenant, absl::string_view feature);
std::string FormatModel(const TenantId& tenant, absl::string_view model);
std::string FormatVersion(const TenantId& tenant, absl::string_view model, int64_t version);
std::string FormatAlias(const TenantId& tenant, absl::string_view model, absl::string_view alias);
std::string FormatTrainingJob(const TenantId& tenant, absl::string_view job);
std::string FormatRetrainSchedule(const TenantId& tenant, absl::string_view schedule);
std::string FormatRescoreSchedule(const TenantId& tenant, absl::string_view schedule);
std::string FormatRescoreJob(const TenantId& tenant, absl::string_view job);
std::string FormatModelCustomer(const ModelCustomerName& name, absl::string_view collection);

}  // namespace clientele
