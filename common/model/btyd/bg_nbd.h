// BG/NBD (Fader, Hardie and Lee 2005, "Counting your customers" the easy way): purchase rate Gamma(r, alpha) over the
// customers; after each repeat purchase a chance to stop, Beta(a, b).
#pragma once

#include "common/model/btyd/geometric_dropout.h"

namespace clientele::btyd {

class BgNbd final : public GeometricDropoutModel {
 public:
  // r, alpha, a, b; alpha in units of time.
  explicit BgNbd(absl::Span<const double> parameters) : GeometricDropoutModel(parameters, 0) {}
};

}  // namespace clientele::btyd
