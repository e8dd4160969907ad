#include "services/training/learners/btyd/intervals.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "services/training/learners/btyd/profile.h"

namespace clientele::training::btyd {
namespace {

constexpr double kNearNormal = 0.1;

void AddFinding(absl::string_view end, const std::vector<absl::string_view>& parameters, BtydFit& fit) {
  if (parameters.empty()) return;
  fit.findings.push_back(absl::StrCat("the data set no ", end, " bound for ", absl::StrJoin(parameters, ", ")));
}

}  // namespace

bool NeedsProfile(const FittedParameter& parameter, Optimum optimum) {
  return optimum != Optimum::kInterior || !parameter.identified ||
         parameter.standard_error > kNearNormal * parameter.value;
}

absl::Status AddProfileIntervals(FitObjective& objective, const Maximum& best,
                                 absl::Span<const absl::string_view> names, int max_iterations, const StopToken& stop,
                                 BtydFit& fit) {
  std::vector<absl::string_view> no_lower, no_upper;
  for (int j = 0; j < objective.parameters(); ++j) {
    FittedParameter& parameter = fit.parameters[j];
    if (!NeedsProfile(parameter, fit.optimum)) continue;
    const auto bound = [&](Side side) {
      return FindProfileBound(objective, best, j, side, kFallOf95, max_iterations, stop);
    };
    CLIENTELE_ASSIGN_OR_RETURN(const ProfileBound lower, bound(Side::kBelow));
    CLIENTELE_ASSIGN_OR_RETURN(const ProfileBound upper, bound(Side::kAbove));
    parameter.lower = lower.reached ? std::exp(lower.eta[j]) : 0;
    parameter.upper = upper.reached ? std::exp(upper.eta[j]) : std::numeric_limits<double>::infinity();
    if (!lower.reached) no_lower.push_back(names[j]);
    if (!upper.reached) no_upper.push_back(names[j]);
  }
  AddFinding("lower", no_lower, fit);
  AddFinding("upper", no_upper, fit);
  return absl::OkStatus();
}

}  // namespace clientele::training::btyd
