#include "common/rpc/page_token.h"

#include <gmock/gmock.h>

#include "common/base/error.h"
#include "tests/testing/status_matchers.h"

namespace clientele::rpc {
namespace {

using ::testing::HasSubstr;
using testutil::IsOkAndHolds;
using testutil::StatusIs;

TEST(PageTokenTest, HoldsAnyBytes) {
  const std::string position("a\0\xff/+=", 6);
  const std::string token = EncodePageToken(position, "tenants/acme");
  EXPECT_THAT(DecodePageToken(token, "tenants/acme"), IsOkAndHolds(position));
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="),
            std::string::npos);
}

TEST(PageTokenTest, EmptyTokenAsksForTheFirstPage) { EXPECT_THAT(DecodePageToken("", "any"), IsOkAndHolds("")); }

TEST(PageTokenTest, AnotherRequestsTokenIsRefused) {
  const absl::Status status = DecodePageToken(EncodePageToken("c17", "tenants/acme"), "tenants/other").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("page_token")));
  EXPECT_EQ(ReasonOf(status), "INVALID_PAGE_TOKEN");
}

TEST(PageTokenTest, EveryDamagedTokenIsRefused) {
  const std::string token = EncodePageToken("customer-17", "f");
  for (size_t i = 0; i < token.size() - 2; ++i) {  // The last digit may hold bits that stand for nothing.
    std::string damaged = token;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    EXPECT_THAT(DecodePageToken(damaged, "f"), StatusIs(absl::StatusCode::kInvalidArgument)) << i;
  }
  EXPECT_THAT(DecodePageToken("!", "f"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(DecodePageToken("AAAA", "f"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(PageSizeTest, DefaultsAndCuts) {
  EXPECT_THAT(PageSize(0, 100, 1000), IsOkAndHolds(100));
  EXPECT_THAT(PageSize(7, 100, 1000), IsOkAndHolds(7));
  EXPECT_THAT(PageSize(1000, 100, 1000), IsOkAndHolds(1000));
  EXPECT_THAT(PageSize(2'000'000'000, 100, 1000), IsOkAndHolds(1000));
  EXPECT_THAT(PageSize(-1, 100, 1000), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("page_size: -1")));
}

}  // namespace
}  // namespace clientele::rpc
