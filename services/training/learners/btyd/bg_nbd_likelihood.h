// BG/NBD (common/model/btyd/bg_nbd.h).
#pragma once

#include "services/training/learners/btyd/geometric_dropout_likelihood.h"

namespace clientele::training::btyd {

class BgNbdLikelihood final : public GeometricDropoutLikelihood {
 public:
  BgNbdLikelihood() : GeometricDropoutLikelihood(0) {}
};

}  // namespace clientele::training::btyd
