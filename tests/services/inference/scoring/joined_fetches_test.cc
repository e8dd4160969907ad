#include "services/inference/scoring/joined_fetches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/blocking_counter.h"
#include "common/base/error.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;
using testutil::StatusIs;

// Answers when it is told, with rows whose bytes are "tenant/customer/features".
class HeldSource final : public FeatureSource {
 public:
  struct Held {
    std::string tenant;
    std::vector<std::string> ids, features;
    const rpc::Call* call;
    Done done;
  };

  void Fetch(const TenantId& tenant, absl::Span<const std::string> customer_ids, const FeatureNames& features,
             const rpc::Call& call, Done done) override {
    held.push_back({tenant.value(),
                    {customer_ids.begin(), customer_ids.end()},
                    {features.begin(), features.end()},
                    &call,
                    std::move(done)});
  }
  // The earliest that is held.
  void Answer(const absl::Status& status = absl::OkStatus()) {
    Held first = std::move(held.front());
    held.erase(held.begin());
    if (!status.ok()) return first.done(status);
    FeatureRows rows;
    for (const std::string& id : first.ids) {
      rows.push_back(std::make_shared<FeatureRow>(
          FeatureRow{nullptr, absl::StrCat(first.tenant, "/", id, "/", absl::StrJoin(first.features, ","))}));
    }
    first.done(std::move(rows));
  }

  std::vector<Held> held;
};

class JoinedFetchesTest : public ::testing::Test {
 protected:
  static constexpr int kMost = 6;

  // The answer is kept under the number of the question.
  int Ask(const std::string& id, const std::string& tenant = "acme", const std::vector<std::string>& features = {"a"},
          const rpc::Call* call = nullptr) {
    const size_t number = answers_.size();
    answers_.emplace_back();
    joined_.Fetch(*TenantId::Parse(tenant), {id}, features, call == nullptr ? call_ : *call,
                  [this, number](absl::StatusOr<FeatureRows> rows) {
                    EXPECT_EQ(answers_[number], "") << "answered twice";
                    answers_[number] = rows.ok() ? (*rows)[0]->bytes : std::string(rows.status().message());
                  });
    return static_cast<int>(number);
  }

  HeldSource source_;
  JoinedFetches joined_{source_, /*at_once=*/1, kMost};
  const rpc::Call call_{};
  std::vector<std::string> answers_;
};

TEST_F(JoinedFetchesTest, WhatComesWhileOneIsUnderWayGoesTogether) {
  for (const char* id : {"c1", "c2", "c3"}) Ask(id);
  ASSERT_EQ(source_.held.size(), 1u);
  EXPECT_THAT(source_.held[0].ids, ElementsAre("c1"));
  EXPECT_EQ(source_.held[0].call, &call_);
  source_.Answer();
  EXPECT_THAT(answers_, ElementsAre("acme/c1/a", "", ""));
  ASSERT_EQ(source_.held.size(), 1u);
  EXPECT_THAT(source_.held[0].ids, ElementsAre("c2", "c3"));
  source_.Answer();
  EXPECT_THAT(answers_, ElementsAre("acme/c1/a", "acme/c2/a", "acme/c3/a"));
  EXPECT_TRUE(source_.held.empty());
  Ask("c4");
  EXPECT_EQ(source_.held.size(), 1u);  // The line has ended and begins anew.
}

TEST_F(JoinedFetchesTest, ACustomerWhoIsAskedForTwiceIsFetchedOnce) {
  for (const char* id : {"c1", "c2", "c3", "c2"}) Ask(id);
  source_.Answer();
  EXPECT_THAT(source_.held[0].ids, ElementsAre("c2", "c3"));
  source_.Answer();
  EXPECT_THAT(answers_, ElementsAre("acme/c1/a", "acme/c2/a", "acme/c3/a", "acme/c2/a"));
}

TEST_F(JoinedFetchesTest, TenantsAndListsOfFeaturesAreNotJoined) {
  Ask("c1");
  Ask("c1", "rival");
  Ask("c1", "acme", {"a", "b"});
  ASSERT_EQ(source_.held.size(), 3u);
  for (int i = 0; i < 3; ++i) source_.Answer();
  EXPECT_THAT(answers_, ElementsAre("acme/c1/a", "rival/c1/a", "acme/c1/a,b"));
}

TEST_F(JoinedFetchesTest, ManyCustomersGoByThemselves) {
  Ask("c1");
  bool answered = false;
  joined_.Fetch(*TenantId::Parse("acme"), {"c2", "c3"}, {"a"}, call_, [&](absl::StatusOr<FeatureRows> rows) {
    answered = true;
    EXPECT_EQ(rows->size(), 2u);
  });
  ASSERT_EQ(source_.held.size(), 2u);
  source_.Answer();
  source_.Answer();
  EXPECT_TRUE(answered);
}

TEST_F(JoinedFetchesTest, WhatFailsForAllIsToldToAll) {
  for (const char* id : {"c1", "c2", "c3"}) Ask(id);
  source_.Answer();
  source_.Answer(absl::UnavailableError("gone"));
  EXPECT_THAT(answers_, ElementsAre("acme/c1/a", "gone", "gone"));
  EXPECT_TRUE(source_.held.empty());
}

TEST_F(JoinedFetchesTest, OneBadCustomerDoesNotSpoilTheOthers) {
  for (const char* id : {"c1", "bad", "c3"}) Ask(id);
  source_.Answer();
  source_.Answer(absl::InvalidArgumentError("no such id"));
  ASSERT_EQ(source_.held.size(), 2u);
  EXPECT_THAT(source_.held[0].ids, ElementsAre("bad"));
  source_.Answer(absl::InvalidArgumentError("no such id"));
  source_.Answer();
  EXPECT_THAT(answers_, ElementsAre("acme/c1/a", "no such id", "acme/c3/a"));
}

TEST_F(JoinedFetchesTest, WhoHasGoneIsNotFetchedAndTheLatestDeadlineHolds) {
  const auto gone = std::make_shared<std::atomic<bool>>(true);
  rpc::Call cancelled, soon, later;
  cancelled.stop = StopToken(absl::InfiniteFuture(), gone);
  soon.stop = StopToken(absl::Now() + absl::Minutes(1));
  later.stop = StopToken(absl::Now() + absl::Minutes(2));
  later.request_id = "later";
  Ask("c1");
  Ask("c2", "acme", {"a"}, &cancelled);
  Ask("c3", "acme", {"a"}, &later);
  Ask("c4", "acme", {"a"}, &soon);
  source_.Answer();
  ASSERT_EQ(source_.held.size(), 1u);
  EXPECT_THAT(source_.held[0].ids, ElementsAre("c3", "c4"));
  EXPECT_EQ(source_.held[0].call->stop.deadline(), later.stop.deadline());
  EXPECT_EQ(source_.held[0].call->request_id, "later");
  EXPECT_EQ(answers_[1], "cancelled");
  source_.Answer();
  EXPECT_EQ(answers_[3], "acme/c4/a");
}

TEST_F(JoinedFetchesTest, MoreThanMayBeOpenAreRefused) {
  for (int i = 0; i < kMost; ++i) Ask(absl::StrCat("c", i));
  absl::Status refused;
  joined_.Fetch(*TenantId::Parse("acme"), {"more"}, {"a"}, call_,
                [&](const absl::StatusOr<FeatureRows>& rows) { refused = rows.status(); });
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ReasonOf(refused), "TOO_MANY_CALLS");
  source_.Answer();
  source_.Answer();
  EXPECT_EQ(answers_[kMost - 1], absl::StrCat("acme/c", kMost - 1, "/a"));
  Ask("again");
  EXPECT_EQ(source_.held.size(), 1u);
}

// A source that answers on threads of its own, as gRPC does.
class ThreadedSource final : public FeatureSource {
 public:
  ~ThreadedSource() override {
    for (std::thread& thread : threads_) thread.join();
  }
  void Fetch(const TenantId&, absl::Span<const std::string> customer_ids, const FeatureNames&, const rpc::Call&,
             Done done) override {
    absl::MutexLock lock(&mutex_);
    threads_.emplace_back([ids = std::vector<std::string>(customer_ids.begin(), customer_ids.end()), done] {
      FeatureRows rows;
      for (const std::string& id : ids) rows.push_back(std::make_shared<FeatureRow>(FeatureRow{nullptr, id}));
      done(std::move(rows));
    });
  }

 private:
  absl::Mutex mutex_;
  std::vector<std::thread> threads_;
};

TEST(JoinedFetchesThreadsTest, EveryCallerGetsTheirOwnCustomer) {
  constexpr int kThreads = 4, kEach = 300;
  std::atomic<int> wrong{0};
  absl::BlockingCounter left(kThreads * kEach);
  {
    ThreadedSource source;
    JoinedFetches joined(source, /*at_once=*/2, kThreads * kEach);
    const rpc::Call call{};
    std::vector<std::thread> callers;
    for (int t = 0; t < kThreads; ++t) {
      callers.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::string id = absl::StrCat("c", t, "-", i);
          joined.Fetch(*TenantId::Parse("acme"), {id}, {"a"}, call, [&, id](const absl::StatusOr<FeatureRows>& rows) {
            if (!rows.ok() || (*rows)[0]->bytes != id) ++wrong;
            left.DecrementCount();
          });
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    left.Wait();
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace clientele::inference
