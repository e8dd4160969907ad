// Values and records in a few words.
#pragma once

#include <string>

#include "clientele/common/v1/attribute.pb.h"
#include "clientele/ingestion/v1/record.pb.h"

namespace clientele::cli {

// "12.5", "premium", "yes", a date; "" where nothing is set.
std::string ShowValue(const common::v1::Value& value);
// "transaction", "profile", ...
std::string KindOf(const ingestion::v1::Record& record);
// "12.50 USD, coffee, web" for a transaction; the like for the others.
std::string DescribeRecord(const ingestion::v1::Record& record);

}  // namespace clientele::cli
