// What a training tells while it runs.
#pragma once

#include <functional>
#include <string>

#include "clientele/training/v1/training_service.pb.h"

namespace clientele::training {

struct TrainingProgress {
  v1::Progress::Stage stage = v1::Progress::STAGE_UNSPECIFIED;
  double fraction = 0;  // Of what TrainModel does, 0 to 1, never falling.
  std::string message;  // "iteration 7, objective 2025.51".
};

}  // namespace clientele::training
