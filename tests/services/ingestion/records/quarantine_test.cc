#include "services/ingestion/records/quarantine.h"

#include <gtest/gtest.h>

#include <string>

namespace clientele::ingestion {
namespace {

using v1::Record;

// A profile of customer "ada".
Record Person() {
  Record record;
  record.set_source("shop");
  record.set_record_id("1");
  record.set_customer_id("ada");
  record.mutable_event_time()->set_seconds(1'700'000'000);
  record.mutable_profile();
  return record;
}

TEST(QuarantineTest, LargeRecordsAreCut) {
  Record record = Person();
  record.mutable_feedback()->set_text(std::string(40'000, 't'));
  record.set_record_id(std::string(40'000, 'r'));
  const v1::RejectedRecord rejected =
      MakeRejectedRecord(record, {v1::REJECTION_REASON_TOO_LONG, "record_id", "is too long"}, absl::UnixEpoch());
  EXPECT_LE(rejected.record().ByteSizeLong(), kMaxQuarantinedBytes);
  EXPECT_EQ(rejected.record().customer_id(), "ada");
  EXPECT_EQ(rejected.kind(), common::v1::RECORD_KIND_FEEDBACK);

  Record wide = Person();
  for (int i = 0; i < 1'000; ++i)
    (*wide.mutable_profile()->mutable_attributes())[std::string(30, 'a') + std::to_string(i)];
  EXPECT_LE(MakeRejectedRecord(wide, {}, absl::UnixEpoch()).record().ByteSizeLong(), kMaxQuarantinedBytes);
}

}  // namespace
}  // namespace clientele::ingestion
