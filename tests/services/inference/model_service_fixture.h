// ModelService over real gRPC, and what its tests ask of it.
#pragma once

#include <filesystem>
#include <string>

#include "services/inference/model_service.h"
#include "tests/services/inference/service_fixture.h"

namespace clientele::inference {

inline constexpr char kChampionName[] = "tenants/acme/models/churn/aliases/champion";

class ModelServiceTest : public ServiceFixture {
 protected:
  int CountFiles() {
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path() + "/artifacts")) {
      files += entry.is_regular_file();
    }
    return files;
  }
  absl::StatusOr<v1::ModelAlias> SetAlias(int version, const std::string& etag = "") {
    v1::SetModelAliasRequest request;
    request.set_name(kChampionName);
    request.set_version(absl::StrCat("tenants/acme/models/churn/versions/", version));
    request.set_etag(etag);
    return Call(*models_, &v1::ModelService::Stub::SetModelAlias, request);
  }
  absl::StatusOr<v1::ModelAlias> Rollback(const std::string& etag = "") {
    v1::RollbackModelAliasRequest request;
    request.set_name(kChampionName);
    request.set_etag(etag);
    return Call(*models_, &v1::ModelService::Stub::RollbackModelAlias, request);
  }
  absl::StatusOr<v1::ModelVersion> GetVersion(const std::string& name) {
    v1::GetModelVersionRequest request;
    request.set_name(name);
    return Call(*models_, &v1::ModelService::Stub::GetModelVersion, request);
  }
};

}  // namespace clientele::inference
