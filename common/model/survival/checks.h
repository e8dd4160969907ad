// What the survival model of an artifact from outside must hold.
#pragma once

#include "absl/status/status.h"
#include "clientele/model/v1/survival.pb.h"
#include "common/model/encoder.h"

namespace clientele::model {

inline constexpr int kMostHorizons = 50;

inline bool IsAccelerated(v1::SurvivalParameters::Method method) {
  return method == v1::SurvivalParameters::METHOD_WEIBULL || method == v1::SurvivalParameters::METHOD_EXPONENTIAL;
}

// INVALID_ARGUMENT with ARTIFACT_INVALID.
absl::Status CheckSurvivalModel(const v1::SurvivalModel& model, const RowEncoder& encoder);

}  // namespace clientele::model
