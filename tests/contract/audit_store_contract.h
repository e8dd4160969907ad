// What every AuditStore promises. A backend instantiates it with one line:
//
//   INSTANTIATE_TEST_SUITE_P(RocksDb, AuditStoreContract, ::testing::Values(&OpenRocksAuditStore));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/storage/audit_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {

// How a backend is opened on a place that keeps its data: opened again, it has what was there.
using OpenAuditStore = std::function<absl::StatusOr<std::unique_ptr<AuditStore>>(const std::string& place)>;

class AuditStoreContract : public ::testing::TestWithParam<OpenAuditStore> {
 protected:
  using Entry = admin::v1::AuditEntry;

  void SetUp() override { Open(); }
  void Open() {
    store_.reset();
    ASSERT_OK_AND_ASSIGN(store_, GetParam()(directory_.path()));
  }
  static Entry Make(absl::string_view principal, Entry::Event event = Entry::EVENT_REFUSED, int64_t begun = 0) {
    Entry entry;
    entry.set_principal(std::string(principal));
    entry.set_event(event);
    entry.set_begun_number(begun);
    return entry;
  }
  // "1:ann", "2:bob"
  std::vector<std::string> Ascending(absl::string_view chain, int64_t first = 1, size_t most = 100) {
    std::vector<std::string> found;
    EXPECT_OK(store_->Ascend(chain, first, Collect(found, most)));
    return found;
  }
  std::vector<std::string> Descending(absl::string_view chain, int64_t before = 0, size_t most = 100) {
    std::vector<std::string> found;
    EXPECT_OK(store_->Descend(chain, before, Collect(found, most)));
    return found;
  }
  std::vector<std::pair<std::string, int64_t>> Unended() {
    std::vector<std::pair<std::string, int64_t>> found;
    EXPECT_OK(store_->ForEachUnended(
        [&](absl::string_view chain, int64_t number) { found.emplace_back(std::string(chain), number); }));
    return found;
  }

  testutil::TempDir directory_;
  std::unique_ptr<AuditStore> store_;

 private:
  static std::function<bool(int64_t, const Entry&)> Collect(std::vector<std::string>& found, size_t most) {
    return [&found, most](int64_t number, const Entry& entry) {
      found.push_back(absl::StrCat(number, ":", entry.principal()));
      return found.size() < most;
    };
  }
};

TEST_P(AuditStoreContract, TheBeginningOfAChainCanBeTakenAwayAndNoMore) {
  for (int64_t number = 1; number <= 10; ++number) ASSERT_OK(store_->Append("acme", number, Make("a")));
  ASSERT_OK(store_->Append("acm", 1, Make("other")));
  EXPECT_THAT(store_->ListChains().value(), ::testing::ElementsAre("acm", "acme"));
  ASSERT_OK(store_->RemoveThrough("acme", 7));
  Open();
  EXPECT_THAT(Ascending("acme"), ::testing::ElementsAre("8:a", "9:a", "10:a"));
  EXPECT_THAT(Descending("acme"), ::testing::ElementsAre("10:a", "9:a", "8:a"));
  EXPECT_THAT(Ascending("acm"), ::testing::ElementsAre("1:other"));
  ASSERT_OK(store_->RemoveThrough("acme", 7)) << "again";
  ASSERT_OK(store_->Append("acme", 11, Make("b")));
  ASSERT_OK(store_->RemoveThrough("acme", 100));
  EXPECT_THAT(Ascending("acme"), ::testing::ElementsAre("11:b")) << "the newest stays: it says what comes next";
  ASSERT_OK(store_->Append("acme", 12, Make("c")));
  EXPECT_THAT(store_->ListChains().value(), ::testing::ElementsAre("acm", "acme"));
}

TEST_P(AuditStoreContract, KeepsAChainInOrderAndReadsItBothWays) {
  for (int64_t number = 1; number <= 300; ++number) ASSERT_OK(store_->Append("acme", number, Make("a")));
  Open();
  ASSERT_OK(store_->Append("acme", 301, Make("b")));
  EXPECT_EQ(Ascending("acme", 1, 1'000).size(), 301);
  EXPECT_THAT(Ascending("acme", 300), ::testing::ElementsAre("300:a", "301:b"));
  EXPECT_THAT(Ascending("acme", 302), ::testing::IsEmpty());
  EXPECT_THAT(Ascending("acme", 255, 2), ::testing::ElementsAre("255:a", "256:a"));
  EXPECT_THAT(Descending("acme", 0, 2), ::testing::ElementsAre("301:b", "300:a"));
  EXPECT_THAT(Descending("acme", 3), ::testing::ElementsAre("2:a", "1:a"));
  EXPECT_THAT(Descending("acme", 1), ::testing::IsEmpty());
}

TEST_P(AuditStoreContract, TakesOnlyTheNextNumber) {
  EXPECT_THAT(store_->Append("acme", 2, Make("a")), testutil::StatusIs(absl::StatusCode::kAborted));
  ASSERT_OK(store_->Append("acme", 1, Make("a")));
  EXPECT_THAT(store_->Append("acme", 1, Make("b")), testutil::StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(store_->Append("acme", 3, Make("b")), testutil::StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(Ascending("acme"), ::testing::ElementsAre("1:a"));
}

TEST_P(AuditStoreContract, ChainsDoNotSeeEachOther) {
  ASSERT_OK(store_->Append("-", 1, Make("platform")));
  ASSERT_OK(store_->Append("acme", 1, Make("a")));
  ASSERT_OK(store_->Append("acme-two", 1, Make("b")));
  for (const char* chain : {"-", "acme", "acme-two"}) {
    EXPECT_EQ(Ascending(chain).size(), 1) << chain;
    EXPECT_EQ(Descending(chain).size(), 1) << chain;
  }
  EXPECT_THAT(Ascending("acm"), ::testing::IsEmpty());
  EXPECT_THAT(Descending("zzz"), ::testing::IsEmpty());
}

TEST_P(AuditStoreContract, KnowsWhichCallsHaveBegunAndNotEnded) {
  ASSERT_OK(store_->Append("acme", 1, Make("a", Entry::EVENT_BEGUN)));
  ASSERT_OK(store_->Append("acme", 2, Make("b", Entry::EVENT_BEGUN)));
  ASSERT_OK(store_->Append("other", 1, Make("c", Entry::EVENT_BEGUN)));
  ASSERT_OK(store_->Append("acme", 3, Make("a", Entry::EVENT_ENDED, 1)));
  ASSERT_OK(store_->Append("other", 2, Make("d")));
  Open();
  EXPECT_THAT(Unended(), ::testing::ElementsAre(::testing::Pair("acme", 2), ::testing::Pair("other", 1)));
  ASSERT_OK(store_->Append("acme", 4, Make("b", Entry::EVENT_INTERRUPTED, 2)));
  ASSERT_OK(store_->Append("other", 3, Make("c", Entry::EVENT_ENDED, 1)));
  EXPECT_THAT(Unended(), ::testing::IsEmpty());
}

TEST_P(AuditStoreContract, AChainHasOneKeyForEver) {
  ASSERT_OK_AND_ASSIGN(const privacy::DigestKey acme, store_->KeyOf("acme"));
  ASSERT_OK_AND_ASSIGN(const privacy::DigestKey other, store_->KeyOf("other"));
  EXPECT_NE(acme.ToBytes(), other.ToBytes());
  Open();
  ASSERT_OK_AND_ASSIGN(const privacy::DigestKey again, store_->KeyOf("acme"));
  EXPECT_EQ(again.ToBytes(), acme.ToBytes());
}

TEST_P(AuditStoreContract, OneOfManyWritersOfANumberWins) {
  std::atomic<int> won = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] { won += store_->Append("acme", 1, Make("a")).ok(); });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(won, 1);
}

}  // namespace clientele::storage
