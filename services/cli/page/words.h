// What a model version is called.
#pragma once

#include <string>

#include "clientele/inference/v1/model_service.pb.h"

namespace clientele::cli {

// "tenants/demo/models/churn/versions/3" -> "churn" and "3".
std::string ModelId(const inference::v1::ModelVersion& version);
std::string VersionId(const inference::v1::ModelVersion& version);

}  // namespace clientele::cli
