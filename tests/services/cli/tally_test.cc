#include "services/cli/importing/tally.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clientele::cli {
namespace {

using ingestion::v1::BatchResult;

void AddError(BatchResult& result, int index, ingestion::v1::RejectionReason reason, const char* field) {
  auto& error = *result.add_errors();
  error.set_index(index);
  error.set_reason(reason);
  error.set_field(field);
  error.set_message("is required");
}

TEST(TallyTest, CountsAndGroupsByReasonAndField) {
  ingestion::v1::IngestRecordsRequest batch;
  for (const char* id : {"a", "b", "c", "d", "e", "f"}) batch.add_records()->set_record_id(id);
  BatchResult result;
  result.set_accepted_count(1);
  result.set_conflict_count(1);
  result.set_rejected_count(4);
  for (int i : {0, 1, 2, 3}) AddError(result, i, ingestion::v1::REJECTION_REASON_MISSING_FIELD, "customer_id");
  AddError(result, 5, ingestion::v1::REJECTION_REASON_CONFLICT, "record_id");
  Tally tally;
  tally.Add(batch, {11, 12, 13, 14, 15, 16}, result);
  EXPECT_EQ(tally.sent(), 6);
  EXPECT_EQ(RenderCsv(tally.Counts()), "sent,accepted,duplicates,conflicts,rejected\n6,1,0,1,4\n");
  EXPECT_EQ(RenderCsv(tally.Reasons()),
            "reason,field,count,message,first\n"
            "missing field,customer_id,4,is required,\"row 11, row 12, row 13\"\n"
            "conflict,record_id,1,is required,row 16\n");
  EXPECT_THAT(tally.ToJson(), testing::AllOf(testing::StartsWith("{\"sent\": 6, \"accepted\": 1,"),
                                             testing::HasSubstr("\"count\": 4"), testing::EndsWith("]}\n")));
}

TEST(TallyTest, NamesRecordsByTheirIdWithoutRows) {
  ingestion::v1::IngestRecordsRequest batch;
  batch.add_records()->set_record_id("C1:t1");
  BatchResult result;
  result.set_rejected_count(1);
  AddError(result, 0, ingestion::v1::REJECTION_REASON_TOO_LONG, "customer_id");
  Tally tally;
  tally.Add(batch, {}, result);
  EXPECT_THAT(RenderCsv(tally.Reasons()), testing::HasSubstr("C1:t1"));
}

}  // namespace
}  // namespace clientele::cli
