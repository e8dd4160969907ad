// MBG/NBD (common/model/btyd/modified_bg_nbd.h).
#pragma once

#include "services/training/learners/btyd/geometric_dropout_likelihood.h"

namespace clientele::training::btyd {

class ModifiedBgNbdLikelihood final : public GeometricDropoutLikelihood {
 public:
  ModifiedBgNbdLikelihood() : GeometricDropoutLikelihood(1) {}
};

}  // namespace clientele::training::btyd
