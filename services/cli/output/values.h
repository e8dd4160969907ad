// Records in a few words.
#pragma once

#include <string>

#include "clientele/ingestion/v1/record.pb.h"
#include "common/text/values.h"

namespace clientele::cli {

// "transaction", "profile", ...
std::string KindOf(const ingestion::v1::Record& record);
// "12.50 USD, coffee, web" for a transaction; the like for the others.
std::string DescribeRecord(const ingestion::v1::Record& record);

}  // namespace clientele::cli
