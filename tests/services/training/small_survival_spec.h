// A spec of survival for tests: of one number "x", a duration "t" and whether it has "ended".
#pragma once

#include "clientele/model/v1/training_spec.pb.h"

namespace clientele::testutil {

inline model::v1::TrainingSpec SmallSpec() {
  model::v1::TrainingSpec spec;
  spec.set_model("small");
  spec.mutable_dataset()->add_features("x");
  spec.mutable_dataset()->add_auxiliary_features("t");
  spec.mutable_dataset()->add_auxiliary_features("ended");
  spec.mutable_survival()->set_duration_feature("t");
  spec.mutable_survival()->set_event_feature("ended");
  return spec;
}

}  // namespace clientele::testutil
