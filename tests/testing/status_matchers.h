// Matchers for absl::Status and StatusOr, with the names Abseil gives them in later versions.
//
//   EXPECT_THAT(store.Get("a"), IsOkAndHolds(7));
//   EXPECT_THAT(store.Get("b"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("b")));
//   ASSERT_OK_AND_ASSIGN(const int value, store.Get("a"));
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace clientele::testutil {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}

MATCHER(IsOk, negation ? "is an error" : "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

MATCHER_P2(StatusIs, code, message, "") {
  const absl::Status& status = StatusOf(arg);
  *result_listener << status.ToString();
  return ::testing::ExplainMatchResult(::testing::Matcher<absl::StatusCode>(code), status.code(), result_listener) &&
         ::testing::ExplainMatchResult(::testing::Matcher<std::string>(message), std::string(status.message()),
                                       result_listener);
}
template <typename Code>
auto StatusIs(Code code) {
  return StatusIs(std::move(code), ::testing::Matcher<std::string>(::testing::_));
}

MATCHER_P(IsOkAndHolds, inner, "") {
  if (!arg.ok()) {
    *result_listener << arg.status().ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(inner, *arg, result_listener);
}

}  // namespace clientele::testutil

#define EXPECT_OK(expression) EXPECT_THAT((expression), ::clientele::testutil::IsOk())
#define ASSERT_OK(expression) ASSERT_THAT((expression), ::clientele::testutil::IsOk())
#define CLIENTELE_TESTUTIL_CONCAT_(a, b) a##b
#define CLIENTELE_TESTUTIL_CONCAT(a, b) CLIENTELE_TESTUTIL_CONCAT_(a, b)
#define ASSERT_OK_AND_ASSIGN(declaration, expression) \
  ASSERT_OK_AND_ASSIGN_(CLIENTELE_TESTUTIL_CONCAT(status_or_, __LINE__), declaration, expression)
#define ASSERT_OK_AND_ASSIGN_(result, declaration, expression) \
  auto result = (expression);                                  \
  ASSERT_OK(result);                                           \
  declaration = std::move(result).value()
