// What an artifact that comes from outside must hold before anything relies on it.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/error.h"

namespace clientele::model {

// No training gives larger numbers, and none up to it can make a score overflow.
inline constexpr double kLargestNumber = 1e60;

inline absl::Status InvalidArtifact(absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kArtifactInvalid,
               absl::StrCat("the artifact is not valid: ", message));
}

inline bool IsSane(double number) { return number >= -kLargestNumber && number <= kLargestNumber; }

// A list of `size` finite numbers.
template <typename Numbers>
absl::Status CheckNumbers(absl::string_view what, const Numbers& numbers, int64_t size) {
  if (static_cast<int64_t>(numbers.size()) != size) {
    return InvalidArtifact(absl::StrCat(what, " has ", numbers.size(), " numbers and not ", size));
  }
  for (const double number : numbers) {
    if (!IsSane(number)) return InvalidArtifact(absl::StrCat(what, " holds ", number));
  }
  return absl::OkStatus();
}

inline absl::Status CheckNumber(absl::string_view what, double number) {
  if (IsSane(number)) return absl::OkStatus();
  return InvalidArtifact(absl::StrCat(what, " is ", number));
}

}  // namespace clientele::model
