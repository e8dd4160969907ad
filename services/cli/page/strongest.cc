#include "services/cli/page/strongest.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace clientele::cli {

using model::v1::Coefficient;

std::vector<std::string> PartsOf(const google::protobuf::RepeatedPtrField<Coefficient>& coefficients) {
  std::vector<std::string> parts;
  for (const Coefficient& coefficient : coefficients) {
    const bool known = std::find(parts.begin(), parts.end(), coefficient.part()) != parts.end();
    if (!known) parts.push_back(coefficient.part());
  }
  return parts;
}

bool IsIntercept(const Coefficient& coefficient) { return coefficient.column() == "(intercept)"; }

std::vector<const Coefficient*> Strongest(const google::protobuf::RepeatedPtrField<Coefficient>& coefficients,
                                          absl::string_view part) {
  std::vector<const Coefficient*> strongest;
  for (const Coefficient& coefficient : coefficients) {
    const bool shown = std::isfinite(coefficient.estimate()) && coefficient.estimate() != 0;
    if (shown && part == coefficient.part() && !IsIntercept(coefficient)) strongest.push_back(&coefficient);
  }
  const auto strength = [](const Coefficient* coefficient) {
    const double z = std::isfinite(coefficient->z()) ? std::abs(coefficient->z()) : 0;
    return std::make_tuple(z, std::abs(coefficient->estimate()));
  };
  std::stable_sort(strongest.begin(), strongest.end(),
                   [&](const Coefficient* a, const Coefficient* b) { return strength(a) > strength(b); });
  return strongest;
}

}  // namespace clientele::cli
