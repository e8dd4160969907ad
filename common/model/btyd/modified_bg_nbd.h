// MBG/NBD (Batislam, Denizel and Filiztekin 2007; Hoppe and Wagner 2007): BG/NBD whose customers may stop right after
// their first purchase too. Of a customer without repeat purchases BG/NBD is certain that they are still there; this is
// not.
#pragma once

#include "common/model/btyd/geometric_dropout.h"

namespace clientele::btyd {

class ModifiedBgNbd final : public GeometricDropoutModel {
 public:
  // r, alpha, a, b; alpha in units of time.
  explicit ModifiedBgNbd(absl::Span<const double> parameters) : GeometricDropoutModel(parameters, 1) {}
};

}  // namespace clientele::btyd
