// ISO 4217 alphabetic codes.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace clientele::ingestion {

// Whether `code` is a currency in use, in upper case, for example "EUR". Funds, metals and test codes are not.
bool IsCurrency(absl::string_view code);

}  // namespace clientele::ingestion
