// A training report as one HTML page: style and pictures inside, no script, nothing fetched from anywhere. Pure: the
// same version gives the same bytes.
#pragma once

#include <string>

#include "services/cli/page/report.h"

namespace clientele::cli {

std::string ModelPage(const ModelReport& report);

}  // namespace clientele::cli
