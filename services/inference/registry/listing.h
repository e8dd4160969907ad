// Pages of what there is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "common/base/resource_name.h"
#include "common/storage/version_store.h"
#include "services/inference/registry/catalogue.h"

namespace clientele::inference {

struct ModelPage {
  std::vector<v1::Model> models;
  std::string next;  // The position of the next page; empty at the end.
};

// At most `size` models of the tenant, by id, after `position` (empty: from the first on).
ModelPage ListModelsAfter(const Catalogue& catalogue, const TenantId& tenant, const std::string& position, int size);

struct VersionPage {
  std::vector<v1::ModelVersion> versions;
  int64_t next = 0;  // As above; 0 at the end.
};

// At most `size` versions, newest first, of those before `position` (0: from the newest on). `describe` tells of a
// version by its number, and its errors are those of this.
absl::StatusOr<VersionPage> ListVersionsBefore(
    const Model& model, int64_t position, int size,
    absl::FunctionRef<absl::StatusOr<v1::ModelVersion>(int64_t number)> describe);

struct AliasChangePage {
  std::vector<v1::ModelAliasChange> changes;
  int64_t next = 0;  // As above.
};

// At most `size` of the alias's changes, newest first, of those before the revision `position` (0: from the newest on).
// `journal` is from the first revision on.
AliasChangePage ListChangesBefore(const AliasName& name, absl::Span<const storage::AliasRevision> journal,
                                  int64_t position, int size);

v1::ModelAliasChange DescribeChange(const AliasName& name, const storage::AliasRevision& revision);

}  // namespace clientele::inference
