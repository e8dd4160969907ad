// What a customer did, in a few words: "purchase of 120.00 GBP", "complaint", "message from the customer".
#pragma once

#include <string>

#include "absl/types/span.h"
#include "clientele/ingestion/v1/record.pb.h"

namespace clientele::inference {

std::string EventInWords(const ingestion::v1::Record& record);
// Of one instant: purchases of a currency are one, with their sum; what comes twice is told once; more than three are
// counted.
std::string EventsInWords(absl::Span<const ingestion::v1::Record> records);

}  // namespace clientele::inference
