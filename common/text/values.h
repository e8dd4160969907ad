// Instants and attribute values as people read them.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "clientele/common/v1/attribute.pb.h"

namespace clientele {

std::string FormatDate(absl::Time time);      // 2026-11-21, UTC
std::string FormatDateTime(absl::Time time);  // 2026-11-21 13:05, UTC

// "12.5", "premium", "yes", a date; "" where nothing is set.
std::string ShowValue(const common::v1::Value& value);

}  // namespace clientele
