// What a RecordStore does when it is to keep another form of what it has.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/contract/record_store_contract.h"
#include "tests/testing/status_matchers.h"

namespace clientele::storage {

using ::testing::ElementsAre;

namespace {

BodyReplacement Another(const TestRecord& record, const std::string& body) {
  BodyReplacement replacement{Make(record), ""};
  replacement.before = replacement.record.body;
  replacement.record.body = body;
  return replacement;
}

std::vector<std::string> Bodies(const std::vector<SeenRecord>& seen) {
  std::vector<std::string> bodies;
  for (const SeenRecord& record : seen) bodies.push_back(record.body);
  return bodies;
}

}  // namespace

TEST_P(RecordStoreContract, ABodyIsReplacedAndNothingElseOfItsRecord) {
  const std::string odd("3\0\xff", 3);
  const std::vector<TestRecord> records = {{"1", "ada", 5, 1}, {"2", "ada", 7, 2}, {odd, "ada", 7, 3}};
  EXPECT_EQ(Append(tenant_, records), "AAA");
  EXPECT_EQ(Append(Tenant("other"), {{"1", "ada", 5, 1}}), "A");
  const StoredVolume before = *store().GetVolume(tenant_);
  const int shard = ShardOf(tenant_, "ada");
  const std::string longer(1'000, 'x');
  ASSERT_OK_AND_ASSIGN(const int64_t replaced,
                       store().ReplaceBodies(tenant_, shard, {{Another(records[0], longer), Another(records[2], "")}}));
  EXPECT_EQ(replaced, 2);
  Reopen();
  const auto seen = ScanCustomer(tenant_, "ada");
  EXPECT_THAT(Bodies(seen), ElementsAre(longer, "content 2", ""));
  EXPECT_EQ(seen[0].event_time_micros, 5);
  EXPECT_EQ(seen[0].ingest_time_micros, 1'000'000'000);
  const StoredVolume after = *store().GetVolume(tenant_);
  EXPECT_EQ(after.records, before.records);
  EXPECT_EQ(after.bytes, before.bytes + 1'000 - 2 * static_cast<int64_t>(std::string("content 1").size()));
  EXPECT_THAT(Bodies(ScanCustomer(Tenant("other"), "ada")), ElementsAre("content 1"));
  EXPECT_EQ(Append(tenant_, records), "DDD") << "what was sent is known as before";
  ASSERT_OK(store().PurgeReplaced(tenant_));
  EXPECT_THAT(Bodies(ScanCustomer(tenant_, "ada")), ElementsAre(longer, "content 2", ""));
}

TEST_P(RecordStoreContract, WhatIsGoneOrIsNotWhatItWasIsNotReplaced) {
  EXPECT_EQ(Append(tenant_, {{"1", "ada", 5, 1}}), "A");
  const int shard = ShardOf(tenant_, "ada");
  EXPECT_EQ(*store().ReplaceBodies(tenant_, shard, {{Another({"2", "ada", 5, 1}, "x")}}), 0);
  EXPECT_EQ(*store().ReplaceBodies(tenant_, shard, {{Another({"1", "ada", 6, 1}, "x")}}), 0);
  EXPECT_EQ(*store().ReplaceBodies(tenant_, shard, {{Another({"1", "ada", 5, 2}, "x")}}), 0);
  EXPECT_EQ(*store().ReplaceBodies(Tenant("other"), shard, {{Another({"1", "ada", 5, 1}, "x")}}), 0);
  EXPECT_EQ(*store().ReplaceBodies(tenant_, shard, {}), 0);
  EXPECT_THAT(Bodies(ScanAll(tenant_)), ElementsAre("content 1"));
  EXPECT_TRUE(ScanAll(Tenant("other")).empty());
  EXPECT_EQ(*store().ReplaceBodies(tenant_, shard, {{Another({"1", "ada", 5, 1}, "x")}}), 1);
  EXPECT_EQ(*store().ReplaceBodies(tenant_, shard, {{Another({"1", "ada", 5, 1}, "y")}}), 0) << "it is another now";
  EXPECT_THAT(Bodies(ScanAll(tenant_)), ElementsAre("x"));
  ASSERT_OK(store().PurgeReplaced(Tenant("nobody")));
}

TEST_P(RecordStoreContract, WhatIsInQuarantineIsReplacedWhereItStands) {
  Reject(tenant_, 3);
  std::vector<RejectedReplacement> replacements;
  ASSERT_OK(store().ListRejected(tenant_, "", [&](const ingestion::v1::RejectedRecord& record, absl::string_view at) {
    replacements.push_back({std::string(at), record});
    return true;
  }));
  ASSERT_EQ(replacements.size(), 3u);
  replacements[1].record.mutable_record()->set_record_id("another");
  ASSERT_OK_AND_ASSIGN(const int64_t replaced, store().ReplaceRejected(tenant_, {{replacements[1]}}));
  EXPECT_EQ(replaced, 1);
  Reopen();
  EXPECT_THAT(Rejected(tenant_), ElementsAre("2", "another", "0"));
  EXPECT_EQ(*store().ReplaceRejected(Tenant("other"), {{replacements[1]}}), 0);
  Reject(tenant_, kQuarantineSize);
  EXPECT_EQ(*store().ReplaceRejected(tenant_, replacements), 0) << "they were the oldest";
}

}  // namespace clientele::storage
