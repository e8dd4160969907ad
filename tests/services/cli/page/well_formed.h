// Whether markup is what an XML parser would take, and what its pictures carry.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace clientele::testutil {

// What is wrong: a tag left open, an attribute without quotes, a bare '&' or '<', a number that is none. Empty:
// nothing.
std::string WhatIsWrong(absl::string_view markup);

// Every <svg ...>...</svg>.
std::vector<std::string> Svgs(absl::string_view markup);

}  // namespace clientele::testutil
