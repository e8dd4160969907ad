// A record of the sample, but for what it tells.
#pragma once

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "common/base/timestamps.h"

namespace clientele::cli {

inline constexpr absl::string_view kSampleSource = "sample";

// `label` is unique among the customer's records.
inline ingestion::v1::Record MakeSampleRecord(absl::string_view customer_id, absl::string_view label, absl::Time time) {
  ingestion::v1::Record record;
  record.set_source(std::string(kSampleSource));
  record.set_customer_id(std::string(customer_id));
  record.set_record_id(absl::StrCat(customer_id, ":", label));
  *record.mutable_event_time() = ToProto(time);
  return record;
}

}  // namespace clientele::cli
