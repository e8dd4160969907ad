// A linear model's coefficients in the order in which they are shown.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "clientele/model/v1/evaluation.pb.h"

namespace clientele::cli {

// The linear predictors' names, in the order of their first coefficient. One, "", where the model has one alone.
std::vector<std::string> PartsOf(const google::protobuf::RepeatedPtrField<model::v1::Coefficient>& coefficients);

bool IsIntercept(const model::v1::Coefficient& coefficient);

// Those of a part without its intercept and those that are 0; by |z| falling, then by |estimate|, then as they come.
std::vector<const model::v1::Coefficient*> Strongest(
    const google::protobuf::RepeatedPtrField<model::v1::Coefficient>& coefficients, absl::string_view part);

}  // namespace clientele::cli
