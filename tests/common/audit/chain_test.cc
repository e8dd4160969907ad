#include "common/audit/chain.h"

#include <gmock/gmock.h>

#include <functional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/timestamps.h"

namespace clientele::audit {
namespace {

using ::testing::HasSubstr;

std::vector<Entry> ChainOfFive() {
  std::vector<Entry> entries;
  Head head;
  for (int i = 1; i <= 5; ++i) {
    Entry entry;
    entry.set_program("clientele-inference");
    *entry.mutable_time() = ToProto(absl::FromUnixMicros(1'700'000'000'000'000 + i));
    entry.set_event(Entry::EVENT_ENDED);
    entry.set_principal(absl::StrCat("person ", i));
    entry.add_roles("trainer");
    entry.set_method("clientele.inference.v1.ModelService/SetModelAlias");
    entry.add_resources("tenants/acme/models/churn/aliases/champion");
    entry.set_code("OK");
    auto& detail = *entry.add_details();
    detail.set_key("version");
    detail.set_value("7");
    Link("acme", head, entry);
    head = Head{i, entry.hash()};
    entries.push_back(entry);
  }
  return entries;
}

// The first break; number 0: the chain holds.
Break Verify(const std::vector<Entry>& entries, std::optional<Head> noted = std::nullopt) {
  ChainVerifier verifier("acme", std::move(noted));
  for (const Entry& entry : entries) verifier.Add(entry);
  verifier.End();
  return verifier.broken().value_or(Break());
}

TEST(ChainTest, AnEntrysHashIsThatOfItsDocumentedForm) {
  Entry entry;
  entry.set_program("clientele-training");
  *entry.mutable_time() = ToProto(absl::FromUnixMicros(1'700'000'000'123'456));
  entry.set_event(Entry::EVENT_REFUSED);
  entry.set_principal("Zoë");
  entry.add_roles("scorer");
  entry.add_resources("tenants/acme/models/a");
  entry.add_resources("tenants/acme/models/b");
  Link("acme", Head{}, entry);
  const std::string form = absl::StrCat(
      "23:clientele audit entry 1,27:tenants/acme/auditEntries/1,18:clientele-training,16:1700000000123456,",
      "13:EVENT_REFUSED,4:Zoë,0:,1:1,6:scorer,0:,1:2,21:tenants/acme/models/a,21:tenants/acme/models/b,0:,0:,0:,0:,",
      "1:0,1:0,1:0,64:", std::string(64, '0'), ",");
  EXPECT_EQ(CanonicalForm(entry), form);
  EXPECT_EQ(entry.hash(), Sha256Hex(form));
}

TEST(ChainTest, AnUnchangedChainHoldsAndSaysWhatItEndsWith) {
  const std::vector<Entry> entries = ChainOfFive();
  EXPECT_EQ(Verify(entries).number, 0);
  EXPECT_EQ(Verify({}).number, 0);
  ChainVerifier verifier("acme");
  for (const Entry& entry : entries) EXPECT_TRUE(verifier.Add(entry));
  EXPECT_EQ(verifier.head(), (Head{5, entries[4].hash()}));
}

// Whatever field it is, in whichever entry.
TEST(ChainTest, EveryChangeOfAnEntryIsFoundWhereItIs) {
  const std::vector<std::function<void(Entry&)>> changes = {
      [](Entry& e) { e.set_program("clientele-training"); },
      [](Entry& e) { e.mutable_time()->set_nanos(e.time().nanos() + 1'000); },
      [](Entry& e) { e.set_event(Entry::EVENT_REFUSED); },
      [](Entry& e) { e.set_principal("somebody else"); },
      [](Entry& e) { e.set_address("ipv4:10.0.0.1:1"); },
      [](Entry& e) { e.add_roles("operator"); },
      [](Entry& e) { e.set_method("clientele.inference.v1.ModelService/GetModel"); },
      [](Entry& e) { e.set_resources(0, "tenants/acme/models/churn/aliases/challenger"); },
      [](Entry& e) { e.clear_resources(); },
      [](Entry& e) { e.set_code("ABORTED"); },
      [](Entry& e) { e.set_reason("ETAG_MISMATCH"); },
      [](Entry& e) { e.set_request_id("r"); },
      [](Entry& e) { e.set_trace_id("t"); },
      [](Entry& e) { e.set_begun_number(1); },
      [](Entry& e) { e.set_left_out_count(1); },
      [](Entry& e) { e.mutable_details(0)->set_value("8"); },
      [](Entry& e) { e.set_hash(std::string(64, 'a')); },
      [](Entry& e) {
        e = Entry();
        e.set_name("tenants/acme/auditEntries/3");
      },  // It could not be read.
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    std::vector<Entry> entries = ChainOfFive();
    changes[i](entries[2]);
    const Break broken = Verify(entries);
    EXPECT_EQ(broken.number, 3) << i;
    EXPECT_THAT(broken.what, HasSubstr("was changed")) << i;
  }
  // Texts do not run into one another.
  std::vector<Entry> entries = ChainOfFive();
  entries[2].set_code("OKx");
  const std::string one = CanonicalForm(entries[2]);
  entries[2].set_code("OK");
  entries[2].set_reason("x");
  EXPECT_NE(one, CanonicalForm(entries[2]));
}

TEST(ChainTest, ARemovedEntryIsMissed) {
  for (const int gone : {1, 3, 4}) {
    std::vector<Entry> entries = ChainOfFive();
    entries.erase(entries.begin() + gone - 1);
    const Break broken = Verify(entries);
    EXPECT_EQ(broken.number, gone);
    EXPECT_THAT(broken.what, HasSubstr(absl::StrCat("stands tenants/acme/auditEntries/", gone + 1)));
  }
}

TEST(ChainTest, EntriesThatWereSwappedAreFound) {
  std::vector<Entry> entries = ChainOfFive();
  std::swap(entries[1], entries[2]);
  EXPECT_EQ(Verify(entries).number, 2);
  // Also where they were given each other's names, and hashes that fit them.
  entries = ChainOfFive();
  const std::string principal = entries[1].principal();
  entries[1].set_principal(entries[2].principal());
  entries[2].set_principal(principal);
  for (const int i : {1, 2}) entries[i].set_hash(HashOf(entries[i]));
  const Break broken = Verify(entries);
  EXPECT_EQ(broken.number, 3);
  EXPECT_THAT(broken.what, HasSubstr("does not follow entry 2"));
}

TEST(ChainTest, AnEntryOfAnotherChainIsNoneOfThisOne) {
  std::vector<Entry> entries = ChainOfFive();
  Link("other", Head{2, entries[1].hash()}, entries[2]);
  const Break broken = Verify(entries);
  EXPECT_EQ(broken.number, 3);
  EXPECT_THAT(broken.what, HasSubstr("tenants/other/auditEntries/3"));
}

TEST(ChainTest, ACutOffEndIsFoundByAHeadThatWasNoted) {
  const std::vector<Entry> entries = ChainOfFive();
  const Head noted{5, entries[4].hash()};
  EXPECT_EQ(Verify(entries, noted).number, 0);
  const std::vector<Entry> cut(entries.begin(), entries.begin() + 3);
  EXPECT_EQ(Verify(cut).number, 0) << "the chain alone does not tell";
  const Break broken = Verify(cut, noted);
  EXPECT_EQ(broken.number, 4);
  EXPECT_THAT(broken.what, HasSubstr("noted with 5 entries"));
}

TEST(ChainTest, AChainWrittenAnewIsFoundByAHeadThatWasNoted) {
  const Head noted{4, ChainOfFive()[3].hash()};
  std::vector<Entry> forged = ChainOfFive();
  Head head;
  for (Entry& entry : forged) {
    entry.set_principal("nobody");
    Link("acme", head, entry);
    head = Head{head.number + 1, entry.hash()};
  }
  EXPECT_EQ(Verify(forged).number, 0) << "the chain alone does not tell";
  const Break broken = Verify(forged, noted);
  EXPECT_EQ(broken.number, 4);
  EXPECT_THAT(broken.what, HasSubstr("written anew"));
}

TEST(ChainTest, WhatCannotBeReadIsTheFirstBreak) {
  ChainVerifier verifier("acme");
  verifier.Add(ChainOfFive()[0]);
  verifier.Fail("checksum mismatch");
  verifier.End();
  ASSERT_TRUE(verifier.broken().has_value());
  EXPECT_EQ(verifier.broken()->number, 2);
  EXPECT_EQ(verifier.broken()->what, "cannot be read: checksum mismatch");
}

TEST(ChainTest, HeadsAreReadAsTheyAreWritten) {
  const Head head{12, Sha256Hex("x")};
  EXPECT_EQ(ParseHead(FormatHead(head)), head);
  for (const std::string& text : std::vector<std::string>{"", "12", "12:", "x:" + head.hash, "12:" + head.hash + "0",
                                                          "-1:" + head.hash, "12:" + std::string(64, 'Z')}) {
    EXPECT_EQ(ParseHead(text), std::nullopt) << text;
  }
}

TEST(ChainTest, NamesTellChainAndNumber) {
  Entry entry;
  EXPECT_EQ(NumberOf(entry), 0);
  EXPECT_EQ(ChainOf(entry), "");
  entry.set_name(EntryName("-", 42));
  EXPECT_EQ(entry.name(), "tenants/-/auditEntries/42");
  EXPECT_EQ(NumberOf(entry), 42);
  EXPECT_EQ(ChainOf(entry), "-");
}

}  // namespace
}  // namespace clientele::audit
