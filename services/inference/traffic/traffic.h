// How the requests for a model by its own name are shared out over versions: a canary, or a test of several.
//
// A customer's arm is a pure function of tenant, model, salt and customer id: no state, the same on every replica.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "common/base/resource_name.h"

namespace clientele::inference {

struct TrafficTarget {
  std::string alias;    // Empty where a version is named.
  int64_t version = 0;  // 0 where an alias is named.
};

struct TrafficArm {
  std::string id;
  TrafficTarget target;
  double until = 0;  // Of [0, 1): the arm has [that of the arm before, until).
};

struct Traffic {
  v1::ModelTraffic message;      // As it is told.
  std::vector<TrafficArm> arms;  // In order; the last of weight, and those after it, have until = 1.
  std::optional<TrafficTarget> shadow;
};

// What `message` says of the model `name`. INVALID_ARGUMENT naming `field`.arms[i].weight and so on. What is asked for
// is not looked up: see PlanTraffic.
absl::StatusOr<Traffic> ParseTraffic(absl::string_view field, const ModelName& name, const v1::ModelTraffic& message);

// The customer's arm; null: there are none. Cost: one hash.
const TrafficArm* ArmOf(const Traffic& traffic, const ModelName& name, absl::string_view customer_id);

std::string TrafficEtag(const v1::ModelTraffic& message);

}  // namespace clientele::inference
